"""What a customer wants of a car, and each wanted thing as a condition on the stock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Q

from inventory.kinds import Transmission

Sort = Literal["", "price", "-price", "mileage", "-mileage", "year", "-year"]
Feature = Literal["bluetooth", "car_play"]

# Who asks for an automatic takes every gearbox that shifts by itself, and who wants none refuses them all.
_SHIFTS_BY_ITSELF = {Transmission.AUTOMATIC, Transmission.CVT, Transmission.DUAL_CLUTCH}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Everything asked for, all of it at once. Makes, models and colours as the customer wrote them; limits are inclusive.

    Without a sort, cheapest first; with stock ids, in their order. Down payment (one way to say it) and months say how the monthly
    payment is meant, and are no limits without it.
    """

    makes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    exclude_makes: tuple[str, ...] = ()
    exclude_models: tuple[str, ...] = ()
    price_min_mxn: Decimal | int | None = None
    price_max_mxn: Decimal | int | None = None
    year_min: int | None = None
    year_max: int | None = None
    mileage_min_km: int | None = None
    mileage_max_km: int | None = None
    transmissions: tuple[str, ...] = ()
    exclude_transmissions: tuple[str, ...] = ()
    body_types: tuple[str, ...] = ()
    exclude_body_types: tuple[str, ...] = ()
    seats_min: int | None = None
    fuels: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    length_max_mm: int | None = None
    width_max_mm: int | None = None
    height_max_mm: int | None = None
    monthly_max_mxn: Decimal | int | None = None
    down_payment_mxn: Decimal | int | None = None
    down_payment_share: Decimal | None = None
    months_max: int | None = None
    stock_ids: tuple[int, ...] = ()
    sort: Sort = ""
    limit: int = 5
    offset: int = 0

    def as_json(self) -> dict[str, Any]:
        """Only what is wished; amounts as text, exact."""
        wished = {field.name: getattr(self, field.name) for field in fields(self)}
        defaults = {field.name: field.default for field in fields(self)}
        return {name: _plain(value) for name, value in wished.items() if value != defaults[name]}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> "Wish":
        """The wish that was kept."""
        return cls(**{name: _exact(name, value) for name, value in data.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return list(value) if isinstance(value, tuple) else value


def _exact(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return Decimal(value) if name.endswith(("_mxn", "_share")) else value


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One thing asked about: what fits, and of which vehicles it is not recorded."""

    asked: str
    fits: Q
    not_recorded: Q


def conditions(wish: Wish, colours: tuple[str, ...]) -> list[Condition]:
    """Every condition on what may be unrecorded; what is always recorded is in `limits`. `colours` are the stock's own for those wanted."""
    return [*_kinds(wish), *_equipment(wish, colours), *_dimensions(wish)]


def limits(wish: Wish) -> Q:
    """The conditions on price, year and mileage, which every vehicle has."""
    bounds = {
        "price_mxn__gte": wish.price_min_mxn,
        "price_mxn__lte": wish.price_max_mxn,
        "year__gte": wish.year_min,
        "year__lte": wish.year_max,
        "mileage_km__gte": wish.mileage_min_km,
        "mileage_km__lte": wish.mileage_max_km,
    }
    return Q(**{bound: value for bound, value in bounds.items() if value is not None})


def _kinds(wish: Wish) -> Iterator[Condition]:
    wanted, refused = _widened(wish.transmissions), _widened(wish.exclude_transmissions)
    if wanted or refused:
        fits = _among("transmission_read", wanted, refused)
        yield Condition(asked="transmission", fits=fits, not_recorded=_gearbox_unknown(wanted | refused))
    if wish.body_types or wish.exclude_body_types:
        fits = _among("body_type_read", set(wish.body_types), set(wish.exclude_body_types))
        yield Condition(asked="body_type", fits=fits, not_recorded=Q(body_type_read=""))
    if wish.fuels:
        yield Condition(asked="fuel", fits=Q(fuel__in=wish.fuels), not_recorded=Q(fuel=""))


def _widened(transmissions: tuple[str, ...]) -> set[str]:
    asked = set(transmissions)
    return asked | _SHIFTS_BY_ITSELF if Transmission.AUTOMATIC in asked else asked


def _gearbox_unknown(asked: set[str]) -> Q:
    """A trim that only says "AUTO" leaves open whether it is a CVT or a dual clutch."""
    exact_kind = asked and Transmission.AUTOMATIC not in asked and asked != {Transmission.MANUAL}
    automatic = Q(transmission="", transmission_read=Transmission.AUTOMATIC)
    return Q(transmission_read="") | automatic if exact_kind else Q(transmission_read="")


def _among(column: str, wanted: set[str], refused: set[str]) -> Q:
    """Wanted kinds must be known; refused ones drop only what is known to be of that kind."""
    fits = Q(**{f"{column}__in": sorted(wanted - refused)}) if wanted else Q()
    return fits & ~Q(**{f"{column}__in": sorted(refused)}) if refused else fits


def _equipment(wish: Wish, colours: tuple[str, ...]) -> Iterator[Condition]:
    if wish.seats_min is not None:
        yield Condition(asked="seats", fits=Q(seats_read__gte=wish.seats_min), not_recorded=Q(seats_read=None))
    if wish.colours:
        yield Condition(asked="colour", fits=Q(colour__in=colours), not_recorded=Q(colour=""))
    for feature in dict.fromkeys(wish.features):
        column = f"has_{feature}"
        yield Condition(asked=feature, fits=Q(**{column: True}), not_recorded=Q(**{column: None}))


def _dimensions(wish: Wish) -> Iterator[Condition]:
    for column, most in (
        ("length_mm", wish.length_max_mm),
        ("width_mm", wish.width_max_mm),
        ("height_mm", wish.height_max_mm),
    ):
        if most is not None:
            yield Condition(asked=column, fits=Q(**{f"{column}__lte": most}), not_recorded=Q(**{column: None}))
