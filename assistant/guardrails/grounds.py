"""What an answer may rest on: the cars and quotes that the tools gave, what the dealership says, and what people said."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

from assistant import dealership
from assistant.guardrails.claims import Claim, Kind, Part, claims, normalised
from assistant.items import Item, Remark, Said, ToolResult
from assistant.models import AssistantSettings
from assistant.reading import figures
from assistant.reading.plain import plain
from inventory import spelling, standing
from inventory.kinds import Status
from inventory.models import CreditTerms, Vehicle

Figure = tuple[Kind, Decimal]
Hours = tuple[int | None, Decimal, Decimal]
_NOON = 1200
_THOUSAND, _MONTHS_PER_YEAR, _MM_PER_M = 1000, 12, 1000
_PARTS = {
    Part.MONTHLY: "monthly",
    Part.DOWN: "down_payment",
    Part.FINANCED: "financed",
    Part.LAST: "last_payment",
    Part.INTEREST: "interest_total",
    Part.TOTAL: "total_with_down",
    Part.BALANCE: "balance",
}
_UNITS = frozenset(("pesos", "meses", "anos", "months", "years", "para", "desde", "hasta", "from", "with", "tiene"))
_TIME = re.compile(r"\d\d:\d\d")
# What stands in brackets came with a message, such as an ad's text: not the customer's own words.
_BESIDE_THE_WORDS = re.compile(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}")


@dataclass(frozen=True, kw_only=True)
class Quote:
    """One estimate for one car, or without a car for the price that a payment carries."""

    amounts: Mapping[Part, Decimal]
    months: Decimal
    percent: Decimal | None = None
    payments_made: Decimal | None = None
    price: Decimal | None = None
    # Every amount and number of its schedule.
    schedule: frozenset[Decimal] = frozenset()


@dataclass(kw_only=True)
class Car:
    """A car as the tools gave it last, and what may be quoted for it."""

    stock_id: int
    make: str = ""
    model: str = ""
    name: str = ""
    year: Decimal | None = None
    trim: str = ""
    price: Decimal | None = None
    mileage_km: Decimal | None = None
    seats: Decimal | None = None
    # length_mm, width_mm, height_mm; and what was asked to fit: how much is left or missing.
    sizes_mm: dict[str, Decimal] = field(default_factory=dict)
    margins_mm: set[Decimal] = field(default_factory=set)
    quotes: list[Quote] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    # As the stock has it now; the price is None if it is another by now, and this is what it was when looked up.
    status: str = Status.AVAILABLE
    price_then: Decimal | None = None

    @property
    def is_for_sale(self) -> bool:
        return self.status == Status.AVAILABLE

    @property
    def has_changed(self) -> bool:
        """Whether it was sold, reserved, withdrawn or priced anew since it was looked up."""
        return not self.is_for_sale or self.price is None

    @property
    def said(self) -> str:
        """All that it may be called."""
        return f"{self.make} {self.model} {self.name} {self.trim}"

    def is_called(self, make: str | None, model: str | None) -> bool:
        """Whether it may be meant by that make and model."""
        if make and spelling.compact(make) != spelling.compact(self.make):
            return False
        return not model or spelling.compact(model) in {
            spelling.compact(self.model),
            spelling.compact(f"{self.make} {self.model}"),
            spelling.compact(self.name),
        }


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search came to: which names it was for, how many there are, how many were returned."""

    names: tuple[tuple[str, str | None], ...]
    # How many there are, of the wish and of each change of it.
    totals: frozenset[Decimal]
    # How many of them were returned, and how many are left.
    shown: frozenset[Decimal]
    # Which of the customer's words it was for.
    turn: int


