"""What differs in a column or two of the cars for sale: a small stock is read whole, a large one is not."""

from typing import Literal

from inventory import prepared
from inventory.kinds import Status

# Of so many cars every one is looked at: that takes a tenth of the steps below.
FEW = 1_000
# From each value to the next one; every step is one look into the index of these columns.
_VALUES = """
WITH RECURSIVE few AS (
    SELECT {columns} FROM inventory_vehicle WHERE status = '{status}' LIMIT {few} + 1
), step({columns}) AS (
    SELECT * FROM (
        SELECT {columns} FROM inventory_vehicle WHERE status = '{status}' ORDER BY {columns} LIMIT 1
    ) AS first WHERE (SELECT count(*) FROM few) > {few}
    UNION ALL
    SELECT {next} FROM step JOIN inventory_vehicle AS next ON next.id = (
        SELECT id FROM inventory_vehicle
        WHERE status = '{status}' AND ({columns}) > ({step}) ORDER BY {columns} LIMIT 1
    )
)
SELECT DISTINCT {columns} FROM few WHERE (SELECT count(*) FROM few) <= {few}
UNION ALL
SELECT {columns} FROM step
"""


def values(*columns: Literal["make", "model", "colour"]) -> tuple[tuple[str, ...], ...]:
    """Every pair or single value of these columns, in the same order on every database."""
    statement = _VALUES.format(
        columns=", ".join(columns),
        next=", ".join(f"next.{column}" for column in columns),
        step=", ".join(f"step.{column}" for column in columns),
        status=Status.AVAILABLE,
        few=FEW,
    )
    with prepared.cursor() as cursor:
        cursor.execute(statement)
        return tuple(sorted(cursor.fetchall()))
