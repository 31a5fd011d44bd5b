"""What differs in a column or two of the cars for sale: as many steps along an index as there are values, whatever the number of cars."""

from typing import Literal

from django.db import connection

from inventory.kinds import Status

# From each value to the next one; every step is one look into the index of these columns.
_STEPS = """
WITH RECURSIVE step({columns}) AS (
    SELECT * FROM (
        SELECT {columns} FROM inventory_vehicle WHERE status = %(status)s ORDER BY {columns} LIMIT 1
    ) AS first
    UNION ALL
    SELECT {next} FROM step JOIN inventory_vehicle AS next ON next.id = (
        SELECT id FROM inventory_vehicle
        WHERE status = %(status)s AND ({columns}) > ({step}) ORDER BY {columns} LIMIT 1
    )
)
SELECT {columns} FROM step
"""


def values(*columns: Literal["make", "model", "colour"]) -> tuple[tuple[str, ...], ...]:
    """Every pair or single value of these columns, in their order."""
    statement = _STEPS.format(
        columns=", ".join(columns),
        next=", ".join(f"next.{column}" for column in columns),
        step=", ".join(f"step.{column}" for column in columns),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"status": Status.AVAILABLE})
        return tuple(cursor.fetchall())