@dataclass(kw_only=True)
class Grounds:
    """Everything that a thread has brought so far."""

    cars: dict[int, Car] = field(default_factory=dict)
    searches: list[Search] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    unavailable: dict[int, str] = field(default_factory=dict)
    # Names that may be spoken of although nothing was found: absent ones, candidates, what the customer wrote.
    spoken: str = ""
    # What dealership and staff say: each text's words with its figures in the kinds it says them.
    told: list[tuple[frozenset[str], frozenset[Figure]]] = field(default_factory=list)
    told_text: str = ""
    # The customer's figures, and what code read from them.
    theirs: set[Figure] = field(default_factory=set)
    turn: int = 0
    # Terms, rate, changes of a wish: figures of ours that belong to no single car.
    ours: set[Figure] = field(default_factory=set)
    # By how much the nearest cars miss the wish, as the tool computed it.
    differences: set[Decimal] = field(default_factory=set)
    dates: set[Decimal] = field(default_factory=set)
    times: set[Decimal] = field(default_factory=set)
    # Opening hours as they are told: weekday (None if none is named), from, to.
    hours: set[Hours] = field(default_factory=set)
    # The car that was looked at last, if it was one.
    focus: int | None = None
    listed: tuple[int, ...] = ()
    folios: set[str] = field(default_factory=set)

    def told_of(self, kind: Kind, words: str) -> set[Decimal]:
        """What dealership and staff say in a text that shares a word with these: a warranty's kilometres are no car's mileage."""
        said = _long_words(words)
        return {value for own, held in self.told if not own or own & said for value in figures_of(held, kind)}

    def theirs_of(self, kind: Kind) -> set[Decimal]:
        """What the customer may have meant in a unit: a bare 80 is 80 thousand pesos as well, a bare 4 is 4 years."""
        bare = set(figures_of(self.theirs, Kind.OTHER))
        own = set(figures_of(self.theirs, kind))
        match kind:
            case Kind.MONEY | Kind.KM:
                return own | bare | {value * _THOUSAND for value in bare}
            case Kind.MONTHS:
                return own | bare | {value * _MONTHS_PER_YEAR for value in bare}
            case Kind.MM:
                return own | bare | {value * _MM_PER_M for value in bare}
            case _:
                return own | bare


def of(items: Sequence[Item]) -> Grounds:
    """The grounds of a thread, checked against the stock as it is now."""
    known = Grounds()
    house, current = dealership.name(), AssistantSettings.current()
    for text in (current.name, house, current.greeting("es", house), current.greeting("en", house)):
        _tell(known, text)
    for item in items:
        match item:
            case ToolResult(output=output):
                _take(known, json.loads(output))
            case Said("staff", text):
                _tell(known, text, is_staff=True)
            case Said("customer", text):
                known.turn += 1
                _hear(known, text)
            case Remark(text, is_ground=True):
                words = normalised(text)
                known.theirs |= _figures_of(words, claims(words)) | _of_arguments(text)
    _terms(known)
    _look_again(known)
    return known


def _look_again(known: Grounds) -> None:
    """The cars as they are in the stock at this moment: what was sold is not for sale, whatever a tool said before."""
    now = standing.of([*known.cars, *known.unavailable])
    for stock_id, car in known.cars.items():
        car.status, price = now.get(stock_id, (Status.WITHDRAWN, car.price))
        car.price_then = car.price
        if car.price != price:
            car.price, car.quotes = None, []
    for stock_id, (status, _price) in now.items():
        if stock_id in known.unavailable:
            known.unavailable[stock_id] = status


def _terms(known: Grounds) -> None:
    terms = CreditTerms.current()
    known.ours.add((Kind.PERCENT, terms.annual_rate * 100))
    if terms.minimum_down_payment_share:
        known.ours.add((Kind.PERCENT, terms.minimum_down_payment_share * 100))
    known.ours |= {(Kind.MONTHS, Decimal(months)) for months in terms.terms_months}
    known.ours |= {(Kind.OTHER, Decimal(months)) for months in terms.terms_months}
    known.ours |= {(Kind.OTHER, Decimal(months) / _MONTHS_PER_YEAR) for months in terms.terms_months}


# --- What people say ----------------------------------------------------------------------------------------------


