"""Which tools the customer's words ask for."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assistant import escalation
from assistant.reading import Reading, thousands
from assistant.reading.shown import Shown
from inventory.models import Vehicle

Call = tuple[str, dict[str, Any]]

SEARCH, CREDIT, INFORMATION, VISIT, INTEREST, HAND_OFF = (
    "fetch_vehicles_data",
    "fetch_credit_estimate",
    "fetch_dealership_information",
    "book_visit",
    "record_interest",
    "hand_off_to_person",
)
# Phrases that ask for a text of the dealership: phrase -> topic.
TOPICS = {
    "address": "address",
    "hours": "hours",
    "phone": "phone",
    "warranty": "warranty",
    "returns": "returns",
    "documents": "documents",
    "payment_methods": "payment_methods",
    "credit_conditions": "credit",
    "trade_in": "trade_in",
    "test_drive": "test_drive",
    "home_delivery": "delivery",
    "about": "about",
}
SORTS = {"cheapest": "price", "dearest": "-price", "least_mileage": "mileage", "newest": "-year"}
# Phrases that ask about the car in focus: phrase -> what is asked.
QUESTIONS = {
    "bluetooth": "bluetooth",
    "car_play": "car_play",
    "transmission_of_it": "transmission",
    "colour_of_it": "colour",
    "seats_of_it": "seats",
    "fuel_of_it": "fuel",
    "location_of_it": "location",
}
# Phrases that leave work for a person, and its kind.
INTERESTS = {"sell_own": "trade_in", "watch": "watch", "hold": "hold", "callback": "callback", "offer": "offer"}
TRANSMISSIONS = {"manual": ["manual"], "automatic": ["automatic", "cvt", "dual_clutch"], "cvt": ["cvt"]}
# Phrases that take a limit off the last search, and the arguments that go.
REMOVALS = {
    "remove_price": ("price_min", "price_max"),
    "remove_year": ("year_min", "year_max"),
    "remove_mileage": ("mileage_min_km", "mileage_max_km"),
}


@dataclass(frozen=True)
class Step:
    """A call that was made in this turn, with its result."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any]


def calls(reading: Reading, before: Shown, done: list[Step]) -> list[Call]:
    """The next calls; none when there is nothing more to look up."""
    if done:
        return _after_search(reading, done)
    if first := _handoff(reading) or _visit(reading, before) or _interest(reading, before):
        return [first]
    wanted = (_information(reading), _highest_price(reading), _about_cars(reading, before))
    return [call for call in wanted if call]


def wants_credit(reading: Reading) -> bool:
    """The customer speaks of instalments."""
    return reading.has_credit_figures or reading.monthly is not None or reading.says("credit")


def wants_highest_price(reading: Reading) -> bool:
    """The customer asks up to which price a monthly payment goes, whatever car was spoken of before."""
    return reading.monthly is not None and reading.says("highest_price")


def has_down_payment(reading: Reading) -> bool:
    """How much is paid at once is known."""
    return (
        reading.down_payment is not None or reading.down_payment_percent is not None or reading.says("no_down_payment")
    )


def car_meant(reading: Reading, before: Shown) -> int | None:
    """The one car that is spoken of, where it needs no search."""
    for candidates in (reading.pointed, reading.stock_ids):
        if candidates:
            return candidates[0] if len(candidates) == 1 else None
    return before.focus if not _has_names_or_limits(reading) else None


def superlative(reading: Reading) -> str | None:
    """The phrase that asks for the first of an order: "cheapest", "newest", ... "2019 o más nuevo" asks for none."""
    is_limit = reading.says("year_and_newer") or reading.says("year_and_older")
    return next((phrase for phrase in SORTS if reading.says(phrase) and not (phrase == "newest" and is_limit)), None)


def _has_names_or_limits(reading: Reading) -> bool:
    """Whether other cars are spoken of than the one in focus; how big a garage is says nothing of that."""
    return reading.has_wish and not (reading.space_mm and not reading.mentions and not reading.body_types)


