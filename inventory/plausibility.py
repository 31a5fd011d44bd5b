"""What in a stock file is possible but hardly right: a person has to say that it is.

A vehicle that is known is held against itself: a price more than 30 % away from what it was; a mileage below what it was, or
above it by more than half and 20,000 km. A new one is held against cars like it, of the same make and model and a year more or
less, in the stock and in the file, if there are five: a price below half their median or more than half above it; a mileage below
a tenth or above three times theirs. And a model year that is yet to come is doubted wherever it is new.
"""

import statistics
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_noop

from inventory import spelling
from inventory.models import Vehicle
from inventory.sentence import Sentence
from inventory.stock_values import Values

PRICE_STEP = Decimal("0.3")
MILEAGE_STEP, MILEAGE_STEP_KM = Decimal("0.5"), 20_000
PRICE_LIKE = (Decimal("0.5"), Decimal("1.5"))
MILEAGE_LIKE = (Decimal("0.1"), Decimal(3))
LIKE_LEAST = 5
# More of one model and year would not move the median much.
_LIKE_MOST = 60


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A value that somebody has to confirm. `is_against_itself`: it differs from what the same vehicle had before."""

    field: str
    sentence: Sentence
    is_against_itself: bool


# Make, model and year.
_Key = tuple[str, str, int]


class Likes:
    """Prices and mileages by make, model and year: of the stock, once they are asked for, and of what is added."""

    def __init__(self) -> None:
        self._found: dict[_Key, list[tuple[Decimal, int]]] | None = None
        # Medians, until another car comes in between.
        self._usual: dict[_Key, tuple[Decimal, Decimal] | None] = {}
        self.this_year = timezone.localdate().year

    def add(self, values: Values) -> None:
        self._add(values["make"], values["model"], values["year"], values["price_mxn"], values["mileage_km"])

    def usual(self, values: Values) -> tuple[Decimal, Decimal] | None:
        """The median price and mileage of the cars like this one; None if they are too few."""
        key = (*_name(values["make"], values["model"]), values["year"])
        if key not in self._usual:
            self._usual[key] = _medians([like for near in _around(key) for like in self._cars.get(near, ())])
        return self._usual[key]

    @property
    def _cars(self) -> "dict[_Key, list[tuple[Decimal, int]]]":
        if self._found is None:
            self._found = {}
            columns = ("make", "model", "year", "price_mxn", "mileage_km")
            for car in Vehicle.objects.order_by().values_list(*columns).iterator():
                self._add(*car)
        return self._found

    def _add(self, make: str, model: str, year: int, price_mxn: Decimal, mileage_km: int) -> None:
        key = (*_name(make, model), year)
        cars = self._cars.setdefault(key, [])
        if len(cars) < _LIKE_MOST:
            cars.append((price_mxn, mileage_km))
            for near in _around(key):
                self._usual.pop(near, None)


def _around(key: _Key) -> list[_Key]:
    """The same car of a year before, of the same year, and of a year after."""
    make, model, year = key
    return [(make, model, year + apart) for apart in (-1, 0, 1)]


def _medians(likes: list[tuple[Decimal, int]]) -> tuple[Decimal, Decimal] | None:
    if len(likes) < LIKE_LEAST:
        return None
    return statistics.median(price for price, _ in likes), Decimal(statistics.median(km for _, km in likes))


def _name(make: str, model: str) -> tuple[str, str]:
    return spelling.compact(make), spelling.compact(model)


def of_change(before: Values, after: Values) -> list[Doubt]:
    """Of a vehicle that is known; what stays as it was is not doubted."""
    doubts = []
    old, new = before["price_mxn"], after["price_mxn"]
    if abs(new - old) > old * PRICE_STEP:
        words = gettext_noop("The price goes from %(old)s to %(new)s: that is more than 30 %% away.")
        doubts.append(_doubt("price_mxn", words, old=f"{old:,.2f}", new=f"{new:,.2f}"))
    ran, runs = before["mileage_km"], after["mileage_km"]
    if runs < ran:
        words = gettext_noop("The mileage goes down from %(old)s to %(new)s km.")
        doubts.append(_doubt("mileage_km", words, old=f"{ran:,}", new=f"{runs:,}"))
    elif runs - ran > max(ran * MILEAGE_STEP, MILEAGE_STEP_KM):
        words = gettext_noop("The mileage goes up from %(old)s to %(new)s km: that is far for a car in stock.")
        doubts.append(_doubt("mileage_km", words, old=f"{ran:,}", new=f"{runs:,}"))
    return doubts + (_of_year(after, timezone.localdate().year) if before["year"] != after["year"] else [])


def of_new(values: Values, likes: Likes) -> list[Doubt]:
    """Of a vehicle that is not in the stock yet."""
    return _of_year(values, likes.this_year) + _against(values, likes.usual(values))


def _of_year(values: Values, this_year: int) -> list[Doubt]:
    if values["year"] <= this_year:
        return []
    words = gettext_noop("The model year %(year)s is yet to come.")
    return [_doubt("year", words, is_against_itself=False, year=values["year"])]


def _against(values: Values, usual: tuple[Decimal, Decimal] | None) -> list[Doubt]:
    if usual is None:
        return []
    doubts = []
    price, mileage = usual
    if not price * PRICE_LIKE[0] <= values["price_mxn"] <= price * PRICE_LIKE[1]:
        words = gettext_noop("The price of %(has)s is far from that of cars like it: about %(usual)s.")
        has = f"{values['price_mxn']:,.2f}"
        doubts.append(_doubt("price_mxn", words, is_against_itself=False, has=has, usual=f"{price:,.0f}"))
    if not mileage * MILEAGE_LIKE[0] <= values["mileage_km"] <= mileage * MILEAGE_LIKE[1]:
        words = gettext_noop("The mileage of %(has)s km is far from that of cars like it: about %(usual)s.")
        has = f"{values['mileage_km']:,}"
        doubts.append(_doubt("mileage_km", words, is_against_itself=False, has=has, usual=f"{mileage:,.0f}"))
    return doubts


def _doubt(field: str, words: str, *, is_against_itself: bool = True, **figures: str | int) -> Doubt:
    return Doubt(field=field, sentence=Sentence(words, **figures), is_against_itself=is_against_itself)
