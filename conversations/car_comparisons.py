"""Pictures that compare cars: what the search found of each, side by side, as it was told; at an address that ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core import signing
from django.urls import reverse

from assistant.answer import Answer
from assistant.sentences import count, pesos, say
from conversations.models import ToolUse, Turn
from inventory.models import VehiclePhoto

# Whoever has the address has the picture, for this long.
ADDRESS_LASTS = timedelta(days=30)
_SALT = "conversations.car_comparisons"
# What is told of each car, in order; of what no car has recorded nothing is said.
_FIELDS = (
    "price", "mileage", "transmission", "body_type", "fuel", "seats", "colour", "bluetooth", "car_play", "length",
    "width", "height", "location",
)  # fmt: skip
_KINDS = frozenset({"transmission", "body_type", "fuel"})


@dataclass(frozen=True, kw_only=True)
class Column:
    """One car: its name, its trim, a photo if there is one, and a value for each line."""

    name: str
    trim: str
    photo: VehiclePhoto | None
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The cars side by side, with what the lines are called."""

    labels: tuple[str, ...]
    columns: tuple[Column, ...]


def pictures(answer: Answer, turn: Turn) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of each comparison that goes with an answer, and the cars in it with their prices."""
    for position, receipt in enumerate(answer.receipts):
        if receipt.result.get("comparison_sent_as"):
            cars = {str(row["stock_id"]): row["price"] for row in receipt.result["vehicles"]}
            yield _address(turn, position), cars


def _address(turn: Turn, position: int) -> str:
    return reverse("comparison", args=[signing.TimestampSigner(salt=_SALT).sign(f"{turn.pk}-{position}")])


def at(token: str) -> Comparison | None:
    """The comparison whose address holds this token; None if it is not ours, too old, or its receipt is gone."""
    try:
        place = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=ADDRESS_LASTS)
    except signing.BadSignature:
        return None
    turn_id, _, position = place.partition("-")
    use = ToolUse.objects.select_related("turn__customer").filter(turn=int(turn_id), position=int(position)).first()
    return of(use.result["vehicles"], use.turn.customer.language or "es") if use else None


def of(rows: list[dict[str, Any]], language: str) -> Comparison:
    """These rows of a search side by side. A blank is no "no": it says that nothing is recorded."""
    told = {name: [_value(row, name, language) for row in rows] for name in _FIELDS}
    known = {name: values for name, values in told.items() if any(values)}
    return Comparison(
        labels=tuple(say(language, f"field_{name}") for name in known),
        columns=tuple(
            Column(
                name=f"{row['name']} {row['year']}",
                trim=row.get("trim", ""),
                photo=VehiclePhoto.objects.filter(vehicle__stock_id=row["stock_id"]).order_by("position", "pk").first(),
                values=tuple(values[n] or say(language, "blank") for values in known.values()),
            )
            for n, row in enumerate(rows)
        ),
    )


def _value(row: dict[str, Any], name: str, language: str) -> str:
    """As it is written in the picture; empty where it is not recorded."""
    value = row.get(name, row.get(f"{name}_mm", row.get(f"{name}_km")))
    match value:
        case None | "":
            return ""
        case bool():
            return say(language, "yes" if value else "no")
        case _ if name == "price":
            return pesos(Decimal(value))
        case _ if name in _KINDS:
            return say(language, f"value_{value}")
        case int():
            unit = {"mileage": " km", "length": " mm", "width": " mm", "height": " mm"}.get(name, "")
            return f"{count(value)}{unit}"
    return str(value)
