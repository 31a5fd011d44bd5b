"""Instalments in words."""

import re
from decimal import Decimal
from typing import Any

from assistant.llm.rules.plan.calls import Step
from assistant.llm.rules.speaker import Speaker
from assistant.reading import Reading
from assistant.sentences import pesos
from inventory import assumptions

# Refusals of the financing that have words of their own; the rest is told as "can't be computed".
_REFUSALS = (
    "down_payment_too_high",
    "down_payment_negative",
    "down_payment_below_minimum",
    "term_out_of_range",
    "term_not_offered",
    "monthly_too_low",
    "payments_out_of_range",
)
# What a refusal was made with: "minimum_mxn=53799.80", "offered=(36, 48)".
_FIGURE = re.compile(r"(\w+)=\(?([\d.]+(?:, \d+)*)")


def told(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    """What an estimate gave: its figures and what they rest on, or why there is none."""
    result = step.result
    if "error" in result:
        return [_refusal(tell, step)]
    if "highest_prices" in result:
        return [_highest_prices(tell, step), result["assumptions"]]
    estimates = result["estimates"]
    head = tell(
        "credit_head",
        vehicle=result["vehicle"],
        stock_id=result["stock_id"],
        price=pesos(Decimal(result["price"])),
        down_payment=pesos(Decimal(estimates[0]["down_payment"])),
        percent=_percent(estimates[0]),
        financed=pesos(Decimal(estimates[0]["financed"])),
    )
    is_only = len(estimates) == 1
    lines = [_estimate_line(tell, estimate, is_only=is_only) for estimate in estimates]
    folio = [tell("credit_folio", folio=estimates[0]["folio"])] if is_only else []
    return ["\n".join([head, *lines]), *_schedule(tell, estimates), " ".join([result["assumptions"], *folio])]


def _highest_prices(tell: Speaker, step: Step) -> str:
    """Up to which price a monthly payment goes, over one term or each."""
    prices = step.result["highest_prices"]
    percent = step.arguments.get("down_payment_percent")
    figures = {
        "monthly": pesos(Decimal(step.result["monthly"])),
        "down_payment": f"{percent}%" if percent else pesos(Decimal(prices[0]["down_payment"])),
    }
    rows = [(price["months"], pesos(Decimal(price["highest_price"]))) for price in prices]
    if len(rows) == 1:
        return tell("highest_price", months=rows[0][0], price=rows[0][1], **figures)
    lines = [tell("highest_price_line", months=months, price=price) for months, price in rows]
    return "\n".join([tell("highest_price_head", **figures), *lines])


def _percent(estimate: dict[str, Any]) -> str:
    """The down payment's share, where it comes out even."""
    share = estimate.get("down_payment_percent")
    return f" ({share}%)" if share else ""


def _estimate_line(tell: Speaker, estimate: dict[str, Any], *, is_only: bool) -> str:
    amounts = {
        name: pesos(Decimal(estimate[name]))
        for name in ("monthly", "last_payment", "interest_total", "total_with_down")
    }
    line = tell("credit_one_term" if is_only else "credit_term_line", months=estimate["months"], **amounts)
    if "balance" in estimate:
        balance = pesos(Decimal(estimate["balance"]))
        line += "\n" + tell("credit_balance", payments=estimate["payments_made"], balance=balance)
    return line


def _schedule(tell: Speaker, estimates: list[dict[str, Any]]) -> list[str]:
    if "schedule_sent_as" in estimates[0]:
        return [tell("schedule_attached")]
    rows = estimates[0].get("schedule")
    if not rows:
        return []
    lines = [
        tell(
            "schedule_line",
            number=number,
            payment=pesos(Decimal(payment)),
            interest=pesos(Decimal(interest)),
            principal=pesos(Decimal(principal)),
            balance=pesos(Decimal(balance)),
        )
        for number, payment, interest, principal, balance in rows
    ]
    return ["\n".join([tell("schedule_head"), *lines])]


def _refusal(tell: Speaker, step: Step) -> str:
    error = step.result["error"]
    if "[not_for_sale]" in error:
        return f"{tell('unavailable', stock_id=step.arguments['stock_id'])} {tell('another_wish')}"
    code = next((code for code in _REFUSALS if f"[{code}" in error), None)
    if code is None:
        return tell("credit_refused")
    figures = dict(_FIGURE.findall(error))
    return tell(
        f"credit_refused_{code}",
        minimum=_minimum(figures),
        terms=tell.either(figures.get("offered", "").split(", ")),
        months=figures.get("months", ""),
    )


def _minimum(figures: dict[str, str]) -> str:
    """The least down payment, in pesos where a car was named."""
    if "minimum_mxn" in figures:
        return pesos(Decimal(figures["minimum_mxn"]))
    return f"{assumptions.percent(Decimal(figures.get('minimum_share', 0)))}%"
