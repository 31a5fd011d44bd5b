"""Vehicles for the stories."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image
from pytest_django.fixtures import Settings

from inventory.models import Vehicle

# SQLite keeps no statistics unless it is asked, and needs none.
collect_ignore = [] if connection.vendor == "postgresql" else ["test_stock_statistics.py"]

AddVehicle = Callable[..., Vehicle]

HEADINGS = "stock_id,km,price,make,model,year,version,bluetooth,largo,ancho,altura,car_play"


@pytest.fixture
def add(db: None) -> AddVehicle:
    """Put a vehicle into the stock: only what the story mentions need be said."""
    taken = iter(range(1000, 10_000))

    def add_vehicle(**said: Any) -> Vehicle:
        usual = {
            "stock_id": next(taken),
            "make": "Nissan",
            "model": "Sentra",
            "year": 2019,
            "mileage_km": 40_000,
            "price_mxn": 250_000,
        }
        vehicle = Vehicle(**(usual | said))
        vehicle.save()
        vehicle.refresh_from_db()
        return vehicle

    return add_vehicle


@pytest.fixture
def stock_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of the catalogue's twelve headings and these rows, or of these bytes."""

    def write(*rows: str, headings: str = HEADINGS, encoding: str = "utf-8", data: bytes | None = None) -> Path:
        path = tmp_path / "stock.csv"
        path.write_bytes("\n".join([headings, *rows, ""]).encode(encoding) if data is None else data)
        return path

    return write


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    """Where photos are kept, empty."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def picture(
    name: str = "front.jpg",
    *,
    size: tuple[int, int] = (640, 480),
    colour: str = "red",
    kind: str = "JPEG",
    mode: str = "RGB",
    **saved: Any,
) -> SimpleUploadedFile:
    """A file as a phone or a website makes it."""
    file = BytesIO()
    Image.new(mode, size, colour).save(file, kind, **saved)
    return SimpleUploadedFile(name, file.getvalue())
