"""Which search the customer's words ask for."""

from decimal import Decimal
from typing import Any

from assistant.llm.rules.plan.calls import PHOTOS, SEARCH, Call, Step, number
from assistant.reading import Reading
from assistant.reading.shown import Shown
from inventory.models import Vehicle

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
    "trim_of_it": "trim",
}
TRANSMISSIONS = {"manual": ["manual"], "automatic": ["automatic", "cvt", "dual_clutch"], "cvt": ["cvt"]}
FUELS = {
    "hybrid": ["hybrid", "plug_in_hybrid"],
    "electric_car": ["electric"],
    "diesel": ["diesel"],
    "gasoline": ["gasoline"],
}
# Limits that are said anew together.
_LIMITS = ({"price_min", "price_max"}, {"year_min", "year_max"}, {"mileage_min_km", "mileage_max_km"})
_ABOUT_AS_MUCH = Decimal("0.2")
# The bodies that one model may come in.
_SHAPES = {"sedan", "hatchback", "coupe", "convertible", "wagon"}
# Phrases that take a limit off the last search, and the arguments that go.
REMOVALS = {
    "remove_price": ("price_min", "price_max"),
    "remove_year": ("year_min", "year_max"),
    "remove_mileage": ("mileage_min_km", "mileage_max_km"),
}


def car_meant(reading: Reading, before: Shown) -> int | None:
    """The one car that is spoken of, where it needs no search."""
    for candidates in (reading.pointed, reading.stock_ids):
        if candidates:
            return candidates[0] if len(candidates) == 1 else None
    return before.focus if not _has_names_or_limits(reading) else None


def photos(reading: Reading, before: Shown) -> Call | None:
    """What the one car that is spoken of looks like."""
    car = car_meant(reading, before)
    return (PHOTOS, {"stock_id": car}) if car is not None and reading.says("photos") else None


def superlative(reading: Reading) -> str | None:
    """The phrase that asks for the first of an order: "cheapest", "newest", ... "2019 o más nuevo" asks for none."""
    is_limit = reading.says("year_and_newer") or reading.says("year_and_older")
    return next((phrase for phrase in SORTS if reading.says(phrase) and not (phrase == "newest" and is_limit)), None)


def found(reading: Reading, done: list[Step]) -> int | None:
    """The one car that the last search has found."""
    last = next((step for step in reversed(done) if step.name == SEARCH), None)
    if last is None or len(vehicles := last.result.get("vehicles", ())) != 1:
        return None
    is_one = last.result["total"] == 1 or superlative(reading) is not None
    stock_id: int = vehicles[0]["stock_id"]
    return stock_id if is_one else None


def asked_about(reading: Reading) -> list[str]:
    """What the words ask of the cars, as the search names it; what the stock has no field for, in the customer's own words."""
    fields = [field for phrase, field in QUESTIONS.items() if reading.says(phrase)]
    if reading.says("measures"):
        named = [name for name in ("length", "width", "height") if reading.says(name)]
        fields.extend(named or ("length", "width", "height"))
    return [*fields, *reading.every("equipment")]


def _has_names_or_limits(reading: Reading) -> bool:
    """Whether other cars are spoken of than the one in focus; how big a garage is says nothing of that."""
    return reading.has_wish and not (reading.space_mm and not reading.mentions and not reading.body_types)


def compared(reading: Reading, before: Shown) -> Call | None:
    """The cars that are to be seen side by side: those that are named or pointed at or, of a list, all."""
    if not reading.says("compare"):
        return None
    if reading.stock_ids or reading.pointed or any(mention.model for mention in reading.mentions):
        return SEARCH, search(reading) | {"side_by_side": True}
    listed = [row["stock_id"] for row in before.listed]
    return (SEARCH, {"stock_ids": listed, "side_by_side": True}) if len(listed) > 1 else None


def searched(reading: Reading, before: Shown) -> Call | None:
    """A search by what was said."""
    if reading.pointed or (reading.has_wish and not (reading.space_mm and before.focus and not reading.mentions)):
        return SEARCH, search(reading)
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


