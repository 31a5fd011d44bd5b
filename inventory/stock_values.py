"""Vehicles as plain values by column: what an import compares, many at a time."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from inventory import bulk
from inventory.kinds import Status
from inventory.models import Vehicle, vehicle

Values = dict[str, Any]

_FIELDS = {field.attname: field for field in Vehicle._meta.concrete_fields}
COLUMNS = tuple(_FIELDS)
# What a vehicle is before anything is recorded of it.
BLANK: Values = {column: field.get_default() for column, field in _FIELDS.items() if not field.primary_key}
BLANK["status"] = Status.AVAILABLE.value
# So many vehicles are read, compared and written at a time: memory does not grow with the file.
CHUNK = 1000


def current(stock_ids: Collection[int], *, locked: bool = False) -> dict[int, Values]:
    """These vehicles as they are now, by stock id; `locked` until the transaction ends."""
    vehicles = Vehicle.objects.select_for_update() if locked else Vehicle.objects.all()
    rows = vehicles.filter(stock_id__in=bulk.among(stock_ids)).order_by().values_list(*COLUMNS)
    place = COLUMNS.index("stock_id")
    return {row[place]: dict(zip(COLUMNS, row, strict=True)) for row in rows}


def name(values: Values) -> str:
    """As people call it: "Mazda 3 2018"."""
    return f"{vehicle.name_of(values['make'], values['model'])} {values['year']}"


def kept(value: object) -> Any:
    """As it goes into a JSON column; `kept_again` reads it."""
    return str(value) if isinstance(value, Decimal) else value


def kept_again(field: str, value: Any) -> Any:
    return _FIELDS[field].to_python(value)
