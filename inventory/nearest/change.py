"""One change of a wish, and the cars that then fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from inventory import matching, plan
from inventory.financing import Estimate
from inventory.models import Vehicle, VehicleQuerySet
from inventory.wish import Wish

NOT_RECORDED: Literal["not_recorded"] = "not_recorded"
WITHOUT: Literal["without"] = "without"
_VEHICLES_MOST = 2

Value = Decimal | int | bool | str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cars:
    """How many fit, the cheapest of them, and the financing of those by stock id where a monthly payment was asked for."""

    total: int
    is_more: bool
    vehicles: list[Vehicle]
    payments: Mapping[int, Estimate]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing of a wish changed from what to what, and the cars that then fit.

    `field`: "price_max", "year_min", "down_payment", "transmission", "car_play", "model", ... `to`: the limit that lets the first car in;
    another kind or model; "not_recorded" where the cars may have what is wanted but nobody wrote it down; "without" a feature.
    `difference`: how far a limit moves, above 0; None where nothing is counted. `weight` makes changes of different things comparable:
    about the part of a car's worth that the customer gives up.
    """

    field: str
    was: Value
    to: Value
    difference: Decimal | int | None = None
    cars: Cars
    weight: float


def cars(fitting: VehicleQuerySet, after: Wish) -> Cars:
    """Those that fit, as the wish after the change pays for them."""
    vehicles = list(fitting.order_by("price_mxn", "stock_id")[:_VEHICLES_MOST])
    payments = plan.of(after)
    total, is_more = matching.count(fitting)
    return Cars(
        total=total, is_more=is_more, vehicles=vehicles, payments=payments.estimates(vehicles) if payments else {}
    )