def asked_of_focus(reading: Reading, before: Shown) -> Call | None:
    """ "¿tiene CarPlay?", "¿es automático?": about the car in focus, and no wish for others."""
    is_asked = any(reading.says(phrase) for phrase in (*QUESTIONS, "equipment"))
    if before.focus is None or not is_asked or reading.names_others or reading.says("stock_search"):
        return None
    return SEARCH, {"stock_ids": [before.focus]}


def of_focus(reading: Reading, before: Shown) -> Call | None:
    """A fresh look at the car in focus, for a question about it."""
    asked = ("availability", "interested", "measures", "this_one", "price_of_it", "returning")
    if before.focus is None or not (reading.space_mm or any(reading.says(phrase) for phrase in asked)):
        return None
    return SEARCH, {"stock_ids": [before.focus], **_space(reading)}


def _space(reading: Reading) -> dict[str, Any]:
    """The place that certain cars should fit into."""
    return {f"space_{name}_mm": size for name, size in reading.space_mm.items()}


def returned_to(reading: Reading, before: Shown) -> Call | None:
    """The car that a returning customer speaks of: "la camioneta que vi ayer"."""
    if before.focus is None or not reading.says("returning") or reading.stock_ids or reading.pointed:
        return None
    car = Vehicle.objects.filter(stock_id=before.focus).first()
    if car is None or any((name.make, name.model) != (car.make, car.model) for name in reading.mentions):
        return None
    return None if reading.has_credit_figures else (SEARCH, {"stock_ids": [before.focus]})


def like_focus(reading: Reading, before: Shown) -> Call | None:
    """Another one like the car in focus, but newer, cheaper or less driven."""
    is_like = any(reading.says(phrase) for phrase in ("same_one", "similar", "this_one", "another_one"))
    wants = [phrase for phrase in ("newer", "cheaper", "lower_mileage") if reading.says(phrase)]
    if before.focus is None or not is_like or reading.mentions or not (wants or reading.says("similar")):
        return None
    car = Vehicle.objects.filter(stock_id=before.focus).first()
    if car is None:
        return None
    if not wants:
        return SEARCH, _near(car) | _prices_said(reading)
    is_of_kind = reading.says("similar") or (reading.says("another_one") and "cheaper" in wants)
    arguments: dict[str, Any] = (
        {"body_types": [car.body_type_read]} if is_of_kind and car.body_type_read else {"models": [car.name]}
    )
    if "newer" in wants:
        arguments["year_min"] = car.year + 1
    if "cheaper" in wants:
        arguments["price_max"] = number(car.price_mxn - 1)
    if "lower_mileage" in wants:
        arguments["mileage_max_km"] = max(0, car.mileage_km - 1)
    return SEARCH, arguments


def _near(car: Vehicle) -> dict[str, Any]:
    """Cars of the same kind that cost about as much."""
    kind: dict[str, Any] = {"body_types": [car.body_type_read]} if car.body_type_read else {}
    low, high = (number(round(car.price_mxn * share, -3)) for share in (1 - _ABOUT_AS_MUCH, 1 + _ABOUT_AS_MUCH))
    return kind | {"price_min": low, "price_max": high}


def _prices_said(reading: Reading) -> dict[str, Any]:
    return {name: value for name, value in _prices(reading).items() if value is not None}


def same_search(reading: Reading, before: Shown) -> Call | None:
    """The last search once more: its next page, without a limit, or with one more."""
    if before.searched is None or reading.pointed or reading.stock_ids:
        return None
    last = {name: value for name, value in before.searched.items() if value not in (None, [])}
    removed = [name for phrase, names in REMOVALS.items() if reading.says(phrase) for name in names]
    if removed:
        return SEARCH, {name: value for name, value in last.items() if name not in {*removed, "offset"}}
    if "monthly_max" in last and not reading.has_wish and (reading.has_credit_figures or reading.monthly is not None):
        return SEARCH, {name: value for name, value in last.items() if name != "offset"} | _payment(reading)
    if _wants_more(reading):
        return SEARCH, last | {"offset": (last.get("offset") or 0) + len(before.listed)}
    if "stock_ids" not in last and _is_narrower(reading, before, last):
        more = search(reading)
        said_anew = {name for names in _LIMITS if more.keys() & names for name in names}
        last = {name: value for name, value in last.items() if name not in {"offset", *said_anew}}
        for name in ("exclude_makes", "exclude_models"):
            if name in more:
                more[name] = [*last.get(name, []), *more[name]]
        return SEARCH, last | more
    return None


