"""Instalments: French amortisation at a fixed annual rate over twelve, each payment half-up to the cent, the last one closing at 0.00."""

import decimal
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from inventory.models import CreditTerms
from inventory.models.credit_terms import TERM_MAX_MONTHS, TERM_MIN_MONTHS
from inventory.models.vehicle import PRICE_MAX_MXN

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
# 72 roundings of amounts below 100 million, at (1 + rate) ** 72, stay far from the 50th digit.
_EXACT = decimal.Context(prec=50, rounding=ROUND_HALF_UP)


class FinancingError(ValueError):
    """A financing that the terms do not allow: `code` says why, `figures` with what; the message is in English."""

    def __init__(self, code: str, message: str, **figures: Decimal | int | tuple[int, ...]) -> None:
        super().__init__(message)
        self.code = code
        self.figures = figures


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What one financing comes to. `annual_rate` is a fraction; `total_with_down_mxn` is all the customer ever pays."""

    price_mxn: Decimal
    down_payment_mxn: Decimal
    amount_financed_mxn: Decimal
    months: int
    annual_rate: Decimal
    monthly_mxn: Decimal
    last_payment_mxn: Decimal
    interest_total_mxn: Decimal
    total_with_down_mxn: Decimal


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """One line of the amortisation schedule; `balance` is what is still owed after it."""

    number: int
    payment: Decimal
    interest: Decimal
    principal: Decimal
    balance: Decimal


def estimate(price_mxn: Decimal, down_payment_mxn: Decimal, months: int, terms: CreditTerms) -> Estimate:
    """The instalments of one car. Raises FinancingError when the terms do not allow it."""
    price, down = to_the_cent(price_mxn), to_the_cent(down_payment_mxn)
    _check_term(months, terms)
    _check_down_payment(price, down, terms)
    financed = price - down
    monthly = _monthly(financed, months, terms.annual_rate)
    lines = _schedule(financed, months, terms.annual_rate, monthly)
    if lines[-1].payment < 0:
        # Only with a few pesos, where the rounded payments are more than the debt.
        message = f"{financed:,} is too little to finance over {months} months."
        raise FinancingError("amount_too_small", message, amount_financed_mxn=financed, months=months)
    interest = sum((line.interest for line in lines), ZERO)
    return Estimate(
        price_mxn=price,
        down_payment_mxn=down,
        amount_financed_mxn=financed,
        months=months,
        annual_rate=terms.annual_rate,
        monthly_mxn=monthly,
        last_payment_mxn=lines[-1].payment,
        interest_total_mxn=interest,
        total_with_down_mxn=price + interest,
    )


def schedule(estimate: Estimate) -> list[Instalment]:
    """The amortisation schedule, one line a month; the last one's balance is 0.00."""
    return _schedule(estimate.amount_financed_mxn, estimate.months, estimate.annual_rate, estimate.monthly_mxn)


def balance_after(estimate: Estimate, payments: int) -> Decimal:
    """What is still owed after so many payments, without penalties or fees. Raises FinancingError outside 0..months."""
    if not 0 <= payments <= estimate.months:
        message = f"There are {estimate.months} payments: ask for the balance after 0 to {estimate.months} of them."
        raise FinancingError("payments_out_of_range", message, payments=payments, months=estimate.months)
    if payments == 0:
        return estimate.amount_financed_mxn
    return schedule(estimate)[payments - 1].balance


def down_payment_for(price_mxn: Decimal, monthly_mxn: Decimal, months: int, terms: CreditTerms) -> Decimal:
    """The smallest down payment, to the cent, whose monthly payment is not over the wanted one (and that the terms allow)."""
    price, wanted = to_the_cent(price_mxn), to_the_cent(monthly_mxn)
    _check_term(months, terms)
    least = minimum_down_payment(price, terms)
    financed = _largest(price, lambda amount: _monthly(amount, months, terms.annual_rate) <= wanted)
    down = max(least, price - financed)
    if wanted <= 0 or down >= price:
        message = f"A monthly payment of {wanted:,} is too low to finance anything of a price of {price:,}."
        raise FinancingError("monthly_too_low", message, monthly_mxn=wanted, price_mxn=price)
    return down


def highest_price(monthly_mxn: Decimal, down_payment_mxn: Decimal, months: int, terms: CreditTerms) -> Decimal:
    """The most expensive price that this down payment and these payments carry; at or below the down payment it is cash.

    Raises FinancingError for a term that is not offered or a down payment below zero.
    """
    down = to_the_cent(down_payment_mxn)
    if down < 0:
        message = f"A down payment of {down:,} is below zero."
        raise FinancingError("down_payment_negative", message, down_payment_mxn=down)
    return _highest_price(monthly_mxn, lambda price: down, months, terms)