def _tell(known: Grounds, text: str, *, is_staff: bool = False) -> None:
    """The dealership's own words: their figures count for what they are said of. What staff write to a customer holds."""
    words = normalised(text)
    known.told_text += f"\n{plain(words)}"
    found = claims(words)
    known.hours |= set(hours(words, found))
    figures_told = frozenset((claim.kind, value) for claim in found for value in claim.values)
    known.told.append((frozenset(() if is_staff else _long_words(plain(words))), figures_told))
    # Where hours go up to 24, "9:00" is not nine in the evening.
    is_on_24 = any(claim.kind is Kind.TIME and min(claim.values) > _NOON for claim in found)
    _note_moments(known, found, is_on_24=is_on_24)


def _note_moments(known: Grounds, found: Sequence[Claim], *, is_on_24: bool = False) -> None:
    for claim in found:
        if claim.kind is Kind.DATE:
            known.dates |= claim.values
        elif claim.kind is Kind.TIME:
            known.times |= {min(claim.values)} if is_on_24 else claim.values


def _long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]{4,}", text) if word not in _UNITS}


def _hear(known: Grounds, text: str) -> None:
    """The customer's words: their figures are theirs, in whatever unit they meant them."""
    own = normalised(_BESIDE_THE_WORDS.sub(" ", text))
    # What stands in brackets names cars all the same: an ad's car may be spoken of.
    known.spoken += f"\n{normalised(text)}"
    found = claims(own)
    known.theirs |= _figures_of(own, found)
    _note_moments(known, found)


def _figures_of(text: str, said: Sequence[Claim]) -> set[Figure]:
    """The figures of a text with these claims, each in the kind it was said in."""
    found = {(claim.kind, value) for claim in said if claim.part is not Part.NAME for value in claim.values}
    return found | {(Kind.OTHER, quantity.value) for quantity in figures.quantities(plain(text)) if not quantity.unit}


_ARGUMENT = re.compile(r'"(\w+)": (?:"?(-?[\d.]+)|\[([\d., ]+)\])')
_KINDS_OF_ARGUMENTS = (
    ("percent", Kind.PERCENT), ("stock_id", Kind.STOCK_ID), ("price", Kind.MONEY), ("down_payment", Kind.MONEY),
    ("monthly", Kind.MONEY), ("amount", Kind.MONEY), ("year", Kind.YEAR), ("km", Kind.KM), ("mm", Kind.MM),
    ("months", Kind.MONTHS), ("seats", Kind.SEATS),
)  # fmt: skip


def _of_arguments(text: str) -> set[Figure]:
    """The figures that the rules look up by, as the JSON of their calls has them."""
    found = set()
    for name, single, several in _ARGUMENT.findall(text):
        kind = next((kind for part, kind in _KINDS_OF_ARGUMENTS if part in name), Kind.OTHER)
        found |= {(kind, value) for written in (single or several).split(",") if (value := number(written.strip()))}
    return found


_WEEKDAYS = (
    "lunes|mondays?", "martes|tuesdays?", "miercoles|wednesdays?", "jueves|thursdays?", "viernes|fridays?",
    "sabados?|saturdays?", "domingos?|sundays?",
)  # fmt: skip
_WEEKDAY = re.compile("|".join(rf"\b(?P<d{n}>{names})\b" for n, names in enumerate(_WEEKDAYS)))
_FROM_TO = re.compile(r"\s*(?:hrs?\.?|h)?\s*(?:a|to|until|hasta|-|–)\s*(?:las\s+)?")
_DAY_CHARACTERS = 32


def hours(text: str, said: Sequence[Claim]) -> dict[Hours, str]:
    """The opening hours in a text with these claims, "sabados de 9:00 a 15:00", each with its words."""
    bare = plain(text)
    times = [claim for claim in said if claim.kind is Kind.TIME]
    found: dict[Hours, str] = {}
    for first, second in pairwise(times):
        if not _FROM_TO.fullmatch(bare, first.end, second.start):
            continue
        days = list(_WEEKDAY.finditer(bare, max(0, first.start - _DAY_CHARACTERS), first.start))
        day = next(n for n in range(7) if days[-1][f"d{n}"]) if days else None
        found[day, min(first.values), max(second.values)] = text[first.start : second.end]
    return found


# --- What tools give ----------------------------------------------------------------------------------------------


