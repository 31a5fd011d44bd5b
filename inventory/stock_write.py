"""Vehicles written in bulk, each with its line of history."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from inventory.models import Vehicle
from inventory.models.vehicle import READINGS
from inventory.stock_values import BLANK, Values

_BATCH = 500
_SET_ONCE = {"stock_id", "created_at"}
_UPDATED = [column for column in BLANK if column not in _SET_ONCE]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why vehicles change, and who wants it."""

    reason: str
    user_id: int | None


def save(new: Iterable[Values], changed: Iterable[Values], cause: Cause) -> None:
    """Every column of each vehicle; those that are changed keep their key and the time they were created."""
    vehicles = [(_vehicle(values), "+") for values in new] + [(_vehicle(values), "~") for values in changed]
    Vehicle.objects.bulk_create(
        [vehicle for vehicle, _ in vehicles],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["stock_id"],
        update_fields=_UPDATED,
    )
    _record(vehicles, cause)


def read_again(unchanged: Iterable[Values]) -> None:
    """What trim and model tell, where the words of readings.toml have changed: nothing that a history keeps."""
    stale = []
    for values in unchanged:
        vehicle = _vehicle(values)
        if any(getattr(vehicle, column) != values[column] for column in READINGS):
            vehicle.pk = values["id"]
            stale.append(vehicle)
    Vehicle.objects.bulk_update(stale, READINGS, batch_size=_BATCH)


def _vehicle(values: Values) -> Vehicle:
    """With its key left to the database, which finds it by its stock id."""
    vehicle = Vehicle(**(values | {"id": None}))
    vehicle.read()
    return vehicle


def _record(vehicles: list[tuple[Vehicle, str]], cause: Cause) -> None:
    history = Vehicle.history.model
    columns = [field.attname for field in history.tracked_fields]
    now = timezone.now()
    history.objects.bulk_create(
        [
            history(
                **{column: getattr(vehicle, column) for column in columns},
                history_type=kind,
                history_date=now,
                history_change_reason=cause.reason,
                history_user_id=cause.user_id,
            )
            for vehicle, kind in vehicles
        ],
        batch_size=_BATCH,
    )