def _handoff(reading: Reading) -> Call | None:
    reason = escalation.reason(reading.text)
    if reason is None:
        return None
    return HAND_OFF, {"reason": reason, "summary": f"El cliente escribió: «{reading.text[:900]}»"}


def wants_visit(reading: Reading, before: Shown) -> bool:
    """The customer speaks of coming to the dealership."""
    has_time = reading.day is not None or reading.at is not None
    if reading.day is not None and reading.at is not None and not reading.names_others:
        return True
    return reading.says("visit") or (has_time and (reading.says("visit_with_time") or before.has_visit))


def _visit(reading: Reading, before: Shown) -> Call | None:
    """Note, move, confirm or call off; a first visit needs a day and a time."""
    if before.has_visit and reading.day is None and reading.at is None:
        if reading.says("visit_cancelled"):
            return VISIT, {"action": "cancel"}
        return (VISIT, {"action": "book"}) if reading.says("visit_confirmed") else None
    if not wants_visit(reading, before) or not (before.has_visit or (reading.day and reading.at)):
        return None
    car = car_meant(reading, before)
    arguments = {
        "action": "book",
        "day": str(reading.day) if reading.day else None,
        "time": f"{reading.at:%H:%M}" if reading.at else None,
        "stock_id": car,
    }
    return VISIT, {name: value for name, value in arguments.items() if value is not None}


def _interest(reading: Reading, before: Shown) -> Call | None:
    kind = next((kind for phrase, kind in INTERESTS.items() if reading.says(phrase)), None)
    offered = _offered(reading)
    if kind is None or (kind == "offer" and (offered is None or _speaks_of_terms(reading))):
        return None
    arguments: dict[str, Any] = {"kind": kind, "note": reading.text[:1000]}
    car = car_meant(reading, before)
    if car is not None and kind != "trade_in":
        arguments["stock_id"] = car
    if kind == "offer" and offered is not None:
        arguments["amount"] = _number(offered)
    return INTEREST, arguments


def _speaks_of_terms(reading: Reading) -> bool:
    """Whether an amount is a down payment rather than an offer."""
    return bool(reading.months) or reading.down_payment_percent is not None or reading.says("credit")


def _offered(reading: Reading) -> Decimal | None:
    """What the customer would give: the one amount in the message."""
    amounts = [reading.price_max, reading.price_about, reading.down_payment, *reading.loose]
    said = [amount for amount in amounts if amount is not None]
    return thousands(said[0]) if len(said) == 1 else None


def _information(reading: Reading) -> Call | None:
    topics = [topic for phrase, topic in TOPICS.items() if reading.says(phrase)]
    return (INFORMATION, {"topics": topics}) if topics else None


# --- Cars ---------------------------------------------------------------------------------------------------------


def _about_cars(reading: Reading, before: Shown) -> Call | None:
    if reading.dollars is not None or len(reading.pointed) > 1 or reading.says("rival_price"):
        return None
    if wants_highest_price(reading):
        return _affordable(reading, before)
    return (
        _again_quoted(reading, before)
        or _quoted(reading, before)
        or _affordable(reading, before)
        or _like_focus(reading, before)
        or _asked_of_focus(reading, before)
        or _same_search(reading, before)
        or _searched(reading, before)
        or _of_focus(reading, before)
    )


def _searched(reading: Reading, before: Shown) -> Call | None:
    """A search by what was said."""
    if reading.pointed or (reading.has_wish and not (reading.space_mm and before.focus and not reading.mentions)):
        return SEARCH, _search(reading)
    if sort := _sort(reading):
        return SEARCH, _all_listed(before) | {"sort": sort, "limit": 1}
    return (SEARCH, {}) if reading.says("cheap") or reading.says("how_many") else None


def _all_listed(before: Shown) -> dict[str, Any]:
    """What the last list was searched by; after it, "el más barato" is one of those."""
    if before.searched is None or len(before.listed) < 2:
        return {}
    return {
        name: value for name, value in before.searched.items() if value is not None and name not in {"offset", "limit"}
    }


