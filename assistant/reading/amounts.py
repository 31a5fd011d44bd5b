"""What the figures of a message are of: prices, down payments, terms, years, kilometres, sizes."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from assistant.reading import beside, figures, phones, sizes, times
from assistant.reading.figures import Quantity
from assistant.reading.ordinals import points
from assistant.reading.reading import BEFORE_CHARACTERS, Reading
from assistant.reading.shown import Shown
from inventory.models import Vehicle

# A car costs no less: a smaller figure where a price belongs is meant in thousands.
THOUSANDS_BELOW = 5000
DOWN_THOUSANDS_BELOW, MONTHLY_THOUSANDS_BELOW = 1000, 100
# Where both are asked for, no payment a month is higher and no down payment lower.
MONTHLY_MOST = 20_000
SHORT_YEAR_LEAST = 8
TERM_YEARS_MOST = 8
MONTHS_PER_YEAR = 12
SEATS_MOST = 20
FORTNIGHTS_PER_MONTH = 2

_RANGE = re.compile(r"(?:entre|de|desde|between|from)\s+(?:los?|las?|unos|the)?\s*\$?\s*$")
_RANGE_LINK = re.compile(r"\s*(?:y|a|hasta|-|–|and|to|al|o)\s*\$?\s*(?:el\s|los\s|las\s)?")
_BARE_RANGE_LINK = re.compile(r"\s*(?:a|-|–|to)\s*\$?\s*")
# Of a car that costs at least so many thousands, "200-250" is a range of prices.
_BARE_RANGE_FROM = 60
_TERM_MONTHS = frozenset({36, 48, 60, 72})
_TERM_YEARS = range(3, 7)


def read(reading: Reading, before: Shown) -> None:
    """Put the figures into the reading. Those that are part of a name are none."""
    taken = [(mention.start, mention.end) for mention in (*reading.mentions, *reading.not_wanted)]
    taken += times.places(reading.plain_text) + phones.places(reading.plain_text)
    free = [
        q
        for q in figures.quantities(reading.plain_text)
        if not any(start < q.end and q.start < end for start, end in taken)
    ]
    talk = _Talk(
        reading=reading,
        before=before,
        has_term=any(q.unit in {"year", "month"} and q.value <= TERM_YEARS_MOST * MONTHS_PER_YEAR for q in free),
    )
    position = 0
    while position < len(free):
        first, second = free[position], free[position + 1] if position + 1 < len(free) else None
        if second is not None and _is_range(reading, first, second):
            _read_range(reading, first, second)
            position += 2
        else:
            _read_one(talk, first, free[position - 1] if position else None)
            position += 1


@dataclass(frozen=True, kw_only=True)
class _Talk:
    """What a figure is read in the light of."""

    reading: Reading
    before: Shown
    # Some figure of the message is a term in years or months.
    has_term: bool

    @property
    def is_of_credit(self) -> bool:
        was_of_it = self.before.quoted is not None or bool((self.before.searched or {}).get("monthly_max"))
        return self.reading.says("credit") or self.has_term or was_of_it or self.asks_figures

    @property
    def asks_figures(self) -> bool:
        """Karlos asked for a down payment or a term, and no other car is asked for."""
        if self.reading.body_types or self.reading.says("stock_search"):
            return False
        return self.reading.asked in {"credit", "payment"} or (self.reading.asked == "estimate" and self.is_of_one_car)

    @property
    def is_of_one_car(self) -> bool:
        """A certain car or model is spoken of."""
        named = any(mention.model for mention in self.reading.mentions)
        pointed = bool(self.before.listed) and points(self.reading.plain_text)
        return named or pointed or bool(self.reading.stock_ids) or self.before.focus is not None


def _is_range(reading: Reading, first: Quantity, second: Quantity) -> bool:
    link = reading.plain_text[first.end : second.start]
    if not _RANGE_LINK.fullmatch(link):
        return False
    most = {"year": TERM_YEARS_MOST, "month": TERM_YEARS_MOST * MONTHS_PER_YEAR}.get(second.unit)
    if most is not None and first.value > most:
        return False
    opens = bool(_RANGE.search(reading.plain_text[: first.start]))
    return opens or (first.is_year and second.is_year) or _is_bare_range(reading, first, second)


def _is_bare_range(reading: Reading, first: Quantity, second: Quantity) -> bool:
    """ "200-250", "150 mil a 200 mil" """
    link, after = reading.plain_text[first.end : second.start], reading.plain_text[second.end :].lstrip()
    is_price = {first.unit, second.unit} <= {"", "peso"} and not (first.is_year or second.is_year)
    low, high = thousands(first.value), thousands(second.value)
    in_order = _BARE_RANGE_FROM * 1000 <= low < high
    return bool(_BARE_RANGE_LINK.fullmatch(link)) and is_price and in_order and not beside.starts("down_after", after)


def _read_range(reading: Reading, first: Quantity, second: Quantity) -> None:
    low, high = first.value, second.value
    if first.is_year and second.is_year:
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


def _read_one(talk: _Talk, quantity: Quantity, previous: Quantity | None) -> None:
    reading = talk.reading
    ahead = reading.plain_text[max(0, quantity.start - BEFORE_CHARACTERS) : quantity.start].rstrip(" $,:")
    after = reading.plain_text[quantity.end :].lstrip()
    if _is_stock_id(quantity) and beside.ends("id_before", ahead):
        reading.stock_ids.append(int(quantity.value))
    elif (millimetres := sizes.millimetres(reading, quantity, ahead, after)) is not None:
        reading.space_mm[sizes.dimension(reading, quantity, previous, ahead, after)] = millimetres
    elif not _read_by_unit(reading, quantity, ahead, after):
        _read_by_words(talk, quantity, ahead, after)


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
        case "year" | "month" if not _is_monthly(reading, quantity, ahead, after):
            _read_term(reading, quantity.value, quantity.unit)
        case _:
            return False
    return True


def _read_by_words(talk: _Talk, quantity: Quantity, ahead: str, after: str) -> None:
    """Read a figure by what it is, and by the words around it."""
    reading = talk.reading
    if _is_stock_id(quantity):
        reading.stock_ids.append(int(quantity.value))
    elif beside.ends("income", ahead):
        reading.income = thousands(quantity.value, below=DOWN_THOUSANDS_BELOW)
    elif _is_monthly(reading, quantity, ahead, after):
        _read_monthly(reading, quantity, after)
    elif beside.starts("down_after", after) or (beside.ends("down_before", ahead) and _is_amount(quantity, talk)):
        reading.down_payment = thousands(quantity.value, below=DOWN_THOUSANDS_BELOW)
    elif quantity.is_year:
        _read_year(reading, int(quantity.value), ahead, after)
    elif (year := _short_year(reading, quantity, ahead, after)) is not None:
        _read_year(reading, year, "", after)
    elif (months := _bare_term(talk, quantity, ahead)) is not None:
        reading.months.append(months)
    elif _is_bare_down_payment(talk, quantity, ahead):
        _read_bare_payment(reading, quantity)
    else:
        _read_price(reading, quantity, ahead, after, talk.before)


def _read_term(reading: Reading, value: Decimal, unit: str) -> None:
    if unit == "month":
        reading.months.append(int(value))
    elif value <= TERM_YEARS_MOST:
        reading.months.append(int(value * MONTHS_PER_YEAR))


def _read_mileage(reading: Reading, quantity: Quantity, ahead: str) -> None:
    if beside.limit(ahead) == "least":
        reading.mileage_min_km = int(quantity.value)
    else:
        reading.mileage_max_km = int(quantity.value)


def _is_monthly(reading: Reading, quantity: Quantity, ahead: str, after: str) -> bool:
    if quantity.unit == "month" or (quantity.is_year and _is_beside_model(reading, quantity)):
        return False
    return (
        beside.starts("monthly_after", after)
        or beside.starts("fortnightly_after", after)
        or beside.ends("monthly_before", ahead)
    )


def _read_monthly(reading: Reading, quantity: Quantity, after: str) -> None:
    times = FORTNIGHTS_PER_MONTH if beside.starts("fortnightly_after", after) else 1
    reading.monthly = thousands(quantity.value, below=MONTHLY_THOUSANDS_BELOW) * times


def _is_amount(quantity: Quantity, talk: _Talk) -> bool:
    """Whether a figure after "con" or "dando" can be a down payment: the talk is of credit."""
    return quantity.value >= DOWN_THOUSANDS_BELOW or talk.is_of_credit


def _bare_term(talk: _Talk, quantity: Quantity, ahead: str) -> int | None:
    """The months of "¿y a 5?" or "a 48", where the talk is of credit."""
    if quantity.unit or quantity.is_scaled or quantity.has_sign or not talk.is_of_credit:
        return None
    if not (beside.ends("term_before", ahead) or (talk.asks_figures and quantity.value in _TERM_YEARS)):
        return None
    if quantity.value in _TERM_YEARS:
        return int(quantity.value) * MONTHS_PER_YEAR
    return int(quantity.value) if quantity.value in _TERM_MONTHS else None


def _is_bare_down_payment(talk: _Talk, quantity: Quantity, ahead: str) -> bool:
    """Whether an amount without a word for it is paid at once: it was asked for, or stands beside the term of a certain car."""
    if quantity.unit not in {"", "peso"}:
        return False
    is_limit = beside.limit(ahead) is not None or beside.ends("price_before", ahead)
    if talk.asks_figures and not any(mention.model is None for mention in talk.reading.mentions):
        return talk.reading.asked != "estimate" or not is_limit
    is_limit = is_limit or beside.ends("about_so_much", ahead)
    return talk.has_term and talk.is_of_one_car and not is_limit


def _read_bare_payment(reading: Reading, quantity: Quantity) -> None:
    """The smaller one of two that were asked for together is paid a month."""
    amount = thousands(quantity.value, below=DOWN_THOUSANDS_BELOW)
    is_small = quantity.is_scaled or quantity.value >= DOWN_THOUSANDS_BELOW
    if reading.asked == "payment" and is_small and amount <= MONTHLY_MOST and reading.monthly is None:
        reading.monthly = amount
    else:
        reading.down_payment = amount


def _is_beside_model(reading: Reading, quantity: Quantity) -> bool:
    """It stands right behind the name of a model: "sentra 2019"."""
    return any(
        mention.model and re.fullmatch(r"[^\w,.]+", reading.plain_text[mention.end : quantity.start])
        for mention in reading.mentions
    )


def _short_year(reading: Reading, quantity: Quantity, ahead: str, after: str) -> int | None:
    """The 2019 of "sentra 19" and "modelo 19"."""
    newest = timezone.localdate().year + 1
    is_plain = not (quantity.unit or quantity.is_scaled or quantity.has_sign)
    if not is_plain or not SHORT_YEAR_LEAST <= quantity.value <= newest % 100 or after.startswith("de "):
        return None
    is_of_model = _is_beside_model(reading, quantity)
    return newest // 100 * 100 + int(quantity.value) if is_of_model or beside.ends("year_before", ahead) else None


def _read_year(reading: Reading, year: int, ahead: str, after: str) -> None:
    if beside.starts("and_more", after) or beside.starts("year_and_newer", after) or beside.limit(ahead) == "least":
        reading.year_min = year
    elif beside.starts("and_less", after) or beside.starts("year_and_older", after) or beside.limit(ahead) == "most":
        reading.year_max = year
    else:
        reading.year_min = min(year, reading.year_min or year)
        reading.year_max = max(year, reading.year_max or year)


def _read_price(reading: Reading, quantity: Quantity, ahead: str, after: str, before: Shown) -> None:
    price = thousands(quantity.value)
    limit = beside.limit(ahead)
    if limit == "most" or beside.starts("and_less", after):
        reading.price_max = price
    elif limit == "least" or beside.starts("and_more", after):
        reading.price_min = price
    elif beside.ends("budget", ahead):
        reading.price_max = price
    elif beside.ends("about_so_much", ahead) or beside.starts("about_after", after):
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
