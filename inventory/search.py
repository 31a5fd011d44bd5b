"""What of the stock fits a wish. A blank is "not recorded", never "no": it is reported, and no exclusion drops a car for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from django.db.models import Q

from inventory import for_sale, matching, named, nearest, plan, standing, wish
from inventory.financing import Estimate
from inventory.for_sale import CHEAPEST_FIRST
from inventory.models import Vehicle
from inventory.named import Named
from inventory.nearest import Cars, Change
from inventory.vocabulary import Resolution
from inventory.wish import Wish

__all__ = ("UNKNOWN", "Cars", "Change", "Found", "Wish", "find")

UNKNOWN: Literal["unknown"] = "unknown"

_ORDER: dict[str, tuple[str, ...]] = {
    "": CHEAPEST_FIRST,
    "price": CHEAPEST_FIRST,
    "-price": ("-price_mxn", "stock_id"),
    "mileage": ("mileage_km", "price_mxn", "stock_id"),
    "-mileage": ("-mileage_km", "price_mxn", "stock_id"),
    "year": ("year", "price_mxn", "stock_id"),
    "-year": ("-year", "price_mxn", "stock_id"),
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What fits, and how the wish was read.

    `total` counts all that fit as far as anybody counts, and `is_more` tells that there are more. `vehicles` is the page asked for. `read_as`: names taken as read. `absent`: wanted names not in stock,
    without make and model where nothing known is meant for sure.
    `unclear`: names not searched by, each with the likeliest and its alternatives, to be asked about.
    `not_recorded`: what was asked about ("transmission", "seats", "car_play", "length_mm", ...) and is blank for cars that
    otherwise fit; not looked for where more fit than anybody counts. `unavailable`: asked stock ids that are not for sale, each with its status or "unknown".
    `payments`: by stock id, the financing of each vehicle over the shortest term within the monthly payment asked for; a vehicle that the
    down payment pays whole has none. `nearest`: where nothing fits, the smallest changes of the wish after which something does.
    """

    total: int
    vehicles: list[Vehicle]
    is_more: bool = False
    read_as: tuple[Resolution, ...] = ()
    absent: tuple[Resolution, ...] = ()
    unclear: tuple[Resolution, ...] = ()
    not_recorded: tuple[str, ...] = ()
    unavailable: Mapping[int, str] = field(default_factory=dict)
    payments: Mapping[int, Estimate] = field(default_factory=dict)
    nearest: tuple[Change, ...] = ()


def find(asked: Wish) -> Found:
    """The vehicles for sale that fit everything asked, cheapest first unless asked otherwise.

    Raises FinancingError for a down payment below zero.
    """
    names, payments = named.read(asked), plan.of(asked)
    found = _page(asked, names)
    return Found(
        total=found.total,
        is_more=found.is_more,
        vehicles=found.vehicles,
        read_as=names.read_as,
        absent=names.absent,
        unclear=names.unclear,
        not_recorded=() if found.is_more else _not_recorded(asked, names),
        unavailable=_unavailable(asked.stock_ids),
        payments=payments.estimates(found.vehicles) if payments else {},
        nearest=() if found.total or names.unclear else nearest.changes(asked, names),
    )


def _page(asked: Wish, names: Named) -> for_sale.Cars:
    condition = matching.fitting(asked, names)
    if asked.sort or not asked.stock_ids:
        return for_sale.cars(condition, _ORDER[asked.sort], asked.limit, asked.offset)
    found = for_sale.cars(condition, CHEAPEST_FIRST, len(asked.stock_ids))
    place = {stock_id: place for place, stock_id in reversed(list(enumerate(asked.stock_ids)))}
    ordered = sorted(found.vehicles, key=lambda vehicle: place[vehicle.stock_id])
    return replace(found, vehicles=ordered[asked.offset : asked.offset + asked.limit])


def _not_recorded(asked: Wish, names: Named) -> tuple[str, ...]:
    """What is blank for a vehicle to which nothing else that is recorded stands in the way."""
    possible, conditions = matching.possible(asked, names), wish.conditions(asked, names.colours)
    found = for_sale.any_of([Q(possible, condition.not_recorded) for condition in conditions])
    return tuple(condition.asked for condition, is_blank in zip(conditions, found, strict=True) if is_blank)


def _unavailable(stock_ids: tuple[int, ...]) -> dict[int, str]:
    status = {stock_id: now.status for stock_id, now in standing.of(stock_ids).items()}
    return {
        stock_id: status.get(stock_id, UNKNOWN)
        for stock_id in stock_ids
        if status.get(stock_id) != Vehicle.Status.AVAILABLE
    }
