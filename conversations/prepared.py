"""Statements that are put together once and asked again and again with other values: Django takes longer to write one than the database to answer."""

from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql import Query, UpdateQuery


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
    params: tuple[Any, ...]

    def filled(self, given: dict[str, Any]) -> list[Any]:
        return [param.filled(given[param.name]) if isinstance(param, Gap) else param for param in self.params]

    def run(self, **given: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.filled(given))

    def row(self, **given: Any) -> tuple[Any, ...]:
        """The one row that there is, as the database has it."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.filled(given))
            return tuple(cursor.fetchone())


def select(rows: "QuerySet[Any]") -> Statement:
    """Reads these rows."""
    return _statement(rows.query)


def update(rows: "QuerySet[Any]", **values: Any) -> Statement:
    """Changes these rows."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(values)
    return _statement(query)


def _statement(query: Query) -> Statement:
    sql, params = query.get_compiler(connection=connection).as_sql()
    return Statement(sql, tuple(params))
