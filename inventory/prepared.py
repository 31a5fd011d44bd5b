"""Statements that are put together once and asked again and again with other values.

Django takes longer to write one than the database to answer. PostgreSQL keeps its plan too, except behind PgBouncer.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BigIntegerField, Expression, Field, Model, QuerySet
from django.db.models.sql import InsertQuery, Query, UpdateQuery

M = TypeVar("M", bound=Model)
Row = list[Any]


class Gap(Expression):
    """Stands in a statement for a value that is given each time it is asked: an id, unless another field is named."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=output_field or BigIntegerField())
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def filled(self, value: Any, here: Any) -> Any:
        """The value as this database takes it."""
        return self.output_field.get_db_prep_value(value, here)


@dataclass(frozen=True)
class _Written:
    """A statement as this database takes it, and what makes of its answer what Python has for it."""

    sql: str
    gaps: tuple[Gap, ...]
    compiler: Any
    converters: dict[int, Any]


@dataclass(frozen=True)
class Statement:
    """Whole but for its gaps. It is put together when it is first asked: only then is the database known."""

    query: Query

    def run(self, **given: Any) -> int:
        """How many rows it touched."""
        with cursor() as asked:
            self._ask(asked, given)
            return int(asked.rowcount)

    def rows(self, **given: Any) -> list[Row]:
        """What it finds or, of a row that it adds, the key and what the database added by itself."""
        with cursor() as asked:
            self._ask(asked, given)
            return list(self._written.compiler.apply_converters(asked.fetchall(), self._written.converters))

    def run_for(self, row: Model) -> int:
        """The same with the row's own fields in the gaps."""
        return self.run(**self._given_by(row))

    def _given_by(self, row: Model) -> dict[str, Any]:
        return {gap.name: getattr(row, gap.name) for gap in self._written.gaps}

    def _ask(self, asked: Any, given: dict[str, Any]) -> None:
        asked.execute(self._written.sql, [gap.filled(given[gap.name], asked.db) for gap in self._written.gaps])

    @cached_property
    def _written(self) -> _Written:
        compiler: Any = self.query.get_compiler(connection=connection)
        return _put_together(compiler, *self._sql(compiler))

    def _sql(self, compiler: Any) -> tuple[str, Any, list[Any]]:
        """The statement, its parameters, and the columns of its answer."""
        return *compiler.as_sql(), []


@dataclass(frozen=True)
class Select(Statement, Generic[M]):
    """One that reads."""

    model: type[M]

    def all(self, **given: Any) -> list[M]:
        """Objects, with what was annotated."""
        return [self._object(row) for row in self.rows(**given)]

    def first(self, **given: Any) -> M | None:
        """The first object, or None."""
        return next(iter(self.all(**given)), None)

    def _object(self, row: Row) -> M:
        names = self._names
        made = self.model.from_db(connection.alias, names, row[: len(names)])
        for name, at in self._written.compiler.annotation_col_map.items():
            setattr(made, name, row[at])
        return made

    @cached_property
    def _names(self) -> list[str]:
        """Of the columns that make an object; what was annotated comes after them."""
        compiler = self._written.compiler
        return [column.target.attname for column, *_ in compiler.select[: len(compiler.klass_info["select_fields"])]]

    def _sql(self, compiler: Any) -> tuple[str, Any, list[Any]]:
        sql, params = compiler.as_sql()  # which finds out what is selected
        return sql, params, [column for column, *_ in compiler.select]


@dataclass(frozen=True)
class Insert(Statement):
    """One that adds a row."""

    def add(self, row: M) -> M:
        """The row, added as its `save()` would, for less; what has no gap is as it was when this was put together."""
        [told] = self.rows(**self._given_by(row))
        for field, value in zip(self.query.get_meta().db_returning_fields, told, strict=True):
            setattr(row, field.attname, value)
        row._state.adding = False
        return row

    def _sql(self, compiler: Any) -> tuple[str, Any, list[Any]]:
        meta = self.query.get_meta()
        compiler.returning_fields = meta.db_returning_fields
        [(sql, params)] = compiler.as_sql()
        return sql, params, [field.get_col(meta.db_table) for field in meta.db_returning_fields]


def _put_together(compiler: Any, sql: str, params: Any, columns: list[Any]) -> _Written:
    """What is always the same is written into it: only then PostgreSQL sees which index fits, whatever comes into the gaps."""
    params, literal = tuple(params), connection.schema_editor().quote_value
    parts = iter("%s" if isinstance(param, Gap) else literal(param) for param in params)
    whole = re.sub(r"(?<!%)%s", lambda _: next(parts), sql)
    gaps = tuple(param for param in params if isinstance(param, Gap))
    return _Written(whole, gaps, compiler, compiler.get_converters(columns))


def cursor() -> Any:
    """PostgreSQL is given the values beside the statement, which it then knows again."""
    here: Any = connections[DEFAULT_DB_ALIAS]  # to be looked up once: that takes longer than one thinks
    if here.vendor != "postgresql":
        return here.cursor()
    here.ensure_connection()
    made = psycopg.Cursor(here.connection)
    return here.make_debug_cursor(made) if here.queries_logged else here.make_cursor(made)


def gaps_of(model: type[Model], *names: str) -> dict[str, Any]:
    """A gap for each of these fields; a foreign key by its column, `customer_id`."""
    return {name: Gap(name, cast("Field[Any, Any]", model._meta.get_field(name))) for name in names}


def select(rows: "QuerySet[M, Any]") -> Select[M]:
    """Reads these rows."""
    return Select(rows.query, rows.model)


def update(rows: "QuerySet[Any, Any]", **values: Any) -> Statement:
    """Changes these rows."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(values)
    return Statement(query)


def insert(row: Model) -> Insert:
    """Adds a row like this one."""
    meta = row._meta
    query = InsertQuery(type(row))
    query.insert_values([field for field in meta.local_concrete_fields if field is not meta.auto_field], [row])
    return Insert(query)