def _asked_of_focus(reading: Reading, before: Shown) -> Call | None:
    """ "¿tiene CarPlay?", "¿es automático?": about the car in focus, and no wish for others."""
    is_asked = any(reading.says(phrase) for phrase in QUESTIONS)
    if before.focus is None or not is_asked or reading.names_others or reading.says("stock_search"):
        return None
    return SEARCH, {"stock_ids": [before.focus]}


def _of_focus(reading: Reading, before: Shown) -> Call | None:
    """A fresh look at the car in focus, for a question about it."""
    asked = ("availability", "interested", "measures", "this_one", "price_of_it", "returning")
    if before.focus is None or not (reading.space_mm or any(reading.says(phrase) for phrase in asked)):
        return None
    return SEARCH, {"stock_ids": [before.focus], **_space(reading)}


def _space(reading: Reading) -> dict[str, Any]:
    """The place that certain cars should fit into."""
    return {f"space_{name}_mm": size for name, size in reading.space_mm.items()}


def _affordable(reading: Reading, before: Shown) -> Call | None:
    """The cars that a monthly payment pays for, once it is known what is paid down; for the highest price, at once."""
    is_any = wants_highest_price(reading)
    if reading.monthly is None or not (is_any or (car_meant(reading, before) is None and has_down_payment(reading))):
        return None
    paid = _down_payment(reading) if has_down_payment(reading) else {}
    months = {"months_max": max(reading.months)} if reading.months else {}
    return SEARCH, {**_search(reading), "monthly_max": _number(reading.monthly), **paid, **months}


def _like_focus(reading: Reading, before: Shown) -> Call | None:
    """Another one like the car in focus, but newer, cheaper or less driven."""
    is_like = reading.says("same_one") or reading.says("similar") or reading.says("this_one")
    wants = [phrase for phrase in ("newer", "cheaper", "lower_mileage") if reading.says(phrase)]
    if before.focus is None or not is_like or not wants or reading.mentions:
        return None
    car = Vehicle.objects.filter(stock_id=before.focus).first()
    if car is None:
        return None
    arguments: dict[str, Any] = (
        {"body_types": [car.body_type_read]}
        if reading.says("similar") and car.body_type_read
        else {"models": [car.name]}
    )
    if "newer" in wants:
        arguments["year_min"] = car.year + 1
    if "cheaper" in wants:
        arguments["price_max"] = _number(car.price_mxn - 1)
    if "lower_mileage" in wants:
        arguments["mileage_max_km"] = max(0, car.mileage_km - 1)
    return SEARCH, arguments


def _same_search(reading: Reading, before: Shown) -> Call | None:
    """The last search once more: its next page, without a limit, or with one more."""
    if before.searched is None or reading.pointed or reading.stock_ids:
        return None
    last = {name: value for name, value in before.searched.items() if value not in (None, [])}
    removed = [name for phrase, names in REMOVALS.items() if reading.says(phrase) for name in names]
    if removed:
        return SEARCH, {name: value for name, value in last.items() if name not in {*removed, "offset"}}
    if reading.says("more") and not reading.has_wish:
        return SEARCH, last | {"offset": (last.get("offset") or 0) + len(before.listed)}
    if _is_narrower(reading) and "stock_ids" not in last:
        last.pop("offset", None)
        return SEARCH, last | _search(reading)
    return None


def _is_narrower(reading: Reading) -> bool:
    """Whether the words only add a limit: no new name, no new start."""
    has_names = reading.mentions or reading.body_types or reading.not_wanted
    return reading.has_wish and not has_names and not reading.says("stock_search") and not reading.says("budget")