def _wants_more(reading: Reading) -> bool:
    """The next page is asked for, in many words or in one."""
    is_said = reading.says("more") or reading.is_only("more_alone")
    return (is_said or (reading.asked == "more" and reading.is_only("yes"))) and not reading.has_wish


def _payment(reading: Reading) -> dict[str, Any]:
    """What is said anew of how the monthly payment is meant."""
    told: dict[str, Any] = {}
    if reading.monthly is not None:
        told["monthly_max"] = number(reading.monthly)
    if reading.down_payment is not None:
        told |= {"down_payment": number(reading.down_payment), "down_payment_percent": None}
    elif reading.down_payment_percent is not None:
        told |= {"down_payment": None, "down_payment_percent": number(reading.down_payment_percent)}
    if reading.months:
        told["months_max"] = max(reading.months)
    return told


def _is_narrower(reading: Reading, before: Shown, last: dict[str, Any]) -> bool:
    """Whether the words only add to the last search: "que sea automático", "de Nissan"; no model, no new start."""
    if any(mention.model or mention.make is None for mention in reading.mentions) or reading.says("any_car"):
        return False
    if reading.says("budget") and last.get("models"):
        return False
    names_kind = bool(reading.mentions or reading.body_types)
    is_of_one_model = len({(row["make"], row["model"]) for row in before.listed}) == 1
    if names_kind and (before.found_nothing or (is_of_one_model and last.get("models"))):
        return False
    return reading.has_wish and not (names_kind and reading.says("stock_search"))


def search(reading: Reading) -> dict[str, Any]:
    if cars := reading.pointed or reading.stock_ids:
        return {"stock_ids": cars, **_space(reading)}
    is_of_names = any(mention.model for mention in reading.mentions)
    arguments = {
        "models": [mention.written for mention in reading.mentions],
        "exclude_models": [mention.written for mention in reading.not_wanted if mention.model],
        "exclude_makes": [mention.written for mention in reading.not_wanted if not mention.model],
        # A model says its kind itself, unless it comes in several: "mazda 3 hatchback".
        "body_types": [body for body in reading.body_types if not is_of_names or body in _SHAPES],
        "year_min": reading.year_min,
        "year_max": reading.year_max,
        "mileage_min_km": reading.mileage_min_km,
        "mileage_max_km": reading.mileage_max_km,
        "seats_min": reading.seats_min,
        "colours": reading.colours,
        # Asked of a certain model these are questions and no filters: a blank or a wall must not hide the car.
        "features": [] if is_of_names else [name for name in ("bluetooth", "car_play") if reading.says(name)],
        "fuels": [] if is_of_names else _fuels(reading),
        **(_space(reading) if is_of_names else {f"{name}_max_mm": size for name, size in reading.space_mm.items()}),
        "sort": _sort(reading),
        **_prices(reading),
        **_transmission(reading),
    }
    return {name: value for name, value in arguments.items() if value not in (None, [])}


def _prices(reading: Reading) -> dict[str, Any]:
    low, high = reading.price_range
    return {"price_min": None if low is None else number(low), "price_max": None if high is None else number(high)}


def _transmission(reading: Reading) -> dict[str, Any]:
    wanted: dict[str, list[str]] = {}
    for phrase, kinds in TRANSMISSIONS.items():
        if reading.says(phrase):
            name = "exclude_transmissions" if reading.refuses(phrase) else "transmissions"
            wanted.setdefault(name, []).extend(kinds)
    return wanted


def _fuels(reading: Reading) -> list[str]:
    return [
        kind
        for phrase, kinds in FUELS.items()
        if reading.says(phrase) and not reading.refuses(phrase)
        for kind in kinds
    ]


def _sort(reading: Reading) -> str | None:
    phrase = superlative(reading)
    return SORTS[phrase] if phrase else None
