"""When nothing fits: the smallest changes, each in one thing, and each true of the stock."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from inventory import search
from inventory.models import Vehicle
from inventory.search import Change, Wish

pytestmark = [pytest.mark.anywhere, pytest.mark.usefixtures("stock")]


def nearest(**wish: Any) -> dict[str, Change]:
    found = search.find(Wish(**wish))
    assert found.total == 0
    assert len(found.nearest) <= 3
    return {change.field: change for change in found.nearest}


def test_a_higher_price_is_the_smallest_that_lets_a_car_in() -> None:
    change = nearest(models=("sentra",), price_max_mxn=250_000)["price_max"]
    assert change.to == Decimal(268999)
    assert change.difference == Decimal(18999)
    assert [vehicle.stock_id for vehicle in change.cars.vehicles] == [201]


def test_a_price_that_does_not_help_alone_is_not_offered() -> None:
    changes = nearest(models=("sentra",), price_max_mxn=300_000, year_min=2021)
    assert "price_max" not in changes
    assert changes["year_min"].to == 2019
    assert changes["year_min"].difference == 2


def test_more_kilometres_are_counted() -> None:
    change = nearest(models=("rav4",), mileage_max_km=50_000)["mileage_max_km"]
    assert (change.to, change.difference) == (87_600, 37_600)


def test_another_model_of_the_same_kind_is_named() -> None:
    change = nearest(models=("hilux",))["model"]
    assert [vehicle.stock_id for vehicle in change.cars.vehicles] == [202]


def test_what_is_not_recorded_may_be_there_and_is_said_so() -> None:
    change = nearest(models=("sentra",), features=("car_play",))["car_play"]
    assert change.to == search.find(Wish(models=("sentra",), features=("car_play",))).nearest[0].to == "not_recorded"
    Vehicle.objects.update(has_car_play=False)
    assert nearest(models=("sentra",), features=("car_play",))["car_play"].to == "without"


def test_payments_can_be_changed_three_ways() -> None:
    changes = nearest(models=("sentra",), monthly_max_mxn=4000, down_payment_mxn=20_000, months_max=60)
    assert changes["down_payment"].cars.payments[201].monthly_mxn <= 4000
    assert changes["monthly_max"].cars.payments[201].months == 60


@pytest.mark.parametrize(
    "wish",
    [
        Wish(models=("sentra",), price_max_mxn=250_000),
        Wish(makes=("mazda",), year_min=2023),
        Wish(makes=("mazda",), mileage_max_km=10_000),
        Wish(makes=("toyota",), price_max_mxn=300_000, mileage_max_km=90_000),
    ],
)
def test_each_change_gives_what_it_says_and_a_smaller_one_nothing(wish: Wish) -> None:
    fields = {"price_max": "price_max_mxn", "year_min": "year_min", "mileage_max_km": "mileage_max_km"}
    counted = [change for change in search.find(wish).nearest if change.field in fields]
    assert counted
    for change in counted:
        after: Any = {fields[change.field]: change.to}
        assert search.find(replace(wish, **after)).total == change.cars.total > 0
        step = 1 if change.field == "year_min" else -1
        short: Any = {fields[change.field]: change.to + step}  # type: ignore[operator]
        assert search.find(replace(wish, **short)).total == 0


def test_no_change_is_offered_where_something_fits_or_a_name_is_unclear() -> None:
    assert search.find(Wish(makes=("mazda",))).nearest == ()
