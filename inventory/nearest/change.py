"""One change of a wish, and the cars that then fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db.models import Q

from inventory import for_sale, plan
from inventory.financing import Estimate
from inventory.for_sale import CHEAPEST_FIRST
from inventory.wish import Wish

NOT_RECORDED: Literal["not_recorded"] = "not_recorded"
WITHOUT: Literal["without"] = "without"
_VEHICLES_MOST = 2

Value = Decimal | int | bool | str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cars(for_sale.Cars):
    """The cheapest that fit, and the financing of those by stock id where a monthly payment was asked for."""

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


def cars(fitting: Q, after: Wish) -> Cars | None:
    """Those that fit, as the wish after the change pays for them; None if there are none."""
    found, payments = for_sale.cars(fitting, CHEAPEST_FIRST, _VEHICLES_MOST), plan.of(after)
    if not found.total:
        return None
    return Cars(**vars(found), payments=payments.estimates(found.vehicles) if payments else {})
