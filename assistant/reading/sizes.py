"""Lengths, widths and heights, and the place that a car should fit into."""

from decimal import Decimal

from assistant.reading import beside
from assistant.reading.figures import BY, Quantity
from assistant.reading.plain import says
from assistant.reading.reading import Reading

_DIMENSIONS = ("length", "width", "height")
_MM = {"m": Decimal(1000), "cm": Decimal(10), "mm": Decimal(1), "ft": Decimal("304.8")}


def millimetres(reading: Reading, quantity: Quantity, ahead: str, after: str) -> int | None:
    """A length in millimetres; without a unit, only where the talk is of one, and by its size."""
    if quantity.unit in _MM:
        return int(quantity.value * _MM[quantity.unit])
    is_of_size = reading.says("space") or beside.starts("dimension", after) or beside.ends("dimension", ahead)
    if quantity.unit or quantity.is_scaled or not is_of_size:
        return None
    for unit, least, most in (("m", 1, 10), ("cm", 100, 1000), ("mm", 1000, 10_000)):
        if least <= quantity.value < most and not quantity.is_year:
            return int(quantity.value * _MM[unit])
    return None


def dimension(reading: Reading, quantity: Quantity, previous: Quantity | None, ahead: str, after: str) -> str:
    """Which dimension a length is of: the word beside it, its place in "4.5 x 2.3", the word in the message, or else the length."""
    for words in (after[:20], ahead):
        if name := next((name for name in ("height", "width", "length") if says(name, words)), None):
            return name
    if previous and reading.space_mm and BY.fullmatch(reading.plain_text, previous.end, quantity.start):
        return next((name for name in _DIMENSIONS if name not in reading.space_mm), "height")
    return next((name for name in ("height", "width", "length") if says(name, reading.plain_text)), "length")
