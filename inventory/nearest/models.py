"""Another model: of the same body type and nearest in price to the one that is not there."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from django.db.models import Q

from inventory import for_sale, matching, plan, readings
from inventory.for_sale import CHEAPEST_FIRST
from inventory.models import Vehicle
from inventory.named import Named
from inventory.nearest import change
from inventory.nearest.change import Change
from inventory.wish import Wish

# Heavier than most: it is not what was asked for.
_WEIGHT = 0.5


def changes(asked: Wish, named: Named) -> Iterator[Change]:
    """One, where names are wanted and anything is known of them to be near to: their body type, their price or a limit of it."""
    known = [name for name in named.wanted if name.is_sure and name.make]
    if not known or asked.stock_ids:
        return
    bodies, price = _bodies(named), _price(asked, named)
    after = replace(asked, makes=(), models=())
    fitting = matching.fitting(after, replace(named, wanted=()))
    if bodies:
        fitting &= Q(body_type_read__in=sorted(bodies))
    elif price is None:
        return
    if near := _near(fitting, price):
        was = tuple(" ".join(filter(None, (name.make, name.model))) for name in known)
        if cars := change.cars(Q(fitting, make=near.make, model=near.model), after):
            yield Change(field="model", was=was, to=near.name, cars=cars, weight=_WEIGHT)


def _bodies(named: Named) -> set[str]:
    """What bodies the wanted models have: those in stock, or else what such a model usually has."""
    usual = {readings.body_type(name.make, name.model, "") for name in named.wanted if name.make and name.model}
    return for_sale.bodies(named.fits) or usual - {""}


def _price(asked: Wish, named: Named) -> Decimal | None:
    """What the cheapest of the wanted models in stock costs, or else what the customer would spend."""
    held = for_sale.first(named.fits, CHEAPEST_FIRST)
    if held:
        return held.price_mxn
    payments = plan.of(asked)
    spent = asked.price_max_mxn or (payments.highest_price() if payments else asked.price_min_mxn)
    return Decimal(spent) if spent else None


def _near(fitting: Q, price: Decimal | None) -> Vehicle | None:
    """The car nearest in price, the cheaper of two as near; the cheapest where there is no price."""
    if price is None:
        return for_sale.first(fitting, CHEAPEST_FIRST)
    below = for_sale.first(Q(fitting, price_mxn__lte=price), ("-price_mxn", "stock_id"))
    above = for_sale.first(Q(fitting, price_mxn__gt=price), CHEAPEST_FIRST)
    both = [car for car in (below, above) if car]
    return min(both, key=lambda car: abs(car.price_mxn - price), default=None)
