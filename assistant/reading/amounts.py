"""What the figures of a message are of: prices, down payments, terms, years, kilometres, sizes."""

import re
from decimal import Decimal

from django.utils import timezone

from assistant.reading import figures
from assistant.reading.figures import Quantity
from assistant.reading.plain import says
from assistant.reading.reading import BEFORE_CHARACTERS, Reading
from assistant.reading.shown import Shown
from inventory.models import Vehicle

# A car costs no less: a smaller figure where a price belongs is meant in thousands.
THOUSANDS_BELOW = 5000
DOWN_THOUSANDS_BELOW, MONTHLY_THOUSANDS_BELOW = 1000, 100
TERM_YEARS_MOST = 8
MONTHS_PER_YEAR = 12
SEATS_MOST = 20
FORTNIGHTS_PER_MONTH = 2

_RANGE = re.compile(r"(?:entre|de|between|from)\s*\$?\s*$")
_RANGE_LINK = re.compile(r"\s*(?:y|a|hasta|-|–|and|to|al|o)\s*\$?\s*(?:el\s|los\s|las\s)?")


def read(reading: Reading, before: Shown) -> None:
    """Put the figures into the reading. Those that are part of a name are none."""
    names = [*reading.mentions, *reading.not_wanted]
    free = [
        q for q in figures.quantities(reading.plain_text) if not any(m.start < q.end and q.start < m.end for m in names)
    ]
    position = 0
    while position < len(free):
        first, second = free[position], free[position + 1] if position + 1 < len(free) else None
        if second is not None and _is_range(reading, first, second):
            _read_range(reading, first, second)
            position += 2
        else:
            _read_one(reading, first, before)
            position += 1


def _is_range(reading: Reading, first: Quantity, second: Quantity) -> bool:
    link = reading.plain_text[first.end : second.start]
    if not _RANGE_LINK.fullmatch(link):
        return False
    most = {"year": TERM_YEARS_MOST, "month": TERM_YEARS_MOST * MONTHS_PER_YEAR}.get(second.unit)
    if most is not None and first.value > most:
        return False
    opens = bool(_RANGE.search(reading.plain_text[: first.start]))
    return opens or (_is_year(first) and _is_year(second))


def _read_range(reading: Reading, first: Quantity, second: Quantity) -> None:
    low, high = first.value, second.value
    if _is_year(first) and _is_year(second):
        reading.year_min, reading.year_max = int(min(low, high)), int(max(low, high))
    elif second.unit in {"year", "month"}:
        for value in (low, high):
            _read_term(reading, value, second.unit)
    elif second.unit == "km":
        low = low * 1000 if second.is_scaled and not first.is_scaled else low
        reading.mileage_min_km, reading.mileage_max_km = int(low), int(high)
    else:
        low = low * 1000 if second.is_scaled and not first.is_scaled and low < THOUSANDS_BELOW else low
        reading.price_min, reading.price_max = thousands(low), thousands(high)


def _read_one(reading: Reading, quantity: Quantity, before: Shown) -> None:
    ahead = reading.plain_text[max(0, quantity.start - BEFORE_CHARACTERS) : quantity.start].rstrip(" $")
    after = reading.plain_text[quantity.end :].lstrip()
    if (millimetres := _millimetres(reading, quantity, after)) is not None:
        reading.space_mm[_dimension(reading, ahead, after)] = millimetres
    elif not _read_by_unit(reading, quantity, ahead, after):
        _read_by_words(reading, quantity, ahead, after, before)


def _read_by_unit(reading: Reading, quantity: Quantity, ahead: str, after: str) -> bool:
    """Read a figure whose unit tells what it is; False if none does."""
    match quantity.unit:
        case "dollar":
            reading.dollars = quantity.value
        case "percent":
            reading.down_payment_percent = quantity.value
        case "km":
            _read_mileage(reading, quantity, ahead)
        case "seat" if quantity.value <= SEATS_MOST:
            reading.seats_min = int(quantity.value)
        case "year" | "month" if not _is_monthly(quantity, ahead, after):
            _read_term(reading, quantity.value, quantity.unit)
        case _:
            return False
    return True


def _read_by_words(reading: Reading, quantity: Quantity, ahead: str, after: str, before: Shown) -> None:
    """Read a figure by what it is, and by the words around it."""
    if _is_stock_id(quantity):
        reading.stock_ids.append(int(quantity.value))
    elif _is_monthly(quantity, ahead, after):
        _read_monthly(reading, quantity, after)
    elif _starts("down_after", after) or (_ends("down_before", ahead) and _is_amount(quantity, reading, before)):
        reading.down_payment = thousands(quantity.value, below=DOWN_THOUSANDS_BELOW)
    elif _is_year(quantity):
        _read_year(reading, int(quantity.value), after)
    else:
        _read_price(reading, quantity, ahead, before)