def _search(reading: Reading) -> dict[str, Any]:
    if cars := reading.pointed or reading.stock_ids:
        return {"stock_ids": cars}
    is_of_names = any(mention.model for mention in reading.mentions)
    arguments = {
        "models": [mention.written for mention in reading.mentions],
        "exclude_models": [mention.written for mention in reading.not_wanted if mention.model],
        "exclude_makes": [mention.written for mention in reading.not_wanted if not mention.model],
        "body_types": [] if is_of_names else reading.body_types,
        "year_min": reading.year_min,
        "year_max": reading.year_max,
        "mileage_min_km": reading.mileage_min_km,
        "mileage_max_km": reading.mileage_max_km,
        "seats_min": reading.seats_min,
        "colours": reading.colours,
        # Asked of a certain model these are questions and no filters: a blank or a wall must not hide the car.
        "features": [] if is_of_names else [name for name in ("bluetooth", "car_play") if reading.says(name)],
        **(_space(reading) if is_of_names else {f"{name}_max_mm": size for name, size in reading.space_mm.items()}),
        "sort": _sort(reading),
        **_prices(reading),
        **_transmission(reading),
    }
    return {name: value for name, value in arguments.items() if value not in (None, [])}


def _prices(reading: Reading) -> dict[str, Any]:
    low, high = reading.price_range
    return {"price_min": None if low is None else _number(low), "price_max": None if high is None else _number(high)}


def _transmission(reading: Reading) -> dict[str, Any]:
    wanted: dict[str, list[str]] = {}
    for phrase, kinds in TRANSMISSIONS.items():
        if reading.says(phrase):
            name = "exclude_transmissions" if reading.refuses(phrase) else "transmissions"
            wanted.setdefault(name, []).extend(kinds)
    return wanted


def _sort(reading: Reading) -> str | None:
    phrase = superlative(reading)
    return SORTS[phrase] if phrase else None


# --- Instalments --------------------------------------------------------------------------------------------------


def _quoted(reading: Reading, before: Shown) -> Call | None:
    """An estimate for the car that is meant."""
    car = car_meant(reading, before)
    return _credit(reading, car) if car is not None and wants_credit(reading) else None


def _highest_price(reading: Reading) -> Call | None:
    """The price that a monthly payment carries, whatever car it is; without a term, over each of them."""
    if not wants_highest_price(reading):
        return None
    arguments = {"monthly": _number(reading.monthly or Decimal(0))}
    if has_down_payment(reading):
        arguments |= _down_payment(reading)
    if len(reading.months) == 1:
        arguments["months"] = reading.months[0]
    return CREDIT, arguments


def _again_quoted(reading: Reading, before: Shown) -> Call | None:
    """The last estimate once more: its total, its schedule, its balance, or with another term or down payment."""
    last = before.quoted
    asks_more = any(reading.says(phrase) for phrase in ("total_paid", "schedule", "balance"))
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


_DOWN = ("down_payment", "down_payment_percent")


def _after_search(reading: Reading, done: list[Step]) -> list[Call]:
    """A payment for the one car that a search has found."""
    last = done[-1]
    is_one = len(last.result.get("vehicles", ())) == 1 and (
        last.result["total"] == 1 or superlative(reading) is not None
    )
    if last.name != SEARCH or not is_one or not wants_credit(reading):
        return []
    call = _credit(reading, last.result["vehicles"][0]["stock_id"])
    return [call] if call else []


def _credit(reading: Reading, car: int) -> Call | None:
    """An estimate needs a down payment: without one the customer is asked. Without a term there is every term."""
    if not has_down_payment(reading) and reading.monthly is None:
        return None
    arguments: dict[str, Any] = {"stock_id": car, **_down_payment(reading)}
    if len(reading.months) == 1:
        arguments["months"] = reading.months[0]
        if reading.says("schedule"):
            arguments["with_schedule"] = True
    return CREDIT, arguments


def _down_payment(reading: Reading) -> dict[str, Any]:
    if reading.down_payment is not None:
        return {"down_payment": _number(reading.down_payment)}
    if reading.down_payment_percent is not None:
        return {"down_payment_percent": _number(reading.down_payment_percent)}
    if reading.monthly is not None and not reading.says("no_down_payment"):
        return {"monthly": _number(reading.monthly)}
    return {"down_payment": 0}


def _number(amount: Decimal) -> int | float:
    """A JSON number."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
