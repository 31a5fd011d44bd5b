"""Instalments to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import financing
from inventory.models import CreditTerms

pytestmark = pytest.mark.anywhere

EVERY_TERM = [36, 42, 48, 54, 60, 66, 72]

amounts = st.decimals(min_value="20000", max_value="3000000", places=2)
rates = st.decimals(min_value="0", max_value="0.60", places=4)
terms_months = st.sampled_from(EVERY_TERM)


def lent_at(rate: Decimal | str, *, minimum_share: str = "0") -> CreditTerms:
    return CreditTerms(
        annual_rate=Decimal(rate), terms_months=EVERY_TERM, minimum_down_payment_share=Decimal(minimum_share)
    )


def refused(price: str, down: str, months: int, terms: CreditTerms | None = None) -> financing.FinancingError:
    with pytest.raises(financing.FinancingError) as caught:
        financing.estimate(Decimal(price), Decimal(down), months, terms or CreditTerms())
    return caught.value


def test_twenty_percent_down_over_four_years_has_the_known_figures() -> None:
    quote = financing.estimate(Decimal(268999), Decimal("53799.80"), 48, lent_at("0.10"))
    assert quote.amount_financed_mxn == Decimal("215199.20")
    assert quote.monthly_mxn == Decimal("5458.01")
    assert quote.last_payment_mxn == Decimal("5457.85")
    assert quote.interest_total_mxn == Decimal("46785.12")
    assert quote.total_with_down_mxn == Decimal("315784.12")


def test_fifty_thousand_down_over_five_years_has_the_known_figures() -> None:
    quote = financing.estimate(Decimal(268999), Decimal(50000), 60, lent_at("0.10"))
    assert (quote.monthly_mxn, quote.last_payment_mxn) == (Decimal("4653.08"), Decimal("4653.17"))
    assert quote.interest_total_mxn == Decimal("60185.89")


def test_the_down_payment_is_charged_once() -> None:
    quote = financing.estimate(Decimal(200000), Decimal(80000), 36, lent_at("0"))
    assert quote.total_with_down_mxn == quote.price_mxn


def test_without_interest_the_price_is_shared_out_over_the_months() -> None:
    quote = financing.estimate(Decimal(100000), Decimal(0), 36, lent_at("0"))
    assert quote.monthly_mxn == Decimal("2777.78")
    assert quote.last_payment_mxn == Decimal("2777.70")
    assert quote.interest_total_mxn == 0


def test_the_rate_is_the_one_that_staff_set() -> None:
    cheap = financing.estimate(Decimal(100000), Decimal(0), 36, lent_at("0.05"))
    dear = financing.estimate(Decimal(100000), Decimal(0), 36, lent_at("0.15"))
    assert (cheap.monthly_mxn, dear.monthly_mxn) == (Decimal("2997.09"), Decimal("3466.53"))


@given(price=amounts, share=st.decimals(min_value="0", max_value="0.95", places=4), months=terms_months, rate=rates)
def test_the_schedule_closes_at_zero_and_repays_exactly_what_was_financed(
    price: Decimal, share: Decimal, months: int, rate: Decimal
) -> None:
    quote = financing.estimate(price, price * share, months, lent_at(rate))
    lines = financing.schedule(quote)
    assert [line.number for line in lines] == list(range(1, months + 1))
    assert lines[-1].balance == 0
    assert sum(line.principal for line in lines) == quote.amount_financed_mxn
    assert sum(line.interest for line in lines) == quote.interest_total_mxn
    assert quote.down_payment_mxn + sum(line.payment for line in lines) == quote.total_with_down_mxn
    assert {line.payment for line in lines[:-1]} == {quote.monthly_mxn}
    assert all(line.principal + line.interest == line.payment for line in lines)


@given(price=amounts, months=terms_months, rate=rates)
def test_more_time_or_more_down_never_makes_a_payment_dearer(price: Decimal, months: int, rate: Decimal) -> None:
    terms = lent_at(rate)
    payment = financing.estimate(price, price * Decimal("0.10"), months, terms).monthly_mxn
    assert financing.estimate(price, price * Decimal("0.20"), months, terms).monthly_mxn < payment
    assert months == 72 or financing.estimate(price, price * Decimal("0.10"), months + 6, terms).monthly_mxn < payment


@given(
    price=amounts, wanted=st.decimals(min_value="1500", max_value="90000", places=2), months=terms_months, rate=rates
)
def test_the_down_payment_for_a_wanted_payment_is_the_smallest_that_keeps_within_it(
    price: Decimal, wanted: Decimal, months: int, rate: Decimal
) -> None:
    terms = lent_at(rate)
    down = financing.down_payment_for(price, wanted, months, terms)
    assert financing.estimate(price, down, months, terms).monthly_mxn <= wanted
    if down > 0:
        assert financing.estimate(price, down - financing.CENT, months, terms).monthly_mxn > wanted


def test_the_down_payment_for_a_wanted_payment_respects_the_minimum() -> None:
    terms = lent_at("0.10", minimum_share="0.20")
    assert financing.down_payment_for(Decimal(268999), Decimal(90000), 48, terms) == Decimal("53799.80")


def test_a_payment_that_finances_nothing_is_refused() -> None:
    for wanted in ("0", "-100"):
        with pytest.raises(financing.FinancingError) as caught:
            financing.down_payment_for(Decimal(268999), Decimal(wanted), 48, lent_at("0.10"))
        assert caught.value.code == "monthly_too_low"


@given(
    monthly=st.decimals(min_value="500", max_value="90000", places=2),
    down=st.decimals(min_value="1000", max_value="900000", places=2),
    months=terms_months,
    rate=rates,
    minimum=st.sampled_from(["0", "0.1", "0.2501"]),
)
def test_the_highest_price_is_within_the_payment_and_a_cent_more_is_not(
    monthly: Decimal, down: Decimal, months: int, rate: Decimal, minimum: str
) -> None:
    terms = lent_at(rate, minimum_share=minimum)
    price = financing.highest_price(monthly, down, months, terms)
    assert price >= down
    if price > down + 1:
        assert financing.estimate(price, down, months, terms).monthly_mxn <= monthly
    dearer = price + financing.CENT
    if down >= financing.minimum_down_payment(dearer, terms) and dearer > down + 1:
        assert financing.estimate(dearer, down, months, terms).monthly_mxn > monthly


@given(
    monthly=st.decimals(min_value="500", max_value="90000", places=2),
    share=st.decimals(min_value="0", max_value="0.9", places=3),
    months=terms_months,
    rate=rates,
)
def test_the_highest_price_with_a_share_of_it_down_is_within_the_payment_and_a_cent_more_is_not(
    monthly: Decimal, share: Decimal, months: int, rate: Decimal
) -> None:
    terms = lent_at(rate)
    price = financing.highest_price_at_share(monthly, share, months, terms)
    assert financing.estimate(price, price * share, months, terms).monthly_mxn <= monthly
    dearer = price + financing.CENT
    assert financing.estimate(dearer, dearer * share, months, terms).monthly_mxn > monthly


def test_a_payment_of_7200_with_120000_down_carries_the_known_prices() -> None:
    prices = [financing.highest_price(Decimal(7200), Decimal(120_000), months, CreditTerms()) for months in (36, 72)]
    assert prices == [Decimal("343137.05"), Decimal("508646.66")]


def test_without_payments_the_down_payment_is_all_there_is() -> None:
    assert financing.highest_price(Decimal(0), Decimal(100_000), 48, CreditTerms()) == 100_000
    assert financing.highest_price_at_share(Decimal(0), Decimal("0.2"), 48, CreditTerms()) < 1


def test_the_minimum_down_payment_bounds_the_price_that_payments_carry() -> None:
    terms = lent_at("0.10", minimum_share="0.20")
    assert financing.highest_price(Decimal(90_000), Decimal(50_000), 72, terms) == Decimal("250000.02")
    financing.estimate(Decimal("250000.02"), Decimal(50_000), 72, terms)


@pytest.mark.parametrize(
    ("share", "code"),
    [("-0.1", "down_payment_negative"), ("1", "down_payment_too_high"), ("0.1999", "down_payment_below_minimum")],
)
def test_a_share_that_the_terms_do_not_allow_is_refused_by_name(share: str, code: str) -> None:
    with pytest.raises(financing.FinancingError) as caught:
        financing.highest_price_at_share(Decimal(7000), Decimal(share), 48, lent_at("0.10", minimum_share="0.20"))
    assert caught.value.code == code


def test_a_down_payment_below_zero_carries_nothing() -> None:
    with pytest.raises(financing.FinancingError) as caught:
        financing.highest_price(Decimal(7000), Decimal(-1), 48, CreditTerms())
    assert caught.value.code == "down_payment_negative"


@given(price=amounts, share=st.decimals(min_value="0.01", max_value="0.9", places=3), months=terms_months)
def test_the_minimum_share_itself_is_always_enough(price: Decimal, share: Decimal, months: int) -> None:
    terms = lent_at("0.10", minimum_share=str(share))
    assert financing.estimate(price, price * share, months, terms).monthly_mxn > 0


def test_the_balance_after_two_years_is_the_schedules_own() -> None:
    quote = financing.estimate(Decimal(268999), Decimal("53799.80"), 48, lent_at("0.10"))
    assert financing.balance_after(quote, 0) == quote.amount_financed_mxn
    assert financing.balance_after(quote, 24) == Decimal("118279.63")
    assert financing.balance_after(quote, 48) == 0


def test_a_balance_after_more_payments_than_there_are_is_refused() -> None:
    quote = financing.estimate(Decimal(268999), Decimal(0), 48, lent_at("0.10"))
    for payments in (-1, 49):
        with pytest.raises(financing.FinancingError) as caught:
            financing.balance_after(quote, payments)
        assert caught.value.code == "payments_out_of_range"


@pytest.mark.parametrize(
    ("down", "months", "code"),
    [
        ("268999", 48, "down_payment_too_high"),
        ("300000", 48, "down_payment_too_high"),
        ("-0.01", 48, "down_payment_negative"),
        ("0", 35, "term_out_of_range"),
        ("0", 73, "term_out_of_range"),
        ("0", 40, "term_not_offered"),
    ],
)
def test_what_the_terms_do_not_allow_is_refused_by_name(down: str, months: int, code: str) -> None:
    assert refused("268999", down, months).code == code


def test_a_refusal_carries_the_figures_and_a_sentence() -> None:
    error = refused("268999", "50000", 48, lent_at("0.10", minimum_share="0.20"))
    assert error.code == "down_payment_below_minimum"
    assert error.figures["minimum_mxn"] == Decimal("53799.80")
    assert "53,799.80" in str(error)


def test_a_refused_term_names_those_that_are_offered() -> None:
    assert refused("268999", "0", 40).figures["offered"] == (36, 48, 60, 72)


def test_a_few_pesos_are_too_little_to_finance() -> None:
    assert refused("0.30", "0", 72, lent_at("0.10")).code == "amount_too_small"
