"""Which of the cars shown the customer points at: "el segundo", "ese", "el más barato"."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from assistant.reading.plain import says
from assistant.reading.shown import Shown

_ORDINALS = {
    "primer": 1, "primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercer": 3, "tercero": 3, "tercera": 3,
    "cuarto": 4, "cuarta": 4, "quinto": 5, "quinta": 5, "sexto": 6, "septimo": 7, "octavo": 8, "noveno": 9, "decimo": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "ultimo": -1, "ultima": -1, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    rf"(?:\b(?:el|la|del|al|de la|a la|the)\s+)(?P<word>{'|'.join(_ORDINALS)})\b"
    r"|\b(?:numero|opcion|option|number|el|la|el no\.?|#)\s?(?P<figure>\d{1,2})\b(?!\s*(?:mil|k\b|%|a[nñ]os|meses|por|,|\.\d|years|months))"
)


def pointed(plain_text: str, loose: Sequence[Decimal], before: Shown) -> list[int]:
    """The stock ids meant, none if nothing is pointed at; several if the words fit several.

    `loose` are figures that are nothing else: they may be the price of a car that was listed, "el de 238".
    """
    if before.listed:
        if by_price := [row["stock_id"] for row in before.listed if any(_is_price(n, row) for n in loose)]:
            return by_price
        if says("other_one", plain_text) and (others := _others(before)):
            return others
        if (position := _position(plain_text)) is not None:
            return _at(position, before)
        if says("among_shown", plain_text) and (best := _best(plain_text, before)):
            return best
    if says("this_one", plain_text) and before.focus is not None:
        return [before.focus]
    return []


def _is_price(figure: Decimal, row: dict[str, Any]) -> bool:
    """Whether this is how people say that price: 238,999 is "238", "238 mil", "239" or the figure itself."""
    price = Decimal(row["price"])
    return figure in {price, price // 1000, round(price / 1000), price // 1000 * 1000, round(price / 1000) * 1000}


def _others(before: Shown) -> list[int]:
    """The cars listed but the one in focus."""
    return [row["stock_id"] for row in before.listed if row["stock_id"] != before.focus]


def _position(plain_text: str) -> int | None:
    match = _ORDINAL.search(plain_text)
    if match is None:
        return None
    return _ORDINALS[match["word"]] if match["word"] else int(match["figure"])


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
