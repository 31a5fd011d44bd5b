"""A call that a plan makes, and what became of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Call = tuple[str, dict[str, Any]]

SEARCH, CREDIT, INFORMATION, VISIT, INTEREST, HAND_OFF, PHOTOS = (
    "fetch_vehicles_data",
    "fetch_credit_estimate",
    "fetch_dealership_information",
    "book_visit",
    "record_interest",
    "hand_off_to_person",
    "send_photos",
)


@dataclass(frozen=True)
class Step:
    """A call that was made in this turn, with its result."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any]


def number(amount: Decimal) -> int | float:
    """A JSON number."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
