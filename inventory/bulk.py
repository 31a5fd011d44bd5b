"""Many rows into a table at once, each database by its fastest way: COPY into PostgreSQL, one prepared statement again and again into SQLite."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.db.models.expressions import RawSQL

Rows = Iterable[Sequence[Any]]


def insert(model: type[Model], columns: Sequence[str], rows: Rows) -> None:
    """The values stand in the order of the columns; the other columns get what the database gives them."""
    table, names = _quoted(model._meta.db_table), _names(columns)
    with connection.cursor() as cursor:
        _fill(cursor, f"{table} ({names})", len(columns), rows)


def upsert(model: type[Model], columns: Sequence[str], rows: Rows, *, key: str, updated: Sequence[str]) -> None:
    """Insert them; of a row whose key is there already, set these columns. Within a transaction."""
    table, names = _quoted(model._meta.db_table), _names(columns)
    changes = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in updated)
    merged = f"ON CONFLICT ({_quoted(key)}) DO UPDATE SET {changes}"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            _fill(cursor, f"{table} ({names})", len(columns), rows, merged)
            return
        coming = _quoted(f"{model._meta.db_table}_coming")
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {coming} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608 - names of our own
        )
        _fill(cursor, f"{coming} ({names})", len(columns), rows)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {coming} {merged}")  # noqa: S608 - names of our own
        cursor.execute(f"TRUNCATE {coming}")


def among(numbers: Collection[int]) -> RawSQL:
    """These numbers for an `IN`, as one value: a gap for each of a thousand takes longer to be read than to be answered."""
    given = ",".join(map(str, numbers))
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::integer[])", [f"{{{given}}}"])
    return RawSQL("SELECT value FROM json_each(%s)", [f"[{given}]"])


def _fill(cursor: CursorWrapper, into: str, width: int, rows: Rows, merged: str = "") -> None:
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * width)}) {merged}", list(rows))  # noqa: S608 - names of our own


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
