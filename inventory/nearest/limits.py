"""Moving one limit: so much dearer, so many years older, so many more kilometres."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from inventory import for_sale, matching
from inventory.models import Vehicle
from inventory.named import Named
from inventory.nearest import change
from inventory.nearest.change import NOT_RECORDED, Change
from inventory.wish import Wish

# Hardly any file records seats or sizes: that they are not recorded says little.
_UNRECORDED_WEIGHT = 0.6
# A car loses about a twelfth of its worth in a year, and as much in 15,000 km.
_YEARS, _KILOMETRES = 12, 180_000


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """A limit of the wish (its field named as the tool does, but for the unit), the column it bounds and what moving it weighs."""

    name: str
    field: str
    column: str
    is_most: bool
    weight: Callable[[float, float], float]


def _part(difference: float, limit: float) -> float:
    return difference / limit if limit else 1


def _by_year(years: float, _limit: float) -> float:
    return years / _YEARS


def _by_mileage(kilometres: float, _limit: float) -> float:
    return kilometres / _KILOMETRES


def _last(_difference: float, _limit: float) -> float:
    """A garage does not grow."""
    return 1


_LIMITS = (
    _Limit(name="price_max", field="price_max_mxn", column="price_mxn", is_most=True, weight=_part),
    _Limit(name="price_min", field="price_min_mxn", column="price_mxn", is_most=False, weight=_part),
    _Limit(name="year_min", field="year_min", column="year", is_most=False, weight=_by_year),
    _Limit(name="year_max", field="year_max", column="year", is_most=True, weight=_by_year),
    _Limit(name="mileage_max_km", field="mileage_max_km", column="mileage_km", is_most=True, weight=_by_mileage),
    _Limit(name="mileage_min_km", field="mileage_min_km", column="mileage_km", is_most=False, weight=_by_mileage),
    _Limit(name="seats_min", field="seats_min", column="seats_read", is_most=False, weight=_part),
    _Limit(name="length_max_mm", field="length_max_mm", column="length_mm", is_most=True, weight=_last),
    _Limit(name="width_max_mm", field="width_max_mm", column="width_mm", is_most=True, weight=_last),
    _Limit(name="height_max_mm", field="height_max_mm", column="height_mm", is_most=True, weight=_last),
)


def changes(asked: Wish, named: Named) -> Iterator[Change]:
    """Of each limit the smallest move that lets a car in; before that, a car of which it is not recorded."""
    for limit in _LIMITS:
        was = getattr(asked, limit.field)
        if was is not None and (moved := _moved(asked, named, limit, was)):
            yield moved


def _moved(asked: Wish, named: Named, limit: _Limit, was: Any) -> Change | None:
    without = _with(asked, limit, None)
    fitting = matching.fitting(without, named)
    if Vehicle._meta.get_field(limit.column).null:
        unrecorded = Q(fitting, **{limit.column: None})
        if cars := change.cars(unrecorded, without):
            return Change(field=limit.name, was=was, to=NOT_RECORDED, cars=cars, weight=_UNRECORDED_WEIGHT)
    nearest = for_sale.first(fitting, [limit.column if limit.is_most else f"-{limit.column}"])
    if nearest is None:
        return None
    to = getattr(nearest, limit.column)
    after, difference = _with(asked, limit, to), abs(to - was)
    cars = change.cars(matching.fitting(after, named), after)
    weight = limit.weight(float(difference), float(was))
    if not cars:
        return None
    return Change(field=limit.name, was=was, to=to, difference=difference, cars=cars, weight=weight)


def _with(asked: Wish, limit: _Limit, to: Any) -> Wish:
    changed: dict[str, Any] = {limit.field: to}
    return replace(asked, **changed)
