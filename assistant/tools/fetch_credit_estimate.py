"""The tool that computes monthly payments, from the stock's price."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from pydantic import Field, model_validator

from assistant.tools.contract import Amount, Arguments, Asked, Count, ToolError
from inventory import financing
from inventory.financing import Estimate, FinancingError
from inventory.models import CreditTerms, Vehicle

FOLIO_LETTERS = 8
# A schedule of more lines than two WhatsApp messages hold goes out as a document.
SCHEDULE_IN_WORDS_MOST_MONTHS = 48


class CreditRequest(Arguments):
    """What a financing depends on. The price is not among it: it comes from the stock."""

    stock_id: Count | None = Field(
        None,
        description="The stock id of one car, as fetch_vehicles_data gave it. Null, with monthly: which price that carries.",
    )
    down_payment: Amount | None = Field(None, description="Down payment in pesos. Null if it is given in percent.")
    down_payment_percent: Amount | None = Field(None, description="Down payment in percent of the price, such as 20.")
    months: Count | None = Field(None, description="The term in months. Null: every term that is offered.")
    monthly: Amount | None = Field(
        None,
        description="A monthly payment the customer wants: gives the down payment it takes for the car or, without a car, the highest price. Null otherwise.",
    )
    with_schedule: bool | None = Field(
        None,
        description="True for the amortisation schedule; needs one term. A long one is sent to the customer as a document, and the result says so: announce it, and don't write its lines.",
    )
    balance_after_payments: Count | None = Field(
        None, description="How many payments have been made, to know what is still owed. Null otherwise."
    )

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> "CreditRequest":
        downs = [self.down_payment is not None, self.down_payment_percent is not None]
        if self.stock_id is None:
            self._check_without_car(downs)
        elif sum([*downs, self.monthly is not None]) > 1:
            raise ValueError(
                "give down_payment, down_payment_percent or monthly, only one of them; the shortest term for a monthly "
                "payment and a down payment is found by fetch_vehicles_data with stock_ids"
            )
        return self

    def _check_without_car(self, downs: list[bool]) -> None:
        if self.monthly is None:
            raise ValueError("give a stock_id, or monthly for the highest price it carries")
        if self.with_schedule or self.balance_after_payments is not None:
            raise ValueError("a schedule or a balance needs a stock_id")
        if all(downs):
            raise ValueError("give down_payment or down_payment_percent, only one of them")


def fetch_credit_estimate(request: CreditRequest, asked: Asked) -> dict[str, Any]:
    """Monthly payment for one car by its stock id: for a down payment in pesos or percent and one term or every term; the amortisation schedule; the balance after some payments; or the down payment that a wanted monthly payment takes. Without a stock id: the highest price that a monthly payment (and a down payment) carries, for each term. Amounts are Mexican pesos. An estimate while price and stock last, never an offer; the rate is not the CAT."""
    terms = CreditTerms.current()
    try:
        if request.stock_id is None:
            return _highest_prices(request, asked, terms)
        return _quote(request.stock_id, request, asked, terms)
    except FinancingError as e:
        raise ToolError(refusal(e)) from e


def _quote(stock_id: int, request: CreditRequest, asked: Asked, terms: CreditTerms) -> dict[str, Any]:
    vehicle = Vehicle.objects.for_sale().filter(stock_id=stock_id).first()
    if vehicle is None:
        raise ToolError(f"No car with stock id {stock_id} is for sale. Search with fetch_vehicles_data. [not_for_sale]")
    rests_on = _rests_on(asked, terms)
    car = {
        "stock_id": vehicle.stock_id,
        "vehicle": f"{vehicle.name} {vehicle.year}",
        "price": str(vehicle.price_mxn),
    }
    return {
        **car,
        "estimates": [
            _with_folio(_estimate(vehicle, request, months, terms), car | rests_on, asked)
            for months in _months(request, terms)
        ],
        **rests_on,
    }


def _highest_prices(request: CreditRequest, asked: Asked, terms: CreditTerms) -> dict[str, Any]:
    """No car yet, so no folio."""
    monthly = financing.to_the_cent(request.monthly or Decimal(0))
    if monthly <= 0:
        raise FinancingError(
            "monthly_too_low", f"A monthly payment of {monthly:,} carries nothing.", monthly_mxn=monthly
        )
    return {
        "stock_id": None,
        "monthly": str(monthly),
        "highest_prices": [_highest_price(monthly, request, months, terms) for months in _months(request, terms)],
        **_rests_on(asked, terms),
    }


def _highest_price(monthly: Decimal, request: CreditRequest, months: int, terms: CreditTerms) -> dict[str, Any]:
    """Without a word on the down payment, the least that the terms ask."""
    if request.down_payment is not None:
        down = financing.to_the_cent(request.down_payment)
        price = financing.highest_price(monthly, down, months, terms)
    else:
        percent = request.down_payment_percent
        share = terms.minimum_down_payment_share if percent is None else percent / 100
        price = financing.highest_price_at_share(monthly, share, months, terms)
        down = financing.share_of(price, share)
    return {
        "months": months,
        "highest_price": str(price),
        "down_payment": str(down),
        "financed": str(price - down),
    }


def _rests_on(asked: Asked, terms: CreditTerms) -> dict[str, Any]:
    return {
        "currency": "MXN",
        "annual_rate_percent": terms.annual_rate_percent,
        "terms_offered_months": sorted(terms.terms_months),
        "assumptions": terms.assumptions_in(asked.language),
        "made_on": asked.now.date().isoformat(),
    }


def _with_folio(estimate: dict[str, Any], based_on: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """The estimate with what staff find it by: car, day, and letters (no figures that an answer could take for its own).

    The letters stand for all that it says and for whom: the same estimate on the same day keeps its folio.
    """
    figures = {name: estimate[name] for name in ("months", "down_payment", "monthly", "last_payment", "interest_total")}
    whole = json.dumps([asked.customer_ref, based_on, figures], sort_keys=True)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:FOLIO_LETTERS]
    letters = digest.translate(str.maketrans("0123456789abcdef", "BCDFGHJKLMNPQRST"))
    return estimate | {"folio": f"{based_on['stock_id']}-{asked.now:%y%m%d}-{letters}"}


def _months(request: CreditRequest, terms: CreditTerms) -> list[int]:
    if request.months is not None:
        return [request.months]
    if request.with_schedule or request.balance_after_payments is not None:
        raise ToolError("A schedule or a balance needs one term: ask the customer for how many months.")
    return sorted(terms.terms_months)


def _estimate(vehicle: Vehicle, request: CreditRequest, months: int, terms: CreditTerms) -> dict[str, Any]:
    down = _down_payment(vehicle, request, months, terms)
    estimate = financing.estimate(vehicle.price_mxn, down, months, terms)
    told: dict[str, Any] = {
        "months": months,
        "down_payment": str(estimate.down_payment_mxn),
        "financed": str(estimate.amount_financed_mxn),
        "monthly": str(estimate.monthly_mxn),
        "last_payment": str(estimate.last_payment_mxn),
        "interest_total": str(estimate.interest_total_mxn),
        "total_with_down": str(estimate.total_with_down_mxn),
    }
    if request.down_payment_percent is not None:
        told["down_payment_percent"] = f"{request.down_payment_percent.normalize():f}"
    if request.with_schedule:
        told["schedule"] = _schedule(estimate)
        if months > SCHEDULE_IN_WORDS_MOST_MONTHS:
            told["schedule_sent_as"] = "a PDF document, right after your answer"
    if request.balance_after_payments is not None:
        told["payments_made"] = request.balance_after_payments
        told["balance"] = str(financing.balance_after(estimate, request.balance_after_payments))
    return told


def _down_payment(vehicle: Vehicle, request: CreditRequest, months: int, terms: CreditTerms) -> Decimal:
    """The down payment in pesos that was asked for; none said is none paid."""
    if request.monthly is not None:
        return financing.down_payment_for(vehicle.price_mxn, request.monthly, months, terms)
    if request.down_payment_percent is not None:
        return vehicle.price_mxn * request.down_payment_percent / 100
    return request.down_payment or Decimal(0)


def refusal(error: FinancingError) -> str:
    """The refusal with its code, so that the answer can be worded in the customer's language."""
    figures = ", ".join(f"{name}={value}" for name, value in error.figures.items())
    return f"{error} [{error.code}{': ' + figures if figures else ''}]"


def _schedule(estimate: Estimate) -> list[list[str]]:
    """Rows of number, payment, interest, principal, balance."""
    return [
        [str(line.number), str(line.payment), str(line.interest), str(line.principal), str(line.balance)]
        for line in financing.schedule(estimate)
    ]
