"""Another version of the settings, or the stock of another day, for one connection alone: in tables that hide the real ones until it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Model

from conversations import versions
from conversations.versions import Settings
from inventory.models import SettingsStamp, Vehicle


@contextmanager
def rehearsed(settings: Settings, stock_at: datetime | None = None, *, keeps_lock: bool = False) -> Iterator[None]:
    """Within it, everything read on this connection holds these settings and the stock as it was then; all that is written is undone.

    Temporary tables come before the real ones of the same names, so nobody else notices and nobody waits: their rows
    are of this transaction alone, and the transaction is rolled back. SQLite has one writer; `keeps_lock` is for whoever
    writes to real tables meanwhile.
    """
    with _deferred(keeps_lock=keeps_lock), transaction.atomic():
        try:
            _let_models_think()
            # Without a stamp nothing is kept beyond a turn.
            hidden: tuple[type[Model], ...] = (*versions.KINDS, SettingsStamp)
            for kind in hidden:
                _hide(kind)
            versions.write(settings)
            if stock_at:
                _stock_as_it_was(stock_at)
            _plan_anew()
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def _deferred(*, keeps_lock: bool) -> Iterator[None]:
    """On SQLite, a transaction that takes no lock until it writes to a real table."""
    if keeps_lock or connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    mode = connection.transaction_mode  # type: ignore[attr-defined] # of SQLite's alone
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]


def _let_models_think() -> None:
    """PostgreSQL ends transactions that say nothing for as long as a slow language model may take."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '120s'")


def _plan_anew() -> None:
    """A statement that PostgreSQL keeps goes on reading the table that it was planned for, until it is planned anew."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")


def _hide(kind: type[models.Model], rows: str = "1 = 0", parameters: tuple[Any, ...] = ()) -> None:
    """A temporary table in front of the real one, with those of its rows."""
    table = connection.ops.quote_name(kind._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {table} WHERE {rows}",  # noqa: S608 - names of our own
            parameters,
        )


def _stock_as_it_was(at: datetime) -> None:
    """The cars that nobody has touched since, and the others as their history has them."""
    history = Vehicle.history
    ids = history.filter(history_date__gt=at).order_by().values("id")
    sql, parameters = ids.query.sql_with_params()
    _hide(Vehicle, f"id NOT IN ({sql})", parameters)
    rows = history.filter(history_date__lte=at, id__in=ids)
    cars = {car.pk: car for car in rows.latest_of_each().as_instances()}
    for car in cars.values():
        car.read()
    Vehicle.objects.bulk_create(cars.values())
