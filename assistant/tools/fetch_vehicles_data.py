"""The tool that searches the stock."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from assistant.tools.car_wish import CarWish
from assistant.tools.contract import Amount, Asked, Count, ToolError
from assistant.tools.fetch_credit_estimate import refusal
from inventory import search
from inventory.financing import Estimate, FinancingError
from inventory.models import CreditTerms, Vehicle
from inventory.search import Wish
from inventory.vocabulary import Resolution

LIMIT_MOST = 20
DIMENSIONS = ("length", "width", "height")
COMPARED_LEAST, COMPARED_MOST = 2, 4
ABOUT_MOST, ABOUT_CHARACTERS = 5, 40


class VehicleQuery(CarWish):
    """What the customer wishes for. Null or empty: no wish."""

    monthly_max: Amount | None = Field(
        None, description="The most the customer can pay a month, in pesos: only cars that this pays for."
    )
    down_payment: Amount | None = Field(None, description="Pesos down, with monthly_max. Null if given in percent.")
    down_payment_percent: Amount | None = Field(None, description="Percent of the price down, with monthly_max.")
    months_max: Count | None = Field(None, description="The longest term in months, with monthly_max.")
    space_length_mm: Count | None = Field(
        None, description="How long the place is that a car should fit into; each car tells whether it does. No filter."
    )
    space_width_mm: Count | None = Field(None, description="How wide that place is.")
    space_height_mm: Count | None = Field(None, description="How high that place is.")
    stock_ids: list[Count] | None = Field(None, description="Exactly these cars.")
    about: list[str] | None = Field(
        None,
        description=(
            "What the customer asks about these cars: names of fields, such as colour, transmission or length; anything else in a "
            "word or two of Spanish, such as quemacocos. No filter."
        ),
    )
    side_by_side: bool | None = Field(
        None,
        description="True when the customer wants to compare two to four cars: they get a picture with these cars side by side, and the result says so. Tell the main differences, and don't list every field.",
    )
    sort: Literal["price", "-price", "mileage", "-mileage", "year", "-year"] | None = Field(
        None, description="A minus means from high to low. Null: by price, cheapest first."
    )
    limit: int | None = Field(None, ge=1, le=LIMIT_MOST, description="How many to return; 5 unless asked.")
    offset: Count | None = Field(None, description="How many to skip, for more of the same search.")

    @model_validator(mode="after")
    def _payment_is_whole(self) -> "VehicleQuery":
        if self.down_payment is not None and self.down_payment_percent is not None:
            raise ValueError("give down_payment or down_payment_percent, only one of them")
        if self.monthly_max is None and (self.down_payment or self.down_payment_percent or self.months_max):
            raise ValueError("down_payment, down_payment_percent and months_max are said with monthly_max: ask for it")
        return self

    def wish(self) -> Wish:
        """Also the down payment that is said in percent."""
        wished = super().wish()
        if self.down_payment_percent is None:
            return wished
        return replace(wished, down_payment_share=self.down_payment_percent / 100)


def fetch_vehicles_data(query: VehicleQuery, asked: Asked) -> dict[str, Any]:
    """Search the cars that are for sale now. Returns how many match in all ("total"; with "is_more" there are more than that) and the first of them. "read_as" says which make or model was understood; "absent" names what this dealership does not have; "unclear" names candidates: ask the customer which. "read_from_trim" names fields that are not recorded but can be told from the trim. Name in "about" what the customer asks of the cars. A field that is missing in a car, or under "not_recorded", is not recorded: that never means no. With monthly_max each car has the shortest term ("months") and its payment ("monthly"); a car without them is paid whole by the down payment. When nothing matches, "nearest" has the smallest single changes after which something does."""
    try:
        found = search.find(query.wish())
    except FinancingError as e:
        raise ToolError(refusal(e)) from e
    space = {name: getattr(query, f"space_{name}_mm") for name in DIMENSIONS}
    about = [name.strip()[:ABOUT_CHARACTERS] for name in (query.about or ())[:ABOUT_MOST]]
    told = as_data(found, {name: size for name, size in space.items() if size is not None}, about)
    if query.side_by_side:
        told |= _side_by_side(told)
    if found.payments or any(change.cars.payments for change in found.nearest):
        terms = CreditTerms.current()
        told["annual_rate_percent"] = terms.annual_rate_percent
        told["assumptions"] = terms.assumptions_in(asked.language)
    return told


def _side_by_side(told: dict[str, Any]) -> dict[str, Any]:
    """Whether what was found is sent as a picture: as many cars as a phone shows beside one another, and all there are."""
    shown = len(told["vehicles"])
    if shown == told["total"] and COMPARED_LEAST <= shown <= COMPARED_MOST:
        return {"comparison_sent_as": "a picture, together with your answer"}
    return {"comparison": "only of two to four cars: ask the customer which ones, and name them by stock_ids"}


def as_data(found: search.Found, space_mm: dict[str, int], about: list[str]) -> dict[str, Any]:
    """The result as the model gets it: what is not recorded is left out and, where it was asked about, named so."""
    rows = [_with_blanks(as_row(vehicle), about) | _fits(vehicle, space_mm) for vehicle in found.vehicles]
    data = _counted(found) | {"vehicles": _with_payments(rows, found.payments)}
    if found.nearest:
        data["nearest"] = [_change(change) for change in found.nearest]
    if found.read_as:
        data["read_as"] = [{"written": r.written, "make": r.make, "model": r.model} for r in found.read_as]
    if found.absent:
        data["absent"] = [_name(resolution) for resolution in found.absent]
    if found.unclear:
        data["unclear"] = [{"written": u.written, "candidates": _candidates(u)} for u in found.unclear]
    if found.unavailable:
        data["unavailable"] = {str(stock_id): status for stock_id, status in found.unavailable.items()}
    if found.not_recorded:
        data["not_recorded"] = list(found.not_recorded)
    return data


def _counted(found: search.Found | search.Cars) -> dict[str, Any]:
    return {"total": found.total, "is_more": True} if found.is_more else {"total": found.total}


def _with_payments(rows: list[dict[str, Any]], payments: Mapping[int, Estimate]) -> list[dict[str, Any]]:
    """The rows, each with the term and payment that fit, and the down payment they go with."""
    return [row | _payment(payments[row["stock_id"]]) if row["stock_id"] in payments else row for row in rows]


def _payment(estimate: Estimate) -> dict[str, Any]:
    return {
        "months": estimate.months,
        "monthly": str(estimate.monthly_mxn),
        "down_payment": str(estimate.down_payment_mxn),
    }


def _with_blanks(row: dict[str, Any], about: list[str]) -> dict[str, Any]:
    """The row, naming what was asked about and is not recorded; what is no field is recorded of no car."""
    blank = [name for name in about if name and not row.keys() & {name, f"{name}_mm", f"{name}_km"}]
    return row | {"not_recorded": blank} if blank else row


def _fits(vehicle: Vehicle, space_mm: dict[str, int]) -> dict[str, Any]:
    """Whether the car fits into the place that was asked about, and by how much."""
    fits: dict[str, Any] = {}
    for name, space in space_mm.items():
        size = getattr(vehicle, f"{name}_mm")
        fits[name] = "not_recorded" if size is None else {"fits": size <= space, "margin_mm": abs(space - size)}
    return {"fits": fits} if fits else {}


def _change(change: search.Change) -> dict[str, Any]:
    """One change of the wish, from what to what, with the cheapest cars that then fit."""
    told: dict[str, Any] = {"change": change.field, "to": _plain(change.to), **_counted(change.cars)}
    if change.difference is not None:
        told["by"] = _plain(change.difference)
    rows = [as_row(vehicle) for vehicle in change.cars.vehicles]
    return told | {"vehicles": _with_payments(rows, change.cars.payments)}


def _plain(value: Any) -> Any:
    """A value as JSON has it: money as text, exact."""
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _name(resolution: Resolution) -> str:
    """An absent name as it is written elsewhere; as the customer wrote it where nobody knows it."""
    return _full(resolution.make, resolution.model) or resolution.written


def _full(make: str | None, model: str | None) -> str:
    """ "Honda Civic", and "Mazda 2" rather than "Mazda Mazda 2"."""
    names_make = bool(make and model and model.casefold().startswith(make.casefold()))
    return " ".join(filter(None, (None if names_make else make, model)))


def _candidates(unclear: Resolution) -> list[str]:
    """The likeliest reading and its alternatives."""
    names = (unclear.name, *unclear.alternatives)
    return list(dict.fromkeys(_full(name.make, name.model) for name in names if name))


def as_row(vehicle: Vehicle) -> dict[str, Any]:
    """One car, in as few words as it takes; what was read from the trim and is not recorded is named so."""
    row = {
        "stock_id": vehicle.stock_id,
        "make": vehicle.make,
        "model": vehicle.model,
        "name": vehicle.name,
        "year": vehicle.year,
        "trim": vehicle.trim,
        "price": str(vehicle.price_mxn),
        "mileage_km": vehicle.mileage_km,
        "transmission": vehicle.transmission_read,
        "body_type": vehicle.body_type_read,
        "fuel": vehicle.fuel,
        "seats": vehicle.seats_read,
        "colour": vehicle.colour,
        "location": vehicle.location,
        "bluetooth": vehicle.has_bluetooth,
        "car_play": vehicle.has_car_play,
        "length_mm": vehicle.length_mm,
        "width_mm": vehicle.width_mm,
        "height_mm": vehicle.height_mm,
    }
    told = {name: value for name, value in row.items() if value not in (None, "")}
    read = {
        "transmission": vehicle.transmission_is_read,
        "body_type": vehicle.body_type_is_read,
        "seats": vehicle.seats_are_read,
    }
    if any(read.values()):
        told["read_from_trim"] = [name for name, is_read in read.items() if is_read]
    return told