def _take(known: Grounds, result: Any) -> None:
    if not isinstance(result, dict):
        return
    for name, shape, take in _TAKEN:
        if isinstance(result.get(name), shape):
            take(known, result)
    _take_times(known, result)


def _take_highest_prices(known: Grounds, result: dict[str, Any]) -> None:
    rows = [row for row in result["highest_prices"] if isinstance(row, dict)]
    known.quotes.extend(_quote(row, number(row.get("highest_price"))) for row in rows)
    prices = [number(row.get(name)) for row in rows for name in ("highest_price", "financed")]
    known.ours |= {(Kind.MONEY, value) for value in (*prices, number(result.get("monthly"))) if value is not None}


def _take_words(known: Grounds, result: dict[str, Any]) -> None:
    for text in result["information"].values():
        _tell(known, str(text))


def _take_assumptions(known: Grounds, result: dict[str, Any]) -> None:
    _tell(known, result["assumptions"])


def _take_refusal(known: Grounds, result: dict[str, Any]) -> None:
    """What a tool refuses with has figures of ours: "open from 10:00 to 14:00"."""
    _tell(known, result["error"], is_staff=True)


def _take_amount(known: Grounds, result: dict[str, Any]) -> None:
    if amount := number(result["amount"]):
        known.theirs.add((Kind.MONEY, amount))


def _take_search(known: Grounds, result: dict[str, Any]) -> None:
    rows = [row for row in result["vehicles"] if isinstance(row, dict) and isinstance(row.get("stock_id"), int)]
    for row in rows:
        _take_row(known, row)
    changed = [change for change in result.get("nearest", ()) if isinstance(change, dict)]
    for change in changed:
        for row in change.get("vehicles", ()):
            _take_row(known, row)
        _take_change(known, change)
    total = int(result.get("total") or 0)
    totals = {total, *(int(change.get("total") or 0) for change in changed)}
    search = Search(
        names=tuple((read.get("make"), read.get("model")) for read in result.get("read_as", ())),
        totals=frozenset(map(Decimal, totals)),
        shown=frozenset(map(Decimal, (len(rows), max(0, total - len(rows))))),
        turn=known.turn,
    )
    known.searches.append(search)
    known.unavailable |= {int(stock_id): status for stock_id, status in (result.get("unavailable") or {}).items()}
    names_said = [*result.get("absent", ()), *(c for u in result.get("unclear", ()) for c in u.get("candidates", ()))]
    names_said += [f"{make or ''} {model or ''}" for make, model in search.names]
    known.spoken += "\n" + "\n".join(map(str, names_said))
    if rate := number(result.get("annual_rate_percent")):
        known.ours.add((Kind.PERCENT, rate))
    known.listed = tuple(row["stock_id"] for row in rows) if len(rows) > 1 else known.listed
    known.focus = rows[0]["stock_id"] if len(rows) == 1 else None if rows else known.focus


def _take_row(known: Grounds, row: dict[str, Any]) -> None:
    car = known.cars.setdefault(row["stock_id"], Car(stock_id=row["stock_id"]))
    price = number(row.get("price"))
    if price != car.price:
        car.quotes = []
    car.make, car.model, car.name = str(row.get("make", "")), str(row.get("model", "")), str(row.get("name", ""))
    car.year, car.trim, car.price = number(row.get("year")), str(row.get("trim", "")), price
    car.mileage_km, car.seats = number(row.get("mileage_km")), number(row.get("seats"))
    car.data = row
    sizes = {name: number(row.get(name)) for name in ("length_mm", "width_mm", "height_mm")}
    car.sizes_mm = {name: size for name, size in sizes.items() if size is not None}
    fits = row.get("fits")
    for fit in fits.values() if isinstance(fits, dict) else ():
        if isinstance(fit, dict) and (margin := number(fit.get("margin_mm"))) is not None:
            car.margins_mm.add(margin)
    if "monthly" in row:
        quote = _quote(row, car.price)
        if quote not in car.quotes:
            car.quotes.append(quote)


