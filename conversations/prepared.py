"""Statements that are put together once and asked again and again with other values.

Django takes longer to write one than the database to answer. PostgreSQL keeps its plan too, except behind PgBouncer.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = list[Any]


class Gap(Expression):
    """Stands in a statement for a value that is given each time it is asked."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def filled(self, value: Any) -> Any:
        """The value as this database takes it."""
        return self.output_field.get_db_prep_value(value, connection)


@dataclass(frozen=True)
class Statement:
    """Whole but for its gaps."""

    sql: str
    gaps: tuple[Gap, ...]
    read: Callable[[Iterable[Any]], Iterable[Row]] = list

    def run(self, **given: Any) -> None:
        with _cursor() as cursor:
            cursor.execute(self.sql, self._filled(given))

    def rows(self, **given: Any) -> list[Row]:
        """What it finds or, of a row that it adds, the key and what the database added by itself."""
        with _cursor() as cursor:
            cursor.execute(self.sql, self._filled(given))
            return list(self.read(cursor.fetchall()))

    def _filled(self, given: dict[str, Any]) -> list[Any]:
        return [gap.filled(given[gap.name]) for gap in self.gaps]


def _cursor() -> Any:
    """PostgreSQL is given the values beside the statement, which it then knows again."""
    cursor: Any = connection.cursor()
    if connection.vendor == "postgresql":
        cursor.cursor = psycopg.Cursor(connection.connection)
    return cursor


def select(rows: "QuerySet[Any]") -> Statement:
    """Reads these rows."""
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    return _statement(sql, params, _reader(compiler, [column for column, *_ in compiler.select]))


def update(rows: "QuerySet[Any]", **values: Any) -> Statement:
    """Changes these rows."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(values)
    return _statement(*query.get_compiler(connection=connection).as_sql())


def insert(row: Model) -> Statement:
    """Adds a row like this one."""
    meta = row._meta
    query = InsertQuery(type(row))
    query.insert_values([field for field in meta.local_concrete_fields if field is not meta.auto_field], [row])
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = meta.db_returning_fields
    [(sql, params)] = compiler.as_sql()
    columns = [field.get_col(meta.db_table) for field in meta.db_returning_fields]
    return _statement(sql, params, _reader(compiler, columns))


def _statement(sql: str, params: Iterable[Any], read: Callable[[Iterable[Any]], Iterable[Row]] = list) -> Statement:
    """What is always the same is written into it: only then PostgreSQL sees which index fits, whatever comes into the gaps."""
    params, literal = tuple(params), connection.schema_editor().quote_value
    written = iter("%s" if isinstance(param, Gap) else literal(param) for param in params)
    whole = re.sub(r"(?<!%)%s", lambda _: next(written), sql)
    return Statement(whole, tuple(param for param in params if isinstance(param, Gap)), read)


def _reader(compiler: SQLCompiler, columns: list[Any]) -> Callable[[Iterable[Any]], Iterable[Row]]:
    """Makes of what this database answers in these columns what Python has for it."""
    converters = compiler.get_converters(columns)
    return lambda rows: compiler.apply_converters(rows, converters)
