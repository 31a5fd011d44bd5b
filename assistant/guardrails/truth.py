"""Whether a claim is true of a car and of a quote for it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from assistant.guardrails.claims import Claim, Kind, Part
from assistant.guardrails.grounds import Car, Grounds, Quote, figures_of
from assistant.reading.plain import plain

T = TypeVar("T")
_OF_QUOTE = frozenset((Kind.MONEY, Kind.MONTHS, Kind.PERCENT, Kind.OTHER))
# A longer word may be the beginning of a trim's: "xDrive50i" of "XDRIVE50IA".
_CODE = 4


def fact(claim: Claim) -> Claim:
    """ "From 150,000 to 200,000", said of several cars: their prices."""
    return replace(claim, part=Part.ANY) if claim.part is Part.THEIRS else claim


def is_of_name(claim: Claim) -> bool:
    """ "CX-5", "2.5 litros": a word of the car's name or trim."""
    return claim.kind is Kind.OTHER and (claim.part is Part.NAME or "." in claim.written)


def words(text: str) -> set[str]:
    return {word.strip(".-") for word in re.split(r"[^\w.-]+", plain(text))}


PARTS_OF_QUOTE = frozenset({Part.MONTHLY, Part.LAST, Part.INTEREST, Part.TOTAL, Part.BALANCE})
NO_QUOTE = Quote(amounts={}, months=Decimal(0))


def quotes(car: Car) -> list[Quote]:
    return car.quotes or [NO_QUOTE]


def failures(bound: list[Claim], car: Car | None, known: Grounds) -> list[Claim]:
    """The claims that aren't true of this car. Those about payments must be true of one quote, or each stretch of one of its own."""
    held = quotes(car) if car else known.quotes or [NO_QUOTE]
    failed = min(([claim for claim in bound if not explains(car, quote, claim, known)] for quote in held), key=len)
    if failed and len(held) > 1:
        of_quote = [claim for claim in bound if claim.kind in _OF_QUOTE]
        if len(of_quote) == len(bound) or not [claim for claim in failed if claim not in of_quote]:
            rest = [claim for claim in of_quote if not _is_of_car(claim, car)]
            if partitions(rest, lambda group: _is_whole(group, car, held, known)):
                return []
    return failed


def _is_of_car(claim: Claim, car: Car | None) -> bool:
    """Its price is the same in every quote."""
    return bool(car and claim.kind is Kind.MONEY and claim.part in {Part.ANY, Part.PRICE} and car.price in claim.values)


def partitions(tokens: Sequence[T], is_whole: Callable[[Sequence[T]], bool]) -> bool:
    """Whether the row can be cut into stretches that are each whole."""
    ends = [False] * len(tokens) + [True]
    for start in range(len(tokens) - 1, -1, -1):
        ends[start] = any(ends[end] and is_whole(tokens[start:end]) for end in range(start + 1, len(tokens) + 1))
    return ends[0]


def _is_whole(group: Sequence[Claim], car: Car | None, quotes: Sequence[Quote], known: Grounds) -> bool:
    """Whether one quote explains a stretch that has a term and an amount: then it may stand beside others."""
    terms = {quote.months for quote in quotes}
    has_term = any(claim.kind is Kind.MONTHS or (claim.kind is Kind.OTHER and claim.values & terms) for claim in group)
    has_amount = any(claim.kind is Kind.MONEY for claim in group)
    if not (has_term and has_amount):
        return False
    return any(all(explains(car, quote, claim, known) for claim in group) for quote in quotes)


def explains(car: Car | None, quote: Quote, claim: Claim, known: Grounds) -> bool:
    """Whether the claim is true of the car and the quote."""
    if is_of_name(claim):
        said = words(car.said if car else known.spoken)
        return claim.word in said or (len(claim.word) > _CODE and any(word.startswith(claim.word) for word in said))
    held = _held(car, quote, claim, known)
    if claim.values & held:
        return True
    return claim.is_about and any(_rounds_to(fact, value) for fact in held for value in claim.values)


def car_of(claim: Claim, cars: Iterable[Car], known: Grounds) -> Car | None:
    """The first of the cars that the claim is true of, by itself or in one of its quotes."""
    return next((car for car in cars for quote in quotes(car) if explains(car, quote, claim, known)), None)


def _held(car: Car | None, quote: Quote, claim: Claim, known: Grounds) -> set[Decimal]:
    """What a figure of that kind may be."""
    match claim.kind:
        case Kind.MONEY:
            return _amounts(car, quote, claim.part, known)
        case Kind.YEAR:
            return _some(car.year) if car else set()
        case Kind.KM:
            return _some(car.mileage_km) if car else set()
        case Kind.MM:
            return _sizes(car, claim.part, known)
        case Kind.SEATS:
            return _some(car.seats) if car else set()
        case Kind.MONTHS:
            return _months(quote, claim.part, known)
        case Kind.PERCENT:
            if claim.part is not Part.DOWN:
                return set()
            return _some(quote.percent) or known.theirs_of(Kind.PERCENT)
        case Kind.OTHER:
            return set(quote.schedule) | _of_other(car, quote)
        case _:
            return set()


def _months(quote: Quote, part: Part, known: Grounds) -> set[Decimal]:
    if part is Part.PAYMENTS and quote.payments_made is not None:
        return {quote.payments_made}
    return _some(quote.months or None) or set(figures_of(known.ours, Kind.MONTHS))


def _of_other(car: Car | None, quote: Quote) -> set[Decimal]:
    held = _some(quote.payments_made, quote.months or None)
    if car is None:
        return held
    return held | _some(car.seats, Decimal(car.stock_id), car.mileage_km, car.price) | set(car.sizes_mm.values())


def _sizes(car: Car | None, part: Part, known: Grounds) -> set[Decimal]:
    match part:
        case Part.SPACE:
            return known.theirs_of(Kind.MM)
        case Part.MARGIN:
            return set(car.margins_mm) if car else set()
        case Part.ANY:
            return (set(car.sizes_mm.values()) | car.margins_mm if car else set()) | known.theirs_of(Kind.MM)
        case _:
            return _some(car.sizes_mm.get(part)) if car else set()


def _amounts(car: Car | None, quote: Quote, part: Part, known: Grounds) -> set[Decimal]:
    price = _some(car.price if car else quote.price)
    match part:
        case Part.PRICE:
            return price | (set() if car else set(figures_of(known.ours, Kind.MONEY)))
        case Part.ANY:
            return price | set(quote.amounts.values()) | set(quote.schedule)
        case Part.DOWN:
            return _some(quote.amounts.get(part)) or known.theirs_of(Kind.MONEY)
        case Part.THEIRS:
            return known.theirs_of(Kind.MONEY)
        case _:
            own = _some(quote.amounts.get(part))
            return (
                own | set(quote.schedule) | (known.theirs_of(Kind.MONEY) if part is Part.MONTHLY and not own else set())
            )


def _some(*values: Decimal | None) -> set[Decimal]:
    return {value for value in values if value is not None}


def _rounds_to(fact: Decimal, value: Decimal) -> bool:
    """Whether "about 5,500" may stand for 5,458.01: rounded at the last figure that is not a nought."""
    exponent = int(value.normalize().as_tuple().exponent)
    step = Decimal(1).scaleb(min(exponent, 4))
    return (
        value != 0
        and (fact / step).quantize(Decimal(1), ROUND_HALF_UP) * step == value
        and abs(fact - value) * 20 <= fact
    )
