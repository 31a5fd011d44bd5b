"""What a customer can tap under an answer: one of the cars in it, or the next step with the one it is about; and what a tap says."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from assistant.answer import Answer, BookVisit, HandOff
from assistant.sentences import count, pesos, say
from conversations import quotes
from conversations.models import Customer, Message, Visit
from inventory import prepared
from inventory.models import VehiclePhoto
from inventory.prepared import Gap

SEARCH, PHOTOS = "fetch_vehicles_data", "send_photos"
# WhatsApp's bounds.
BODY_MOST, TITLE_MOST, DESCRIPTION_MOST, CARS_MOST = 1024, 24, 72, 10
_PHOTOS = prepared.select(
    VehiclePhoto.objects.filter(vehicle__stock_id=Gap("stock_id")).order_by().values_list("pk")[:1]
)
_PAYLOAD = re.compile(r"(car|photos|payments|visit):(\d{1,9})")


def offered(answer: Answer, customer: Customer, language: str) -> dict[str, Any]:
    """What goes with an answer that is one message, to be kept with it; nothing where nothing fits."""
    if len(answer.text) > BODY_MOST or any(isinstance(effect, HandOff) for effect in answer.effects):
        return {}
    rows = _named(answer)
    if len(rows) > 1:
        cars = [_car(row) for row in rows[:CARS_MOST]]
        return {"choices": cars, "choices_label": say(language, "tap_cars")}
    steps = [
        {"id": f"{step}:{stock_id}", "title": say(language, f"tap_{step}"), "description": ""}
        for stock_id in list(answer.cars)[: len(answer.cars) == 1]
        for step in _steps(answer, customer, stock_id)
    ]
    return {"choices": steps} if steps else {}


def _named(answer: Answer) -> list[dict[str, Any]]:
    """The cars of the last search that the answer names, in the order in which it found them."""
    found = next((r.result for r in reversed(answer.receipts) if r.name == SEARCH and "vehicles" in r.result), {})
    return [row for row in found.get("vehicles", ()) if row["stock_id"] in answer.cars]


def _car(row: dict[str, Any]) -> dict[str, str]:
    figures = (pesos(Decimal(row["price"])), f"{count(row['mileage_km'])} km", f"id {row['stock_id']}")
    return {
        "id": f"car:{row['stock_id']}",
        "title": f"{row['name']} {row['year']}"[:TITLE_MOST],
        "description": " · ".join(figures)[:DESCRIPTION_MOST],
    }


def _steps(answer: Answer, customer: Customer, stock_id: int) -> Iterator[str]:
    """What the customer may want next of this car, and has not just had."""
    used = {receipt.name for receipt in answer.receipts}
    if PHOTOS not in used and _PHOTOS.rows(stock_id=stock_id):
        yield "photos"
    if quotes.CREDIT not in used:
        yield "payments"
    if not any(isinstance(effect, BookVisit) for effect in answer.effects) and not Visit.open_of(customer):
        yield "visit"


def said(message: Message) -> str:
    """What tapping says, in the words of a customer; empty if it is no tap on something of ours."""
    tapped = _PAYLOAD.fullmatch(message.details.get("button", {}).get("payload", ""))
    if tapped is None:
        return ""
    return say(message.customer.language or "es", f"tapped_{tapped[1]}", title=message.text, stock_id=tapped[2])
