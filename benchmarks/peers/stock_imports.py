"""Four ways to import a stock file, each run in a process of its own: see `benchmarks.measured`."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from import_export import resources
from import_export.instance_loaders import CachedInstanceLoader
from tablib import Dataset

from inventory.models import Vehicle

_BATCH = 500
_COLUMNS = (
    *("stock_id", "mileage_km", "price_mxn", "make", "model", "year", "trim", "has_bluetooth", "length_mm", "width_mm"),
    *("height_mm", "has_car_play", "transmission", "body_type", "seats", "fuel", "colour", "location", "status"),
)
# What the history does not keep comes last.
_CLEAN = (*_COLUMNS, "searched")
_FUELS = {"gasolina": "gasoline", "diésel": "diesel", "híbrido": "hybrid"}
_REST = ("transmission_read", "body_type_read")


def ours(path: str) -> None:
    """The command that operators run."""
    call_command("import_vehicles", path, verbosity=0)


def floor(path: str) -> None:
    """Clean rows into a temporary table, from there into the stock and its history: nothing is checked or compared but by the database."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, path)
        else:
            _insert_many(cursor, path)


def _clean(path: str) -> Iterator[tuple[Any, ...]]:
    """As the file has them, which was written without a mistake."""
    answers = {"Sí": True, "No": False, "": None}
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield (
                int(row["stock_id"]), int(row["km"]), row["price"], row["make"], row["model"], int(row["year"]), row["version"],
                answers[row["bluetooth"]], row["largo"] or None, row["ancho"] or None, row["altura"] or None, answers[row["car_play"]],
                row["transmission"], row["body_type"], row["seats"] or None, _FUELS.get(row["fuel"], row["fuel"]), row["colour"], row["location"],
                row["status"] or "available",
                f" {row['stock_id']} {row['year']} {row['make']} {row['model']} {row['version']} {row['colour']}".lower(),
            )  # fmt: skip


def _copy(cursor: Any, path: str) -> None:
    names, kept = ", ".join(_CLEAN), ", ".join(_COLUMNS)
    cursor.execute("SET LOCAL statement_timeout = 0")  # it writes all in one
    cursor.execute(
        f"CREATE TEMPORARY TABLE coming ON COMMIT DROP AS SELECT {names} FROM inventory_vehicle WITH NO DATA"
    )
    with cursor.copy(f"COPY coming ({names}) FROM STDIN") as copy:
        for row in _clean(path):
            copy.write_row(row)
    changes = ", ".join(f"{name} = excluded.{name}" for name in _CLEAN[1:])
    differs = f"({', '.join('v.' + n for n in _COLUMNS[1:])}) IS DISTINCT FROM ({', '.join('excluded.' + n for n in _COLUMNS[1:])})"
    cursor.execute(
        f"WITH written AS (INSERT INTO inventory_vehicle AS v ({names}, {', '.join(_REST)}, created_at, updated_at)"
        f" SELECT {names}, transmission, body_type, now(), now() FROM coming"
        f" ON CONFLICT (stock_id) DO UPDATE SET {changes}, updated_at = now() WHERE {differs} RETURNING v.*)"
        f" INSERT INTO inventory_historicalvehicle (id, {kept}, history_date, history_type)"
        f" SELECT id, {kept}, now(), '+' FROM written"
    )


def _insert_many(cursor: Any, path: str) -> None:
    names, kept, gaps = ", ".join(_CLEAN), ", ".join(_COLUMNS), ", ".join(["%s"] * len(_CLEAN))
    changes = ", ".join(f"{name} = excluded.{name}" for name in _CLEAN[1:])
    differs = (
        f"({', '.join('v.' + n for n in _COLUMNS[1:])}) IS NOT ({', '.join('excluded.' + n for n in _COLUMNS[1:])})"
    )
    cursor.executemany(
        f"INSERT INTO inventory_vehicle AS v ({names}, {', '.join(_REST)}, created_at, updated_at)"
        f" VALUES ({gaps}, '', '', current_timestamp, current_timestamp)"
        f" ON CONFLICT (stock_id) DO UPDATE SET {changes}, updated_at = current_timestamp WHERE {differs}",
        _clean(path),
    )
    cursor.execute(
        f"INSERT INTO inventory_historicalvehicle (id, {kept}, history_date, history_type)"
        f" SELECT id, {kept}, current_timestamp, '+' FROM inventory_vehicle"
        " WHERE NOT EXISTS (SELECT 1 FROM inventory_historicalvehicle)"
    )


class _Vehicles(resources.ModelResource):  # type: ignore[misc] # the package has no types
    """In bulk mode, with the options that its documentation names for speed."""

    class Meta:
        model = Vehicle
        import_id_fields = ("stock_id",)
        fields = _CLEAN
        use_bulk = True
        batch_size = 1000
        skip_unchanged = True
        report_skipped = False
        skip_diff = True


class _VehiclesReadAtOnce(_Vehicles):
    class Meta(_Vehicles.Meta):
        # One query for what is there, not one a row.
        instance_loader_class = CachedInstanceLoader


def import_export(path: str) -> None:
    """django-import-export in bulk mode."""
    _import_by(_Vehicles(), path)


def import_export_cached(path: str) -> None:
    """The same, with the loader that reads at once what is there."""
    _import_by(_VehiclesReadAtOnce(), path)


def _import_by(resource: _Vehicles, path: str) -> None:
    data = Dataset(*([*row] for row in _clean(path)), headers=list(_CLEAN))
    with transaction.atomic():
        result = resource.import_data(data, raise_errors=True, use_transactions=False)
        if connection.features.can_return_rows_from_bulk_insert and result.totals["new"]:
            _note(Vehicle.objects.iterator(chunk_size=_BATCH))


def _note(vehicles: Iterator[Vehicle]) -> None:
    """Its bulk mode leaves no history of itself."""
    Vehicle.history.bulk_history_create(list(vehicles), batch_size=_BATCH)


def row_by_row(path: str) -> None:
    """One vehicle after the other, validated and saved by the ORM."""
    with transaction.atomic():
        for row in _clean(path):
            given = dict(zip(_CLEAN, row, strict=True))
            vehicle = Vehicle.objects.filter(stock_id=given["stock_id"]).first() or Vehicle()
            for name, value in given.items():
                setattr(vehicle, name, value)
            vehicle.full_clean()
            vehicle.save()
