"""Vehicles written in bulk, each with its line of history."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils import timezone

from inventory import bulk, readings
from inventory.models import Vehicle, vehicle
from inventory.models.vehicle import READINGS
from inventory.stock_values import BLANK, Values

_BATCH = 500
_SET_ONCE = {"stock_id", "created_at"}
_UPDATED = [column for column in BLANK if column not in _SET_ONCE]
_of_columns = itemgetter(*BLANK)
_car, _recorded = itemgetter("make", "model", "trim"), itemgetter("transmission", "body_type", "seats")
_said = itemgetter("stock_id", "year", "make", "model", "trim", "colour")
_History = Vehicle.history.model
# A history has the vehicle's own key, which is not its primary key.
_KEPT = [field.attname for field in _History.tracked_fields]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why vehicles change, and who wants it."""

    reason: str
    user_id: int | None


def save(new: list[Values], changed: list[Values], cause: Cause) -> None:
    """Every column of each vehicle, within a transaction; those that are changed keep their key and the time they were created."""
    vehicles = new + changed
    if not vehicles:
        return
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    at = {"created_at": now, "updated_at": now}
    rows = (_of_columns(values | at | _read(values)) for values in vehicles)
    bulk.upsert(Vehicle, list(BLANK), rows, key="stock_id", updated=_UPDATED)
    for written, kind in ((new, "+"), (changed, "~")):
        _record([values["stock_id"] for values in written], kind, cause, now)


def read_again(unchanged: Iterable[Values]) -> None:
    """What trim and model tell, where the words of readings.toml have changed: nothing that a history keeps."""
    stale = [Vehicle(**read) for values in unchanged if (read := values | _read(values)) != values]
    Vehicle.objects.bulk_update(stale, READINGS, batch_size=_BATCH)


def _read(values: Values) -> Values:
    """What is searched by."""
    told = (*readings.of(_car(values), _recorded(values)), vehicle.searched(*_said(values)))
    return dict(zip(READINGS, told, strict=True))


def _record(stock_ids: list[int], kind: str, cause: Cause, now: Any) -> None:
    """As the vehicles are now, which the database knows with their keys."""
    if not stock_ids:
        return
    kept, table, among = ", ".join(_KEPT), Vehicle._meta.db_table, bulk.among(stock_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_History._meta.db_table}"  # noqa: S608 - names of our own
            f" ({kept}, history_type, history_date, history_change_reason, history_user_id)"
            f" SELECT {kept}, %s, %s, %s, %s FROM {table}"
            f" WHERE stock_id IN ({among.sql}) ORDER BY stock_id",
            [kind, now, cause.reason, cause.user_id, *among.params],
        )