def highest_price_at_share(monthly_mxn: Decimal, share: Decimal, months: int, terms: CreditTerms) -> Decimal:
    """The same when the down payment is a share of the price, from 0 up to below 1; 0.00 if the payments carry nothing."""
    if share < 0:
        message = f"A down payment of {share:.2%} is below zero."
        raise FinancingError("down_payment_negative", message, down_payment_share=share)
    if share >= 1:
        message = f"A down payment of {share:.2%} leaves nothing to finance."
        raise FinancingError("down_payment_too_high", message, down_payment_share=share)
    least = terms.minimum_down_payment_share
    if share < least:
        message = f"The down payment must be at least {least:.2%} of the price; {share:.2%} is below."
        raise FinancingError("down_payment_below_minimum", message, minimum_share=least, down_payment_share=share)
    return _highest_price(monthly_mxn, lambda price: share_of(price, share), months, terms)


def minimum_down_payment(price_mxn: Decimal, terms: CreditTerms) -> Decimal:
    """The least down payment that the terms ask."""
    return share_of(price_mxn, terms.minimum_down_payment_share)


def share_of(price_mxn: Decimal, share: Decimal) -> Decimal:
    """A down payment given as a share of the price, half-up to the cent as everything is."""
    return to_the_cent(price_mxn * share)


def _highest_price(
    monthly_mxn: Decimal, down_payment: Callable[[Decimal], Decimal], months: int, terms: CreditTerms
) -> Decimal:
    _check_term(months, terms)
    wanted = to_the_cent(monthly_mxn)

    def is_within(price: Decimal) -> bool:
        down = down_payment(price)
        is_allowed = wanted > 0 and minimum_down_payment(price, terms) <= down
        return down >= price or (is_allowed and _monthly(price - down, months, terms.annual_rate) <= wanted)

    return _largest(PRICE_MAX_MXN - CENT, is_within)


def _largest(most: Decimal, holds: Callable[[Decimal], bool]) -> Decimal:
    """The largest amount up to `most` for which it holds, as it does for 0 and for all below that amount; by halving, as payments are rounded."""
    low, high = 0, int(most / CENT)
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle * CENT):
            low = middle
        else:
            high = middle - 1
    return low * CENT


def _monthly(financed: Decimal, months: int, annual_rate: Decimal) -> Decimal:
    """The annuity formula P r / (1 - (1 + r) ** -n), half-up to the cent; P / n without interest."""
    with decimal.localcontext(_EXACT):
        rate = annual_rate / 12
        exact = financed * rate / (1 - (1 + rate) ** -months) if rate else financed / months
        return exact.quantize(CENT)


def _schedule(financed: Decimal, months: int, annual_rate: Decimal, monthly: Decimal) -> list[Instalment]:
    lines: list[Instalment] = []
    balance = financed
    with decimal.localcontext(_EXACT):
        rate = annual_rate / 12
        for number in range(1, months + 1):
            interest = (balance * rate).quantize(CENT)
            principal = balance if number == months else monthly - interest
            balance -= principal
            lines.append(
                Instalment(
                    number=number,
                    payment=principal + interest,
                    interest=interest,
                    principal=principal,
                    balance=balance,
                )
            )
    return lines


def to_the_cent(amount: Decimal) -> Decimal:
    """Half-up, as every amount here is rounded."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def _check_term(months: int, terms: CreditTerms) -> None:
    offered = tuple(sorted(terms.terms_months))
    if not TERM_MIN_MONTHS <= months <= TERM_MAX_MONTHS:
        message = f"Terms run from {TERM_MIN_MONTHS} to {TERM_MAX_MONTHS} months; {months} is outside."
        raise FinancingError("term_out_of_range", message, months=months, offered=offered)
    if months not in offered:
        message = f"A term of {months} months is not offered; these are: {', '.join(map(str, offered))}."
        raise FinancingError("term_not_offered", message, months=months, offered=offered)


def _check_down_payment(price: Decimal, down: Decimal, terms: CreditTerms) -> None:
    figures = {"price_mxn": price, "down_payment_mxn": down}
    if price <= 0:
        raise FinancingError("price_not_positive", f"A price of {price:,} cannot be financed.", price_mxn=price)
    if down < 0:
        raise FinancingError("down_payment_negative", f"A down payment of {down:,} is below zero.", **figures)
    if down >= price:
        message = f"A down payment of {down:,} leaves nothing to finance of a price of {price:,}."
        raise FinancingError("down_payment_too_high", message, **figures)
    least = minimum_down_payment(price, terms)
    if down < least:
        message = f"The down payment must be at least ${least:,}; ${down:,} is below."
        raise FinancingError("down_payment_below_minimum", message, minimum_mxn=least, **figures)
