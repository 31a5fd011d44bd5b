"""Import, edits by hand, undo: what was edited stays, and everything else is as it was."""

import itertools
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory import stock_import, stock_undo
from inventory.models import StockImport, Vehicle

HEADINGS = "stock_id,km,price,make,model,year,colour,status"
SHOWN = ("mileage_km", "price_mxn", "colour", "status")

pytestmark = pytest.mark.django_db

PRICES = st.integers(1000, 9999).map(lambda hundreds: Decimal(hundreds * 100))
CARS = st.fixed_dictionaries(
    {
        "mileage_km": st.integers(0, 300_000),
        "price_mxn": PRICES,
        "colour": st.sampled_from(["", "Rojo", "Azul"]),
        "status": st.sampled_from(["available", "reserved", "sold", "withdrawn"]),
    }
)
STOCKS = st.dictionaries(st.integers(1, 8), CARS, max_size=8)
EDITS = st.dictionaries(
    st.integers(1, 8),
    st.fixed_dictionaries({}, optional={"price_mxn": PRICES, "colour": st.sampled_from(["Verde", "Gris"])}),
    max_size=4,
)


def stocked(cars: dict[int, dict[str, Any]]) -> None:
    Vehicle.objects.all().delete()
    for stock_id, car in cars.items():
        Vehicle.objects.create(stock_id=stock_id, make="Kia", model="Rio", year=2019, **car)


def imported(cars: dict[int, dict[str, Any]], *, withdraw_missing: bool) -> int:
    rows = [
        f"{stock_id},{car['mileage_km']},{car['price_mxn']},Kia,Rio,2019,{car['colour']},{car['status']}"
        for stock_id, car in cars.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stock.csv"
        path.write_text("\n".join([HEADINGS, *rows]))
        return stock_import.import_stock(path, withdraw_missing=withdraw_missing, accept_warnings=True).number


def undone(number: int) -> None:
    StockImport.objects.filter(pk=number).update(state=StockImport.State.UNDOING)
    stock_undo.undo(number, lambda _done, _total: None)


def stock() -> dict[int, dict[str, Any]]:
    return {car["stock_id"]: car for car in Vehicle.objects.values("stock_id", *SHOWN)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STOCKS, file=STOCKS.filter(bool), edits=EDITS, withdraw_missing=st.booleans())
def test_an_undo_keeps_what_was_edited_and_restores_the_rest(
    before: dict[int, Any], file: dict[int, Any], edits: dict[int, Any], withdraw_missing: bool
) -> None:
    stocked(before)
    was = stock()
    number = imported(file, withdraw_missing=withdraw_missing)
    saved = stock()
    for stock_id, edit in edits.items():
        for vehicle in Vehicle.objects.filter(stock_id=stock_id):
            for field, value in edit.items():
                setattr(vehicle, field, value)
            vehicle.save()
    edited = stock()
    undone(number)
    for stock_id, now in stock().items():
        for field in SHOWN:
            by_hand = edited[stock_id][field] != saved[stock_id][field]
            if by_hand:
                assert now[field] == edited[stock_id][field], "an edit is lost"
            elif stock_id in was:
                assert now[field] == was[stock_id][field], "the import has left something behind"
        if stock_id not in was:
            assert now["status"] == "withdrawn"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STOCKS, file=STOCKS.filter(bool))
def test_every_version_of_a_vehicle_is_in_its_history(before: dict[int, Any], file: dict[int, Any]) -> None:
    stocked(before)
    undone(imported(file, withdraw_missing=True))
    for vehicle in Vehicle.objects.all():
        last = vehicle.history.first()
        assert all(getattr(last, field) == getattr(vehicle, field) for field in SHOWN)
        versions = list(vehicle.history.all())
        for newer, older in itertools.pairwise(versions):
            assert any(getattr(newer, field) != getattr(older, field) for field in SHOWN), "nothing changed here"


def test_the_command_takes_an_import_back_and_names_what_it_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "stock.csv"
    stocked({1: {"mileage_km": 1, "price_mxn": Decimal(100_000), "colour": "", "status": "available"}})
    path.write_text(f"{HEADINGS}\n1,1,110000,Kia,Rio,2019,Azul,\n")
    call_command("import_vehicles", str(path))
    number = StockImport.objects.get().pk
    vehicle = Vehicle.objects.get()
    vehicle.colour = "Verde"
    vehicle.save()
    capsys.readouterr()
    call_command("import_vehicles", undo=number)
    assert capsys.readouterr().out.splitlines() == [
        f"Import {number} was undone: 0 vehicles are as before, 1 in part or not.",
        "1, Kia Rio 2019: edited since, and kept: colour",
    ]
    vehicle.refresh_from_db()
    assert (vehicle.colour, vehicle.price_mxn) == ("Verde", Decimal(100_000))
    with pytest.raises(CommandError, match="cannot be undone: it is undone"):
        call_command("import_vehicles", undo=number)
    with pytest.raises(CommandError, match="There is no import 99"):
        call_command("import_vehicles", undo=99)
    with pytest.raises(CommandError, match="Name a file"):
        call_command("import_vehicles")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,40000,10000,Kia,Rio,2019,,", "more than 30 % away"),
        ("1,400,100000,Kia,Rio,2019,,", "goes down from 40,000 to 400"),
        ("1,400000,100000,Kia,Rio,2019,,", "goes up from 40,000 to 400,000"),
    ],
)
def test_the_command_saves_what_is_hardly_right_only_on_request(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "stock.csv"
    stocked({1: {"mileage_km": 40_000, "price_mxn": Decimal(100_000), "colour": "", "status": "available"}})
    was = stock()
    path.write_text(f"{HEADINGS}\n{row}\n")
    with pytest.raises(CommandError) as caught:
        call_command("import_vehicles", str(path))
    assert says in str(caught.value)
    assert "--accept-warnings" in str(caught.value)
    assert (stock(), StockImport.objects.count()) == (was, 0)
    call_command("import_vehicles", str(path), "--accept-warnings")
    assert stock() != was


def test_a_new_car_unlike_its_likes_is_told_and_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "stock.csv"
    likes = [f"{n},{n}0000,{200 + n}000,Kia,Rio,201{n},," for n in (7, 8, 9, 8, 8)]
    rows = [f"{place}{row[1:]}" for place, row in enumerate(likes, start=1)]
    path.write_text("\n".join([HEADINGS, *rows, "9,80,20800,Kia,Rio,2018,,"]))
    call_command("import_vehicles", str(path))
    told = capsys.readouterr()
    assert told.out.startswith("6 new")
    assert "line 7, price: The price of 20,800.00 is far from that of cars like it: about 208,000." in told.err
    assert "line 7, km: The mileage of 80 km is far from that of cars like it" in told.err
