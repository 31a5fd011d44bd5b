"""What staff search the stock by, in one column; vehicles that are there already get theirs."""

import unicodedata
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_BATCH = 1000


def _fill(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("SET LOCAL statement_timeout = 0")
    vehicles = apps.get_model("inventory", "Vehicle").objects
    last = 0
    while batch := list(vehicles.filter(pk__gt=last).order_by("pk")[:_BATCH]):
        for vehicle in batch:
            vehicle.searched = _searched(vehicle)
        vehicles.bulk_update(batch, ["searched"])
        last = batch[-1].pk


def _searched(vehicle: Any) -> str:
    said = (vehicle.stock_id, vehicle.year, vehicle.make, vehicle.model, vehicle.trim, vehicle.colour)
    plain = unicodedata.normalize("NFKD", " ".join(map(str, said))).encode("ascii", "ignore").decode()
    return f" {plain.lower()}"[:320]


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_import_headings")]

    operations = [
        migrations.AddField(
            "vehicle",
            "searched",
            models.CharField(
                "what staff search", max_length=320, blank=True, default="", db_default="", editable=False
            ),
        ),
        migrations.RunPython(_fill, migrations.RunPython.noop),
    ]
