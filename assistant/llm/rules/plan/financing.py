"""Which estimate the customer's words ask for."""

from decimal import Decimal
from typing import Any

from assistant.llm.rules.plan import cars
from assistant.llm.rules.plan.calls import CREDIT, SEARCH, Call, number
from assistant.reading import Reading
from assistant.reading.shown import Shown

_DOWN = ("down_payment", "down_payment_percent", "monthly")


def wants_credit(reading: Reading) -> bool:
    """The customer speaks of instalments."""
    speaks_of_it = reading.says("credit") or reading.says("same_terms")
    return reading.has_credit_figures or reading.monthly is not None or speaks_of_it


def wants_highest_price(reading: Reading) -> bool:
    """The customer asks up to which price a monthly payment goes, whatever car was spoken of before."""
    return reading.monthly is not None and reading.says("highest_price")


def has_down_payment(reading: Reading) -> bool:
    """How much is paid at once is known."""
    return (
        reading.down_payment is not None or reading.down_payment_percent is not None or reading.says("no_down_payment")
    )


def quoted(reading: Reading, before: Shown) -> Call | None:
    """An estimate for the car that is meant."""
    car = cars.car_meant(reading, before)
    return estimate(reading, before, car) if car is not None and wants_credit(reading) else None


def again_quoted(reading: Reading, before: Shown) -> Call | None:
    """The last estimate once more: its total, its schedule, its balance, or with another term or down payment."""
    last = before.quoted
    asks_more = any(reading.says(phrase) for phrase in ("total_paid", "interest_paid", "schedule", "balance"))
    asks_more = asks_more or (reading.says("returning") and wants_credit(reading))
    if last is None or not (asks_more or reading.has_credit_figures) or reading.has_wish or reading.pointed:
        return None
    if last.get("stock_id") != before.focus:
        return None
    arguments = {
        name: value for name, value in last.items() if name in {"stock_id", "months", *_DOWN} and value is not None
    }
    if reading.says("balance") and reading.months and arguments.get("months"):
        return CREDIT, arguments | {"balance_after_payments": reading.months[0]}
    if has_down_payment(reading):
        arguments = {name: value for name, value in arguments.items() if name not in _DOWN} | _down_payment(reading)
    if len(reading.months) == 1:
        arguments["months"] = reading.months[0]
    if reading.says("schedule") and arguments.get("months"):
        arguments["with_schedule"] = True
    return CREDIT, arguments


def affordable(reading: Reading, before: Shown) -> Call | None:
    """The cars that a monthly payment pays for, once it is known what is paid down; for the highest price, at once."""
    is_any = wants_highest_price(reading)
    if reading.monthly is None or not (
        is_any or (cars.car_meant(reading, before) is None and has_down_payment(reading))
    ):
        return None
    paid = _down_payment(reading) if has_down_payment(reading) else {}
    months = {"months_max": max(reading.months)} if reading.months else {}
    return SEARCH, {**cars.search(reading), "monthly_max": number(reading.monthly), **paid, **months}


def highest_price(reading: Reading) -> Call | None:
    """The price that a monthly payment carries, whatever car it is; without a term, over each of them."""
    if not wants_highest_price(reading):
        return None
    arguments = {"monthly": number(reading.monthly or Decimal(0))}
    if has_down_payment(reading):
        arguments |= _down_payment(reading)
    if len(reading.months) == 1:
        arguments["months"] = reading.months[0]
    return CREDIT, arguments


def estimate(reading: Reading, before: Shown, car: int) -> Call | None:
    """An estimate needs a down payment: without one, said now or for another car before, the customer is asked.

    Without a term there is every term.
    """
    last = before.quoted or {}
    if has_down_payment(reading) or reading.monthly is not None:
        paid = _down_payment(reading)
    else:
        paid = {name: last[name] for name in _DOWN if last.get(name) is not None}
    if not paid:
        return None
    arguments: dict[str, Any] = {"stock_id": car, **paid}
    months = reading.months or [last["months"]] if last.get("months") else reading.months
    if len(months) == 1:
        arguments["months"] = months[0]
        if reading.says("schedule"):
            arguments["with_schedule"] = True
    return CREDIT, arguments


def _down_payment(reading: Reading) -> dict[str, Any]:
    if reading.down_payment is not None:
        return {"down_payment": number(reading.down_payment)}
    if reading.down_payment_percent is not None:
        return {"down_payment_percent": number(reading.down_payment_percent)}
    if reading.monthly is not None and not reading.says("no_down_payment"):
        return {"monthly": number(reading.monthly)}
    return {"down_payment": 0}
