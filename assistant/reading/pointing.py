"""Which of the cars shown the customer points at: "el segundo", "ese", "el más barato"."""

from decimal import Decimal
from typing import Any

from assistant.reading.ordinals import position, positions
from assistant.reading.plain import says
from assistant.reading.reading import Reading
from assistant.reading.shown import Shown

SEVERAL = 2


def pointed(reading: Reading, before: Shown) -> list[int]:
    """The stock ids meant, none if nothing is pointed at; several if the words fit several."""
    words = reading.plain_text
    if before.listed:
        # A figure that is nothing else may be the price of a car that was listed: "el de 238".
        if by_price := [row["stock_id"] for row in before.listed if any(_is_price(n, row) for n in reading.loose)]:
            return by_price
        if says("other_one", words) and (others := _others(before)):
            return others
        if (place := position(words)) is not None:
            return _at(place, before)
        if says("middle_one", words) and len(before.listed) % 2:
            return _at(len(before.listed) // 2 + 1, before)
        if says("among_shown", words) and (best := _best(words, before)):
            return best
        if by_name := _named(reading, before):
            return by_name
    if says("this_one", words) and before.focus is not None:
        return [before.focus]
    return []


def each(reading: Reading, before: Shown) -> list[int]:
    """The stock ids of several places of the list that are pointed at together; none where at most one is."""
    places = positions(reading.plain_text)
    found = [stock_id for place in places for stock_id in _at(place, before)]
    return found if len(found) == len(places) >= SEVERAL else []


def _named(reading: Reading, before: Shown) -> list[int]:
    """Of a list, the one car of the model that was named, and of the year if one was: "el versa"."""
    if len(before.listed) < SEVERAL or len(reading.mentions) != 1 or says("stock_search", reading.plain_text):
        return []
    name, low, high = reading.mentions[0], reading.year_min, reading.year_max
    rows = [
        row["stock_id"]
        for row in before.listed
        if (row.get("make"), row.get("model")) == (name.make, name.model)
        and (low or 0) <= row["year"] <= (high or row["year"])
    ]
    return rows if len(rows) == 1 else []


def _is_price(figure: Decimal, row: dict[str, Any]) -> bool:
    """Whether this is how people say that price: 238,999 is "238", "238 mil", "239" or the figure itself."""
    price = Decimal(row["price"])
    return figure in {price, price // 1000, round(price / 1000), price // 1000 * 1000, round(price / 1000) * 1000}


def _others(before: Shown) -> list[int]:
    """The cars listed but the one in focus."""
    return [row["stock_id"] for row in before.listed if row["stock_id"] != before.focus]


def _at(position: int, before: Shown) -> list[int]:
    index = position - 1 if position > 0 else position
    in_list = -len(before.listed) <= index < len(before.listed) and position != 0
    return [before.listed[index]["stock_id"]] if in_list else []


def _best(plain_text: str, before: Shown) -> list[int]:
    """The cheapest, the dearest, the newest or the least driven of those listed."""
    for name, key in (
        ("cheapest", lambda row: Decimal(row["price"])),
        ("dearest", lambda row: -Decimal(row["price"])),
        ("least_mileage", lambda row: row["mileage_km"]),
        ("newest", lambda row: -row["year"]),
    ):
        if says(name, plain_text):
            least = min(key(row) for row in before.listed)
            return [row["stock_id"] for row in before.listed if key(row) == least]
    return []