def _take_change(known: Grounds, change: dict[str, Any]) -> None:
    """A change of the wish, such as "up to 286,999": from the wish to what fits, and by how much."""
    if (by := number(change.get("by"))) is not None:
        known.differences.add(by)
    for value in (change.get("to"), change.get("by")):
        if (limit := number(value)) is not None:
            known.ours |= {(kind, limit) for kind in _KINDS_OF_CHANGE.get(str(change.get("change")), (Kind.MONEY,))}


_KINDS_OF_CHANGE: dict[str, tuple[Kind, ...]] = {
    "year_min": (Kind.YEAR, Kind.OTHER),
    "year_max": (Kind.YEAR, Kind.OTHER),
    "mileage_min_km": (Kind.KM,),
    "mileage_max_km": (Kind.KM,),
    "seats_min": (Kind.SEATS, Kind.OTHER),
    "length_max_mm": (Kind.MM,),
    "width_max_mm": (Kind.MM,),
    "height_max_mm": (Kind.MM,),
    "months_max": (Kind.MONTHS,),
}


def _take_quotes(known: Grounds, result: dict[str, Any]) -> None:
    price = number(result.get("price"))
    stock_id = result.get("stock_id")
    if not isinstance(stock_id, int):
        return
    car = known.cars.setdefault(stock_id, Car(stock_id=stock_id, name=str(result.get("vehicle", ""))))
    if not car.make:
        _take_name(car)
    if car.price != price:
        car.price, car.quotes = price, []
    car.quotes.extend(_quote(row, price) for row in result["estimates"] if isinstance(row, dict))
    known.folios |= {str(row["folio"]) for row in result["estimates"] if "folio" in row}
    known.focus = stock_id
    if rate := number(result.get("annual_rate_percent")):
        known.ours.add((Kind.PERCENT, rate))
    known.ours |= {(Kind.MONTHS, Decimal(months)) for months in result.get("terms_offered_months", ())}


def _take_name(car: Car) -> None:
    """A car that was quoted before it was searched for is called as the stock calls it."""
    vehicle = Vehicle.objects.filter(stock_id=car.stock_id).first()
    if vehicle:
        car.make, car.model, car.name, car.trim = vehicle.make, vehicle.model, vehicle.name, vehicle.trim
        car.year, car.mileage_km = Decimal(vehicle.year), Decimal(vehicle.mileage_km)


def _quote(row: dict[str, Any], price: Decimal | None) -> Quote:
    amounts = {part: value for part, name in _PARTS.items() if (value := number(row.get(name))) is not None}
    schedule = {value for line in row.get("schedule", ()) for cell in line if (value := number(cell)) is not None}
    return Quote(
        amounts=amounts,
        months=number(row.get("months")) or Decimal(0),
        percent=number(row.get("down_payment_percent")),
        payments_made=number(row.get("payments_made")),
        price=price,
        schedule=frozenset(schedule),
    )


def _take_times(known: Grounds, result: dict[str, Any]) -> None:
    """Days and times of visits and of when somebody answers. Ours are on 24 hours: eleven is not eleven at night."""
    for told in (result, *(inner for inner in result.values() if isinstance(inner, dict))):
        day, time = str(told.get("day", "")), str(told.get("time", ""))
        known.dates |= {value for claim in claims(day) if claim.kind is Kind.DATE for value in claim.values}
        if _TIME.fullmatch(time):
            known.times.add(Decimal(time.replace(":", "")))
    if made_on := result.get("made_on"):
        known.dates |= {value for claim in claims(str(made_on)) for value in claim.values}


_TAKEN: tuple[tuple[str, type, Callable[[Grounds, dict[str, Any]], None]], ...] = (
    ("vehicles", list, _take_search),
    ("estimates", list, _take_quotes),
    ("highest_prices", list, _take_highest_prices),
    ("information", dict, _take_words),
    ("assumptions", str, _take_assumptions),
    ("error", str, _take_refusal),
    ("amount", str, _take_amount),
)


def number(value: Any) -> Decimal | None:
    """A number of a tool's result, however JSON has it; None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else None


def figures_of(told: Iterable[Figure], kind: Kind) -> Iterator[Decimal]:
    """The numbers of one kind."""
    return (value for held, value in told if held is kind)
