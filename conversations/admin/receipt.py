"""A turn's receipts in words: what was asked of the tools, what they gave, and whose cars and prices those were."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assistant.models import DealershipText
from assistant.sentences import count, pesos
from conversations.models import Handoff, Lead, ToolUse, Turn
from inventory import kinds
from inventory.models import Vehicle

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_TOOLS = {
    "fetch_vehicles_data": _("Search of the stock"),
    "fetch_credit_estimate": _("Estimate of a credit"),
    "fetch_dealership_information": _("Texts of the dealership"),
    "book_visit": _("Visit"),
    "record_interest": _("Lead"),
    "hand_off_to_person": _("Handoff"),
    "send_photos": _("Photos"),
}
# What tools call their arguments and results; a name that is not here is shown as it is.
_NAMES = {
    "action": _("action"),
    "amount": _("amount"),
    "annual_rate_percent": _("annual rate, %"),
    "assumptions": _("assumptions"),
    "balance": _("balance"),
    "balance_after_payments": _("balance after payments"),
    "bluetooth": _("Bluetooth"),
    "body_type": _("body type"),
    "body_types": _("body types"),
    "candidates": _("candidates"),
    "car_play": _("CarPlay"),
    "change": _("change"),
    "closed_until": _("closed until"),
    "colour": _("colour"),
    "colours": _("colours"),
    "confirmed": _("confirmed"),
    "credit_terms": _("credit terms"),
    "currency": _("currency"),
    "day": _("day"),
    "down_payment": _("down payment"),
    "down_payment_percent": _("down payment, %"),
    "error": _("error"),
    "exclude_body_types": _("body types not wanted"),
    "exclude_makes": _("makes not wanted"),
    "exclude_models": _("models not wanted"),
    "exclude_transmissions": _("transmissions not wanted"),
    "features": _("features"),
    "financed": _("amount financed"),
    "fits": _("fits"),
    "folio": _("folio"),
    "fuel": _("fuel"),
    "fuels": _("fuels"),
    "handed_off": _("handed off"),
    "height_max_mm": _("height at most, mm"),
    "height_mm": _("height, mm"),
    "highest_price": _("highest price"),
    "highest_prices": _("highest prices"),
    "information": _("texts"),
    "interest_total": _("interest in all"),
    "kind": _("kind"),
    "last_payment": _("last payment"),
    "length_max_mm": _("length at most, mm"),
    "length_mm": _("length, mm"),
    "limit": _("at most so many"),
    "location": _("location"),
    "made_on": _("made on"),
    "makes": _("makes"),
    "mileage_km": _("mileage, km"),
    "mileage_max_km": _("mileage at most, km"),
    "mileage_min_km": _("mileage at least, km"),
    "models": _("models"),
    "monthly": _("monthly payment"),
    "monthly_max": _("monthly payment at most"),
    "months": _("term, months"),
    "months_max": _("term at most, months"),
    "name": _("car"),
    "nearest": _("nearest"),
    "not_known": _("not known"),
    "not_recorded": _("not recorded"),
    "note": _("note"),
    "noted": _("noted"),
    "offset": _("skipped"),
    "map_sent_as": _("map sent as"),
    "photos": _("photos"),
    "photos_sent_as": _("photos sent as"),
    "price": _("price, MXN"),
    "price_max": _("price at most, MXN"),
    "price_min": _("price at least, MXN"),
    "read_as": _("read as"),
    "reason": _("reason"),
    "recorded": _("noted as"),
    "seats": _("seats"),
    "seats_min": _("seats at least"),
    "sort": _("order"),
    "space_height_mm": _("height of the place, mm"),
    "space_length_mm": _("length of the place, mm"),
    "space_width_mm": _("width of the place, mm"),
    "stock_id": _("stock id"),
    "stock_ids": _("stock ids"),
    "summary": _("summary"),
    "terms_offered_months": _("terms offered, months"),
    "time": _("time"),
    "topics": _("topics"),
    "total": _("total"),
    "total_with_down": _("total with down payment"),
    "transmission": _("transmission"),
    "transmissions": _("transmissions"),
    "trim": _("trim"),
    "unclear": _("unclear"),
    "vehicle": _("car"),
    "width_max_mm": _("width at most, mm"),
    "width_mm": _("width, mm"),
    "with_schedule": _("with schedule"),
    "written": _("as written"),
    "year": _("model year"),
    "year_max": _("model year at most"),
    "year_min": _("model year at least"),
}
_KINDS = {
    **dict((*kinds.Transmission.choices, *kinds.BodyType.choices, *kinds.Fuel.choices)),
    **dict((*Lead.Kind.choices, *Handoff.Reason.choices)),
}
_TOPICS = dict(DealershipText.Topic.choices)
# Of these the values are names.
_OF_NAMES = {"change", "features", "not_known", "not_recorded", "topics"}
_PESOS = {
    *("amount", "balance", "down_payment", "financed", "highest_price", "interest_total", "last_payment", "monthly"),
    *("monthly_max", "price", "price_max", "price_min", "total_with_down"),
}
# "name" has both; what was read from the trim is marked where customers are told.
_LEFT_OUT = {"make", "model", "read_from_trim", "schedule"}


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of equal length below their headings."""

    title: "_StrOrPromise"
    headings: list["_StrOrPromise"]
    rows: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One tool call: what was asked, and what came of it as single facts and as tables."""

    title: "_StrOrPromise"
    tool: str
    asked: list[tuple["_StrOrPromise", str]]
    facts: list[tuple["_StrOrPromise", str]]
    tables: list[Table]
    arguments: str
    result: str

    @classmethod
    def of(cls, use: ToolUse) -> "Receipt":
        return cls(
            title=_TOOLS.get(use.name, use.name),
            tool=use.name,
            asked=list(_facts(use.arguments)),
            facts=list(_facts(use.result)),
            tables=list(_tables(use.result)),
            arguments=json.dumps(use.arguments, ensure_ascii=False, indent=2),
            result=json.dumps(use.result, ensure_ascii=False, indent=2),
        )


def in_words(data: Mapping[str, Any]) -> str:
    """What data says, on one line."""
    return "; ".join(f"{name}: {value}" for name, value in _facts(data))


def _facts(data: Mapping[str, Any]) -> Iterator[tuple["_StrOrPromise", str]]:
    for name, value in data.items():
        if name in _LEFT_OUT or value in (None, [], {}) or _is_table(value):
            continue
        if isinstance(value, dict):
            yield _named(name), ", ".join(f"{_named(key)}: {_shown(key, inner)}" for key, inner in value.items())
        else:
            yield _named(name), _shown(name, value)


def _tables(data: Mapping[str, Any]) -> Iterator[Table]:
    for name, value in data.items():
        if not _is_table(value):
            continue
        columns = list(dict.fromkeys(key for row in value for key in row if key not in _LEFT_OUT))
        rows = [[_shown(key, row.get(key)) for key in columns] for row in value]
        title = "" if name in {"vehicles", "estimates"} else _named(name)
        yield Table(title=title, headings=[_named(key) for key in columns], rows=rows)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _named(name: str) -> "_StrOrPromise":
    return _NAMES.get(name) or _TOPICS.get(name) or name.replace("_", " ")


def _shown(name: str, value: Any) -> str:
    match value:
        case None | [] | {}:
            return "-"
        case bool():
            return gettext("yes") if value else gettext("no")
        case list():
            return ", ".join(_shown(name, inner) for inner in value)
        case dict():
            return ", ".join(_shown(key, inner) for key, inner in value.items() if key not in _LEFT_OUT)
        case int() | float() | str() if name in _PESOS and _is_number(value):
            return pesos(Decimal(str(value)))
        case int() if name.endswith(("_km", "_mm")):
            return count(value)
        case str() if name in _OF_NAMES:
            return str(_named(value))
        case _:
            return str(_KINDS.get(value, value))


def _is_number(value: float | str) -> bool:
    return str(value).replace(".", "", 1).isdigit()


# --- Cars ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CarTold:
    """A car that a turn's receipts speak of: its price as it was told, the car today, and who changed it and when."""

    stock_id: int
    price_then: str
    vehicle: Vehicle | None
    edited_before: LogEntry | None
    is_changed_since: bool

    @property
    def price_now(self) -> str:
        return pesos(self.vehicle.price_mxn) if self.vehicle else "-"


