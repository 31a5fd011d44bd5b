"""Searching by payment: cars that so much a month pays for, each over the shortest term that fits."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inventory import financing, search
from inventory.financing import FinancingError
from inventory.models import CreditTerms, Vehicle
from inventory.search import Wish

pytestmark = [pytest.mark.anywhere, pytest.mark.usefixtures("stock")]


def by_hand(monthly: Decimal, down: Decimal) -> dict[int, int]:
    """Every car for sale that fits, with its shortest term; 0 where the down payment pays it whole."""
    terms = CreditTerms.current()
    fits: dict[int, int] = {}
    for vehicle in Vehicle.objects.for_sale():
        if down >= vehicle.price_mxn:
            fits[vehicle.stock_id] = 0
            continue
        for months in sorted(terms.terms_months):
            if financing.estimate(vehicle.price_mxn, down, months, terms).monthly_mxn <= monthly:
                fits[vehicle.stock_id] = months
                break
    return fits


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(monthly=st.integers(500, 12_000), down=st.integers(0, 400_000))
def test_the_search_agrees_with_trying_every_car_and_term(monthly: int, down: int) -> None:
    found = search.find(Wish(monthly_max_mxn=monthly, down_payment_mxn=down, limit=20))
    terms = {
        v.stock_id: found.payments[v.stock_id].months if v.stock_id in found.payments else 0 for v in found.vehicles
    }
    assert terms == by_hand(Decimal(monthly), Decimal(down))
    assert found.total == len(terms)


def test_a_share_of_the_price_may_be_paid_down() -> None:
    found = search.find(Wish(monthly_max_mxn=5459, down_payment_share=Decimal("0.2"), models=("sentra",)))
    assert found.payments[201].monthly_mxn == Decimal("5458.01")
    assert found.payments[201].months == 48


def test_a_longest_term_is_kept() -> None:
    assert (
        search.find(
            Wish(monthly_max_mxn=5459, down_payment_share=Decimal("0.2"), months_max=36, models=("sentra",))
        ).total
        == 0
    )


def test_it_goes_with_other_wishes_and_never_offers_what_is_sold(stock: dict[int, Vehicle]) -> None:
    wish = Wish(monthly_max_mxn=6000, down_payment_mxn=100_000, makes=("mazda",), limit=20)
    before = search.find(wish).total
    Vehicle.objects.filter(stock_id=101).update(status="sold")
    Vehicle.objects.filter(stock_id=102).update(status="reserved")
    after = search.find(wish)
    assert after.total == before - 2
    assert {101, 102}.isdisjoint({vehicle.stock_id for vehicle in after.vehicles})


def test_a_minimum_down_payment_is_asked_of_everyone() -> None:
    CreditTerms.objects.create(minimum_down_payment_share=Decimal("0.5"))
    found = search.find(Wish(monthly_max_mxn=100_000, down_payment_mxn=100_000, limit=20))
    assert all(vehicle.price_mxn <= 200_000 for vehicle in found.vehicles)


def test_a_down_payment_below_zero_is_refused() -> None:
    with pytest.raises(FinancingError, match="below zero"):
        search.find(Wish(monthly_max_mxn=5000, down_payment_mxn=-1))


@pytest.mark.parametrize("monthly", ["2000", "5458.01", "7200"])
@pytest.mark.parametrize("months", [36, 48, 60, 72])
def test_the_highest_price_is_paid_for_and_a_cent_more_is_not(monthly: str, months: int) -> None:
    terms = CreditTerms.current()
    down, most = Decimal(50_000), Decimal(monthly)
    price = financing.highest_price(most, down, months, terms)
    assert financing.estimate(price, down, months, terms).monthly_mxn <= most
    assert financing.estimate(price + Decimal("0.01"), down, months, terms).monthly_mxn >= most
    assert financing.estimate(price + Decimal(1), down, months, terms).monthly_mxn > most
