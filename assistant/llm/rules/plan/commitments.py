"""Which visit, note or person the customer's words ask for."""

from decimal import Decimal
from typing import Any

from assistant import escalation
from assistant.llm.rules.plan import cars
from assistant.llm.rules.plan.calls import HAND_OFF, INTEREST, VISIT, Call, number
from assistant.reading import Reading, thousands
from assistant.reading.shown import Shown
from assistant.tools.car_wish import CarWish

# Phrases that leave work for a person, and its kind.
INTERESTS = {"sell_own": "trade_in", "watch": "watch", "hold": "hold", "callback": "callback", "offer": "offer"}


def handoff(reading: Reading) -> Call | None:
    """A person, where the words need one, or where Karlos offered one."""
    is_offered = reading.asked == "person" and (reading.is_only("yes") or reading.is_only("acknowledgement"))
    reason = escalation.reason(reading.text) or ("asked" if is_offered else None)
    if reason is None:
        return None
    return HAND_OFF, {"reason": reason, "summary": f"El cliente escribió: «{reading.text[:900]}»"}


def wants_visit(reading: Reading, before: Shown) -> bool:
    """The customer speaks of coming to the dealership."""
    has_time = reading.day is not None or reading.at is not None
    if reading.says("callback") or reading.says("hours") or reading.asked == "callback":
        return reading.says("visit")
    if reading.day is not None and reading.at is not None and not reading.names_others:
        return True
    if has_time and (reading.says("visit_with_time") or before.has_visit or reading.asked == "visit"):
        return True
    return reading.says("visit")


def needs_car(reading: Reading) -> bool:
    """A model is named that the visit is for."""
    is_dated = reading.day is not None and reading.at is not None
    return is_dated and any(mention.model and not mention.absent for mention in reading.mentions)


def visit(reading: Reading, before: Shown, *, car: int | None = None) -> Call | None:
    """Note, move, confirm or call off; a first visit needs a day and a time."""
    if before.has_visit and reading.day is None and reading.at is None:
        if reading.says("visit_cancelled"):
            return VISIT, {"action": "cancel"}
        return (VISIT, {"action": "book"}) if reading.says("visit_confirmed") else None
    if not wants_visit(reading, before) or not (before.has_visit or (reading.day and reading.at)):
        return None
    arguments = {
        "action": "book",
        "day": str(reading.day) if reading.day else None,
        "time": f"{reading.at:%H:%M}" if reading.at else None,
        "stock_id": car or cars.car_meant(reading, before),
    }
    return VISIT, {name: value for name, value in arguments.items() if value is not None}


def interest(reading: Reading, before: Shown) -> Call | None:
    """A note for a person: a callback, an offer, a car of their own, a wish to be told or to have a car kept."""
    kind = next((kind for phrase, kind in INTERESTS.items() if reading.says(phrase)), None)
    if kind is None and reading.asked in {"callback", "trade_in"} and reading.answers_question:
        kind = reading.asked
    offered = _offered(reading)
    if kind is None or (kind == "offer" and (offered is None or _speaks_of_terms(reading))):
        return None
    arguments: dict[str, Any] = {"kind": kind, "note": reading.text[:1000]}
    car = cars.car_meant(reading, before)
    if car is not None and kind != "trade_in":
        arguments["stock_id"] = car
    if kind == "offer" and offered is not None:
        arguments["amount"] = number(offered)
    if kind == "watch" and (wish := _waited_for(reading, before)):
        arguments["wish"] = wish
    if kind == "callback":
        arguments |= {name: value for name, value in _call_at(reading).items() if value}
    return INTEREST, arguments


def _waited_for(reading: Reading, before: Shown) -> dict[str, Any]:
    """The car to be told of: the one that is named, or what was last searched for."""
    said = cars.search(reading) if reading.has_wish else before.searched or {}
    return {name: value for name, value in said.items() if name in CarWish.model_fields and value not in (None, [])}


def _call_at(reading: Reading) -> dict[str, str | None]:
    return {
        "day": str(reading.day) if reading.day else None,
        "time": f"{reading.at:%H:%M}" if reading.at else None,
    }


def _speaks_of_terms(reading: Reading) -> bool:
    """Whether an amount is a down payment rather than an offer."""
    return bool(reading.months) or reading.down_payment_percent is not None or reading.says("credit")


def _offered(reading: Reading) -> Decimal | None:
    """What the customer would give: the one amount in the message."""
    amounts = [reading.price_max, reading.price_about, reading.down_payment, *reading.loose]
    said = [amount for amount in amounts if amount is not None]
    return thousands(said[0]) if len(said) == 1 else None
