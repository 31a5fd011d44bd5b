"""Every car of the sample stock, whatever is paid: schedules that close, searches by payment that miss nothing, changes that help."""

import csv
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inventory import financing, search
from inventory.financing import FinancingError
from inventory.models import CreditTerms, Vehicle
from inventory.search import Change, Found, Wish
from inventory.stock_import import import_stock

pytestmark = pytest.mark.anywhere

SAMPLE = settings.ROOT / "fixtures/vehicles.csv"
ALL = 1000

few_examples = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def sample(db: None) -> None:
    import_stock(SAMPLE)


def prices() -> set[Decimal]:
    """Those of every car."""
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        return {Decimal(row["price"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("months", CreditTerms().terms_months)
def test_every_schedule_closes_at_zero_and_repays_what_was_financed(months: int) -> None:
    terms = CreditTerms()
    for price in prices():
        for twentieth in range(20):
            quote = financing.estimate(price, price * twentieth / 20, months, terms)
            lines = financing.schedule(quote)
            assert lines[-1].balance == 0
            assert sum(line.principal for line in lines) == quote.amount_financed_mxn
            assert {line.payment for line in lines[:-1]} == {quote.monthly_mxn}
            assert lines[-1].payment == quote.last_payment_mxn


def by_hand(wish: Wish, terms: CreditTerms) -> dict[int, int]:
    """The shortest term of every car for sale that fits; 0 where the down payment pays it whole."""
    fits: dict[int, int] = {}
    monthly_max = Decimal(wish.monthly_max_mxn or 0)
    for vehicle in Vehicle.objects.for_sale():
        price = vehicle.price_mxn
        down = (
            financing.share_of(price, wish.down_payment_share)
            if wish.down_payment_share is not None
            else Decimal(wish.down_payment_mxn or 0)
        )
        if down >= price:
            fits[vehicle.stock_id] = 0
            continue
        for months in sorted(terms.terms_months, reverse=True):
            if months <= (wish.months_max or ALL) and _monthly(price, down, months, terms) <= monthly_max:
                fits[vehicle.stock_id] = months
    return fits


def _monthly(price: Decimal, down: Decimal, months: int, terms: CreditTerms) -> Decimal:
    try:
        return financing.estimate(price, down, months, terms).monthly_mxn
    except FinancingError:
        return Decimal("Infinity")


def terms_of(found: Found) -> dict[int, int]:
    every = {vehicle.stock_id: 0 for vehicle in found.vehicles}
    return every | {stock_id: estimate.months for stock_id, estimate in found.payments.items()}


down_payments = st.one_of(
    st.builds(lambda amount: {"down_payment_mxn": amount}, st.decimals(0, 700_000, places=2)),
    st.builds(lambda share: {"down_payment_share": share}, st.decimals(0, 1, places=2)),
)


@pytest.mark.usefixtures("sample")
@few_examples
@given(
    monthly=st.decimals(0, 20_000, places=2),
    down=down_payments,
    months_max=st.sampled_from([None, 24, 36, 50, 60, 72]),
    minimum=st.sampled_from(["0", "0.1", "0.3333"]),
)
def test_a_search_by_payment_finds_what_trying_every_car_and_term_does(
    monthly: Decimal, down: dict[str, Decimal], months_max: int | None, minimum: str
) -> None:
    CreditTerms.objects.update_or_create(defaults={"minimum_down_payment_share": Decimal(minimum)})
    said: dict[str, Any] = down
    wish = Wish(monthly_max_mxn=monthly, months_max=months_max, limit=ALL, **said)
    found = search.find(wish)
    assert terms_of(found) == by_hand(wish, CreditTerms.current())
    assert found.total == len(found.vehicles)


names = st.sampled_from([(), ("mazda 3",), ("cr-v",), ("jetta",), ("rav4",), ("serie 3",)])
wishes = st.builds(
    Wish,
    models=names,
    price_max_mxn=st.none() | st.integers(90_000, 500_000),
    year_min=st.none() | st.integers(2014, 2026),
    mileage_max_km=st.none() | st.integers(1_000, 120_000),
    seats_min=st.none() | st.integers(5, 9),
    transmissions=st.sampled_from([(), ("manual",), ("automatic",), ("cvt",)]),
    features=st.sampled_from([(), ("bluetooth",), ("bluetooth", "car_play")]),
    monthly_max_mxn=st.none() | st.integers(500, 9_000),
    down_payment_mxn=st.none() | st.integers(0, 200_000),
    months_max=st.sampled_from([None, 36, 48]),
)
# How a change is said in a wish, and the next smaller one.
LIMITS = {
    "price_max": ("price_max_mxn", Decimal("-0.01")),
    "year_min": ("year_min", 1),
    "mileage_max_km": ("mileage_max_km", -1),
    "seats_min": ("seats_min", 1),
    "monthly_max": ("monthly_max_mxn", Decimal("-0.01")),
    "down_payment": ("down_payment_mxn", Decimal("-0.01")),
    "months_max": ("months_max", -1),
}


@pytest.mark.usefixtures("sample")
@few_examples
@given(wish=wishes)
def test_every_change_lets_cars_in_and_a_smaller_one_none(wish: Wish) -> None:
    found = search.find(wish)
    assert len(found.nearest) <= 3
    assert not (found.total and found.nearest)
    fields = [change.field for change in found.nearest]
    assert len(set(fields)) == len(fields)
    for change in found.nearest:
        assert change.cars.total >= len(change.cars.vehicles) > 0
        if change.difference is not None:
            _check_smallest(wish, change)


def _check_smallest(wish: Wish, change: Change) -> None:
    field, smaller = LIMITS[change.field]
    after: Any = {field: change.to}
    assert change.difference
    assert change.difference > 0
    assert search.find(replace(wish, **after)).total == change.cars.total
    almost: Any = {field: change.to + smaller}  # type: ignore[operator] # these are all numbers
    assert search.find(replace(wish, **almost)).total == 0


@pytest.mark.usefixtures("sample")
@few_examples
@given(wish=wishes, sort=st.sampled_from(["", "-price", "mileage", "-year"]), size=st.integers(1, 20))
def test_pages_together_are_the_whole_without_repeats(wish: Wish, sort: Any, size: int) -> None:
    whole = search.find(replace(wish, sort=sort, limit=ALL))
    pages = [
        search.find(replace(wish, sort=sort, limit=size, offset=offset)).vehicles
        for offset in range(0, whole.total, size)
    ]
    assert [car.stock_id for page in pages for car in page] == [car.stock_id for car in whole.vehicles]
    assert {car.status for car in whole.vehicles} <= {Vehicle.Status.AVAILABLE}
