"""Another kind, or without a feature: first the cars of which it is not recorded, which may well have it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from inventory import for_sale, matching, wish
from inventory.for_sale import CHEAPEST_FIRST
from inventory.named import Named
from inventory.nearest import change
from inventory.nearest.change import NOT_RECORDED, WITHOUT, Change
from inventory.wish import Wish

_UNRECORDED_WEIGHT, _WITHOUT_WEIGHT = 0.05, 0.15


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A field of the wish that names kinds, the column they stand in and what another kind weighs."""

    name: str
    field: str
    column: str
    weight: float


_KINDS = (
    _Kind(name="colour", field="colours", column="colour", weight=0.1),
    _Kind(name="transmission", field="transmissions", column="transmission_read", weight=0.2),
    _Kind(name="fuel", field="fuels", column="fuel", weight=0.3),
    _Kind(name="body_type", field="body_types", column="body_type_read", weight=0.4),
)


def changes(asked: Wish, named: Named) -> Iterator[Change]:
    """One for each feature and each sort of kind that was asked for."""
    for feature in dict.fromkeys(asked.features):
        if without := _without(asked, named, feature):
            yield without
    for kind in _KINDS:
        if getattr(asked, kind.field) and (other := _other(asked, named, kind)):
            yield other


def _without(asked: Wish, named: Named, feature: str) -> Change | None:
    after = replace(asked, features=tuple(other for other in asked.features if other != feature))
    fitting = matching.fitting(after, named)
    if cars := change.cars(_unrecorded(asked, named, fitting, feature), after):
        return Change(field=feature, was=True, to=NOT_RECORDED, cars=cars, weight=_UNRECORDED_WEIGHT)
    if cars := change.cars(fitting, after):
        return Change(field=feature, was=True, to=WITHOUT, cars=cars, weight=_WITHOUT_WEIGHT)
    return None


def _other(asked: Wish, named: Named, kind: _Kind) -> Change | None:
    """The kind of the cheapest car that fits otherwise; what was refused stays refused."""
    was, nothing = getattr(asked, kind.field), dict[str, Any]({kind.field: ()})
    after = replace(asked, **nothing)
    fitting = matching.fitting(after, named)
    if cars := change.cars(_unrecorded(asked, named, fitting, kind.name), after):
        return Change(field=kind.name, was=was, to=NOT_RECORDED, cars=cars, weight=_UNRECORDED_WEIGHT)
    cheapest = for_sale.first(fitting, CHEAPEST_FIRST)
    if cheapest is None:
        return None
    to = getattr(cheapest, kind.column)
    cars = change.cars(Q(fitting, **{kind.column: to}), after)
    if not cars:
        return None
    return Change(field=kind.name, was=was, to=to, cars=cars, weight=kind.weight)


def _unrecorded(asked: Wish, named: Named, fitting: Q, name: str) -> Q:
    (condition,) = (condition for condition in wish.conditions(asked, named.colours) if condition.asked == name)
    return Q(fitting, condition.not_recorded)
