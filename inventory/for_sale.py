"""The cars for sale of which something holds. Django takes longer to write such a question than the database to answer it: here it is written straight from the condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from inventory.kinds import Status
from inventory.models import Vehicle

# Nobody reads on; counting a million cars would take longer than finding five.
COUNTED_MOST = 1_000
CHEAPEST_FIRST = ("price_mxn", "stock_id")
_TABLE = Vehicle._meta.db_table
_FOR_SALE = f"FROM {_TABLE} WHERE status = '{Status.AVAILABLE}' AND"
_COUNT = "SELECT count(*) FROM (SELECT 1 {some} LIMIT {most}) AS counted"
_COMPARED = {"exact": "=", "gt": ">", "gte": ">=", "lte": "<="}


@dataclass(frozen=True, kw_only=True)
class Cars:
    """Some of the cars, and how many there are in all: at most COUNTED_MOST, and whether there are more."""

    total: int
    is_more: bool
    vehicles: list[Vehicle]


def cars(condition: Q, order: Sequence[str], limit: int, offset: int = 0) -> Cars:
    """A page of them. Columns with a minus go from high to low."""
    some, given = _some(condition)
    count = _COUNT.format(some=some, most=COUNTED_MOST + 1)
    page = f"SELECT *, ({count}) AS counted {some} ORDER BY {_ordered(order)} LIMIT %s OFFSET %s"
    vehicles = list(Vehicle.objects.raw(page, [*given, *given, limit, offset]))
    counted = vars(vehicles[0])["counted"] if vehicles else _row(count, given)[0] if offset else 0
    return Cars(total=min(counted, COUNTED_MOST), is_more=counted > COUNTED_MOST, vehicles=vehicles)


def first(condition: Q, order: Sequence[str]) -> Vehicle | None:
    """The first of them, if there is any."""
    some, given = _some(condition)
    return next(iter(Vehicle.objects.raw(f"SELECT * {some} ORDER BY {_ordered(order)} LIMIT 1", given)), None)


def any_of(conditions: Sequence[Q]) -> list[bool]:
    """Whether there is any, for each of these."""
    asked = [_some(condition) for condition in conditions]
    sql = ", ".join(f"EXISTS (SELECT 1 {some})" for some, _ in asked)
    given = [value for _, values in asked for value in values]
    return [bool(found) for found in _row(f"SELECT {sql}", given)] if asked else []


def bodies(condition: Q) -> set[str]:
    """The body types that they have, recorded or read."""
    some, given = _some(condition)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT body_type_read {some}", given)
        return {body for (body,) in cursor.fetchall() if body}


def _row(sql: str, given: list[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return tuple(cursor.fetchone())


def _ordered(order: Sequence[str]) -> str:
    return ", ".join(f"{column[1:]} DESC" if column.startswith("-") else column for column in order)


def _some(condition: Q) -> tuple[str, list[Any]]:
    written, given = _written(condition)
    return f"{_FOR_SALE} {written}", given


def _written(condition: Q) -> tuple[str, list[Any]]:
    """As SQL, with its values. What is refused with `~` is a column that is never null."""
    parts: list[str] = []
    given: list[Any] = []
    for child in condition.children:
        part, values = _written(child) if isinstance(child, Q) else _compared(child)
        parts.append(part)
        given += values
    written = f" {condition.connector} ".join(parts) or "TRUE"
    return f"NOT ({written})" if condition.negated else f"({written})", given


def _compared(comparison: Any) -> tuple[str, list[Any]]:
    name, value = comparison
    column, _, lookup = name.partition("__")
    if lookup == "in":
        values = list(value)
        return (f"{column} IN ({', '.join(['%s'] * len(values))})", values) if values else ("FALSE", [])
    if value is None:
        return f"{column} IS NULL", []
    return f"{column} {_COMPARED[lookup or 'exact']} %s", [value]
