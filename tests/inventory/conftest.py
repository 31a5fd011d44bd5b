"""Vehicles for the stories."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inventory.models import Vehicle

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
