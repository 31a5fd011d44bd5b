"""What an answer must pass before it is sent: all of it is true, allowed, and about the dealership's cars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.guardrails import grounding, grounds, promises
from assistant.guardrails.claims import normalised
from assistant.guardrails.promises import Situation
from assistant.items import Item

__all__ = ("Situation", "Verdict", "check", "correction")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Sentences on what is wrong, and the cars for sale that the answer names, with their prices: both may be empty."""

    violations: tuple[str, ...]
    cars: dict[int, Decimal]
    # Cars that it is wrong about since they were sold or priced anew after they were looked up, with the prices then.
    outdated: dict[int, Decimal]


def check(text: str, items: Sequence[Item], situation: Situation | None = None) -> Verdict:
    """Hold an answer against its thread, the dealership's words and the stock as it is now."""
    known = grounds.of(items)
    words = normalised(text)
    named = grounding.read(words, known)
    forbidden = promises.violations(words, known, situation or Situation())
    changed = (known.cars[stock_id] for stock_id in sorted(named.outdated))
    cars = (known.cars[stock_id] for stock_id in sorted(named.cars))
    return Verdict(
        violations=(*named.violations, *forbidden),
        outdated={car.stock_id: car.price_then for car in changed if car.price_then is not None},
        cars={car.stock_id: car.price for car in cars if car.is_for_sale and car.price is not None},
    )


def correction(text: str, found: Iterable[str]) -> str:
    """What the model is told about its withheld answer."""
    return (
        f"Your answer was not sent: {'; '.join(found)}. It was: «{text}» Answer again with figures of the tool results "
        "only, each said of the car it belongs to, and without what is named here; look up or record what is missing, "
        "and do not mention this note."
    )
