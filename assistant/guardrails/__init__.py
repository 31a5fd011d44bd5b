"""What an answer must pass before it is sent: all of it is true, allowed, and about the dealership's cars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.guardrails import grounding, grounds
from assistant.guardrails.claims import normalised
from assistant.items import Item


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Sentences on what is wrong, and the cars that the answer names, with their prices: both may be empty."""

    violations: tuple[str, ...]
    cars: dict[int, Decimal]


def check(text: str, items: Sequence[Item]) -> Verdict:
    """Hold an answer against its thread, the dealership's words and the stock as it is now."""
    known = grounds.of(items)
    words = normalised(text)
    named = grounding.read(words, known)
    cars = {stock_id: known.cars[stock_id].price for stock_id in named.cars}
    return Verdict(
        violations=tuple(named.violations),
        cars={stock_id: price for stock_id, price in cars.items() if price is not None},
    )


def violations(text: str, items: Sequence[Item]) -> list[str]:
    """A sentence for each thing that is wrong with an answer."""
    return list(check(text, items).violations)


def correction(text: str, found: Iterable[str]) -> str:
    """What the model is told about its withheld answer."""
    return (
        f"Your answer was not sent: {'; '.join(found)}. It was: «{text}» Answer again with figures of the tool results "
        "only, each said of the car it belongs to; look up what is missing, and do not mention this note."
    )
