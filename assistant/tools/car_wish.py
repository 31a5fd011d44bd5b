"""The car that a customer wishes for, as the tools take it."""

from dataclasses import fields
from typing import Any, Literal

from pydantic import Field

from assistant.tools.contract import Amount, Arguments, Count
from inventory.search import Wish

Transmission = Literal["automatic", "manual", "cvt", "dual_clutch"]
BodyType = Literal["sedan", "hatchback", "suv", "pickup", "minivan", "coupe", "convertible", "wagon", "van"]
Fuel = Literal["gasoline", "diesel", "hybrid", "plug_in_hybrid", "electric"]
Feature = Literal["bluetooth", "car_play"]
# Arguments whose unit stands in their description, and the search's own names.
_NAMES = {
    "price_min": "price_min_mxn",
    "price_max": "price_max_mxn",
    "monthly_max": "monthly_max_mxn",
    "down_payment": "down_payment_mxn",
}
_SEARCHED = frozenset(field.name for field in fields(Wish))


class CarWish(Arguments):
    """The car that is wished for. Null or empty: no wish."""

    makes: list[str] | None = Field(None, description="Makes as the customer wrote them; spelling is mended here.")
    models: list[str] | None = Field(None, description='Models as the customer wrote them, such as "cx5" or "mazda 3".')
    exclude_makes: list[str] | None = Field(None, description="Makes the customer does not want.")
    exclude_models: list[str] | None = Field(None, description="Models the customer does not want.")
    price_min: Amount | None = Field(None, description="Pesos.")
    price_max: Amount | None = Field(None, description="Pesos.")
    year_min: Count | None = None
    year_max: Count | None = None
    mileage_min_km: Count | None = None
    mileage_max_km: Count | None = None
    transmissions: list[Transmission] | None = None
    exclude_transmissions: list[Transmission] | None = None
    body_types: list[BodyType] | None = None
    exclude_body_types: list[BodyType] | None = None
    seats_min: Count | None = None
    fuels: list[Fuel] | None = None
    colours: list[str] | None = None
    features: list[Feature] | None = None
    length_max_mm: Count | None = None
    width_max_mm: Count | None = None
    height_max_mm: Count | None = None

    def wish(self) -> Wish:
        """As the search names it; arguments that are no part of a wish are left out."""
        said = {_NAMES.get(name, name): value for name, value in self if value not in (None, [])}
        wished: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in said.items()
            if name in _SEARCHED
        }
        return Wish(**wished)