def cars(turn: Turn, uses: list[ToolUse]) -> list[CarTold]:
    """The cars of the receipts, in the order in which they came up."""
    prices = {row["stock_id"]: row["price"] for use in uses for row in _priced(use.result)}
    vehicles = {vehicle.stock_id: vehicle for vehicle in Vehicle.objects.filter(stock_id__in=prices)}
    told_at = turn.closed_at or turn.opened_at
    edits = _edits_before(told_at, vehicles.values())
    return [
        CarTold(
            stock_id=stock_id,
            price_then=pesos(Decimal(price)),
            vehicle=vehicle,
            edited_before=edits.get(str(vehicle.pk)) if vehicle else None,
            is_changed_since=vehicle is not None and vehicle.updated_at > told_at,
        )
        for stock_id, price in prices.items()
        for vehicle in [vehicles.get(stock_id)]
    ]


def _priced(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every row of a result that gives a car its price."""
    if "stock_id" in result and "price" in result:
        yield result
    for name in ("vehicles", "nearest"):
        for row in result.get(name, ()):
            yield from _priced(row)


def _edits_before(told_at: datetime, vehicles: Any) -> dict[str, LogEntry]:
    """The last edit in the admin of each vehicle until then, by its key as text."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Vehicle),
        object_id__in=[str(vehicle.pk) for vehicle in vehicles],
        action_time__lte=told_at,
    )
    return {entry.object_id or "": entry for entry in entries.select_related("user").order_by("action_time")}
