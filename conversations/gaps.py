"""What customers asked for and Karlos could not give, read off the receipts of a turn, whoever wrote its answer."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from assistant.answer import Receipt
from conversations import access
from conversations.models import Customer, Gap, Turn
from inventory.models import Vehicle

# The fields of the stock that may be blank, as the tools name them, with their columns.
COLUMNS = {
    "transmission": "transmission",
    "body_type": "body_type",
    "fuel": "fuel",
    "seats": "seats",
    "colour": "colour",
    "trim": "trim",
    "location": "location",
    "bluetooth": "has_bluetooth",
    "car_play": "has_car_play",
    "length": "length_mm",
    "width": "width_mm",
    "height": "height_mm",
}
# How wide the ranges of budgets are, in pesos.
PRICE_STEP, PAYMENT_STEP = 50_000, 1_000


class Asked(NamedTuple):
    """One thing that could not be given; of a car, by its stock id, or of none."""

    kind: str
    name: str
    stock_id: int | None = None


def record(customer: Customer, turn: Turn, receipts: Iterable[Receipt]) -> None:
    """Keep what the turn could not give, within the transaction that records it, which holds the customer."""
    asked = dict.fromkeys(one for receipt in receipts for one in _of(receipt))
    stock_ids = {one.stock_id for one in asked if one.stock_id is not None}
    cars = (
        {vehicle.stock_id: vehicle for vehicle in Vehicle.objects.filter(stock_id__in=stock_ids)} if stock_ids else {}
    )
    for one in asked:
        Gap.objects.update_or_create(
            customer=customer,
            kind=one.kind,
            name=one.name[:80],
            vehicle=cars.get(one.stock_id) if one.stock_id is not None else None,
            defaults={"turn": turn, "asked_at": timezone.now()},
        )


def _of(receipt: Receipt) -> Iterator[Asked]:
    if "error" in receipt.result:
        return
    if receipt.name == "fetch_vehicles_data":
        yield from _of_search(receipt.arguments, receipt.result)
    elif receipt.name == "fetch_dealership_information":
        for topic in receipt.result.get("not_known", ()):
            yield Asked(Gap.Kind.TOPIC, topic)


def _of_search(arguments: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[Asked]:
    for name in result.get("not_recorded", ()):
        yield Asked(Gap.Kind.FIELD, _field(name))
    for row in result["vehicles"]:
        for name in row.get("not_recorded", ()):
            yield Asked(Gap.Kind.FIELD, _field(name), row["stock_id"])
        for name, fits in row.get("fits", {}).items():
            if fits == "not_recorded":
                yield Asked(Gap.Kind.FIELD, name, row["stock_id"])
    for name in result.get("absent", ()):
        yield Asked(Gap.Kind.NAME, name)
    if not result["total"] and not arguments.get("offset") and not result.get("absent") and not result.get("unclear"):
        yield from _budget(arguments)


def _field(name: str) -> str:
    """The same word for the same thing, as far as letters go."""
    return name.removesuffix("_mm").strip().lower()


def _budget(arguments: Mapping[str, Any]) -> Iterator[Asked]:
    """The range that the budget lies in, its upper end included, named by where it begins."""
    for argument, kind, step in (
        ("price_max", Gap.Kind.PRICE, PRICE_STEP),
        ("monthly_max", Gap.Kind.PAYMENT, PAYMENT_STEP),
    ):
        if (most := arguments.get(argument)) is not None:
            yield Asked(kind, str(max(0, math.ceil(Decimal(str(most)) / step) - 1) * step))


# --- Counting -------------------------------------------------------------------------------------------------------

RANKED_MOST = 20
_BLANKS, _BLANKS_KEPT_SECONDS = "gaps:blank", 60
# A blank of these is one only if trim and model do not tell it either.
_TOLD_BY = {"transmission": "transmission_read", "body_type": "body_type_read", "seats": "seats_read"}


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Something asked for, by how many customers; `cars` is of how many for sale it is not recorded."""

    name: str
    customers: int
    cars: int = 0


def ranked(user: User | AnonymousUser, kind: str, since: datetime) -> list[Ranked]:
    """The most asked for of a kind, by the customers whom this member of staff sees. A field counts while it is blank: of the car that was asked about or, of none, of any."""
    asked = access.limited(Gap.objects.filter(kind=kind, asked_at__gte=since), user)
    cars: dict[str, int] = {}
    if kind == Gap.Kind.FIELD:
        cars = _blank_cars()
        asked = asked.filter(_still_blank(cars))
    rows = asked.values_list("name").annotate(customers=Count("customer", distinct=True))
    return [
        Ranked(name=name, customers=count, cars=cars.get(name, 0))
        for name, count in rows.order_by("-customers", "name")[:RANKED_MOST]
    ]


def blank(field: str, user: User | AnonymousUser, since: datetime) -> QuerySet[Vehicle]:
    """The cars for sale of which a field is not recorded, with how many asked for it of each, the most asked first."""
    of_it = Gap.objects.filter(kind=Gap.Kind.FIELD, name=field, vehicle=OuterRef("pk"), asked_at__gte=since)
    asked = access.limited(of_it, user)
    counted = asked.order_by().values("vehicle").annotate(n=Count("pk")).values("n")
    cars = Vehicle.objects.for_sale().filter(_is_blank(field)).annotate(customers=Coalesce(Subquery(counted), 0))
    return cars.order_by("-customers", "make", "model", "-year", "stock_id")


def span(kind: str, name: str) -> tuple[Decimal, Decimal]:
    """From where to where a range of budgets goes."""
    low = Decimal(name)
    return low, low + (PRICE_STEP if kind == Gap.Kind.PRICE else PAYMENT_STEP)


def _is_blank(field: str, prefix: str = "") -> Q:
    column = _TOLD_BY.get(field, COLUMNS[field])
    is_text = isinstance(Vehicle._meta.get_field(column), CharField)
    return Q(**{f"{prefix}{column}": ""}) if is_text else Q(**{f"{prefix}{column}__isnull": True})


def _blank_cars() -> dict[str, int]:
    """Of how many cars for sale each field is blank: counted anew once a minute, since all of the stock is read for it."""
    known: dict[str, int] | None = cache.get(_BLANKS)
    if known is None:
        counts = {field: Count("pk", filter=_is_blank(field)) for field in COLUMNS}
        known = Vehicle.objects.for_sale().aggregate(**counts)
        cache.set(_BLANKS, known, _BLANKS_KEPT_SECONDS)
    return known


def forget_blanks() -> None:
    """Somebody has filled one in, and wants to see that it is gone."""
    cache.delete(_BLANKS)


def _still_blank(cars: Mapping[str, int]) -> Q:
    """Also what the stock has no field for: nobody can fill that in."""
    still = ~Q(name__in=COLUMNS)
    for field in (field for field, count in cars.items() if count):
        of_car = Q(vehicle__status=Vehicle.Status.AVAILABLE) & _is_blank(field, "vehicle__")
        still |= Q(name=field) & (Q(vehicle=None) | of_car)
    return still
