"""Cars that changed between an answer and its sending: sold, reserved, withdrawn, or priced anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from assistant.sentences import pesos, say
from inventory import standing
from inventory.kinds import Status
from inventory.models import Vehicle


@dataclass(frozen=True, kw_only=True)
class Change:
    """What has become of a car. `price_mxn` is what it costs now, None if it is not for sale any more."""

    stock_id: int
    car: str
    status: str
    price_mxn: Decimal | None

    def told(self, language: str) -> str:
        """The change in a sentence for the customer."""
        if self.price_mxn is None:
            return say(language, f"changed_{self.status}", car=self.car, stock_id=self.stock_id)
        return say(language, "changed_price", car=self.car, stock_id=self.stock_id, price=pesos(self.price_mxn))

    def noted(self) -> str:
        """The change for a language model."""
        now = self.status if self.price_mxn is None else f"priced at {self.price_mxn}"
        return f"The car with stock id {self.stock_id} is {now} now, since you looked it up: look again."


def changes(cars: Mapping[str, str] | Mapping[int, Decimal]) -> list[Change]:
    """Of these cars, by stock id with the price that was said, those for which it no longer holds."""
    said = {int(stock_id): Decimal(price) for stock_id, price in cars.items()}
    if not said:
        return []
    now = standing.of(said)
    changed = [stock_id for stock_id, price in said.items() if now.get(stock_id) != (Status.AVAILABLE, price)]
    vehicles = Vehicle.objects.in_bulk(changed, field_name="stock_id") if changed else {}
    return [_change(stock_id, vehicles.get(stock_id)) for stock_id in changed]


def _change(stock_id: int, vehicle: Vehicle | None) -> Change:
    is_for_sale = vehicle is not None and vehicle.status == Status.AVAILABLE
    return Change(
        stock_id=stock_id,
        car=f"{vehicle.name} {vehicle.year}" if vehicle else "",
        status=vehicle.status if vehicle else Status.WITHDRAWN,
        price_mxn=vehicle.price_mxn if vehicle and is_for_sale else None,
    )