_MM = {"m": Decimal(1000), "cm": Decimal(10), "mm": Decimal(1), "ft": Decimal("304.8")}


def _millimetres(reading: Reading, quantity: Quantity, after: str) -> int | None:
    """A length in millimetres; without a unit, only where the talk is of one, and by its size."""
    if quantity.unit in _MM:
        return int(quantity.value * _MM[quantity.unit])
    if quantity.unit or quantity.is_scaled or not (reading.says("space") or _starts("dimension", after)):
        return None
    for unit, least, most in (("m", 1, 10), ("cm", 100, 1000), ("mm", 1000, 10_000)):
        if least <= quantity.value < most and not _is_year(quantity):
            return int(quantity.value * _MM[unit])
    return None


def _dimension(reading: Reading, ahead: str, after: str) -> str:
    """Which dimension a length is of: the word beside it, else the word in the message, else the length."""
    for words in (after[:20], ahead, reading.plain_text):
        for name in ("height", "width", "length"):
            if says(name, words):
                return name
    return "length"


def _read_term(reading: Reading, value: Decimal, unit: str) -> None:
    if unit == "month":
        reading.months.append(int(value))
    elif value <= TERM_YEARS_MOST:
        reading.months.append(int(value * MONTHS_PER_YEAR))


def _read_mileage(reading: Reading, quantity: Quantity, ahead: str) -> None:
    if _ends("price_least", ahead):
        reading.mileage_min_km = int(quantity.value)
    else:
        reading.mileage_max_km = int(quantity.value)


def _is_monthly(quantity: Quantity, ahead: str, after: str) -> bool:
    if quantity.unit == "month":
        return False
    return _starts("monthly_after", after) or _starts("fortnightly_after", after) or _ends("monthly_before", ahead)


def _read_monthly(reading: Reading, quantity: Quantity, after: str) -> None:
    times = FORTNIGHTS_PER_MONTH if _starts("fortnightly_after", after) else 1
    reading.monthly = thousands(quantity.value, below=MONTHLY_THOUSANDS_BELOW) * times


def _is_amount(quantity: Quantity, reading: Reading, before: Shown) -> bool:
    """Whether a figure after "con" or "dando" can be a down payment: the talk is of credit."""
    talks_of_credit = reading.says("credit") or bool(reading.months) or before.quoted is not None
    return quantity.value >= DOWN_THOUSANDS_BELOW or talks_of_credit


def _is_year(quantity: Quantity) -> bool:
    plain_number = quantity.unit == "" and not quantity.is_scaled and not quantity.has_sign
    return plain_number and 1980 <= quantity.value <= timezone.localdate().year + 1


def _read_year(reading: Reading, year: int, after: str) -> None:
    if _starts("year_and_newer", after):
        reading.year_min = year
    elif _starts("year_and_older", after):
        reading.year_max = year
    else:
        reading.year_min = min(year, reading.year_min or year)
        reading.year_max = max(year, reading.year_max or year)


def _read_price(reading: Reading, quantity: Quantity, ahead: str, before: Shown) -> None:
    price = thousands(quantity.value)
    if _ends("price_most", ahead):
        reading.price_max = price
    elif _ends("price_least", ahead):
        reading.price_min = price
    elif _ends("budget", ahead):
        reading.price_max = price
    elif _ends("about_so_much", ahead):
        reading.price_about = price
    elif (quantity.is_scaled or quantity.unit == "peso" or quantity.has_sign) and not before.listed:
        reading.price_max = price
    else:
        reading.loose.append(quantity.value)


def _is_stock_id(quantity: Quantity) -> bool:
    """A plain number that is a stock id of ours."""
    if quantity.unit or quantity.is_scaled or quantity.has_sign or quantity.value != quantity.value.to_integral_value():
        return False
    return 0 < quantity.value < 2**31 and Vehicle.objects.filter(stock_id=int(quantity.value)).exists()


def thousands(value: Decimal, *, below: int = THOUSANDS_BELOW) -> Decimal:
    """The amount that is meant: a figure too small for what it is of was said in thousands."""
    return value * 1000 if value < below else value


def _starts(name: str, after: str) -> bool:
    match = says(name, after)
    return match is not None and match.start() == 0


def _ends(name: str, ahead: str) -> bool:
    match = None
    for start in range(len(ahead)):
        if (found := says(name, ahead[start:])) and start + found.end() == len(ahead):
            match = found
            break
    return match is not None
