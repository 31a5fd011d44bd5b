"""Paying otherwise: so much more a month, so much more at once, or over a longer term."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from inventory import financing, for_sale, matching, plan
from inventory.financing import FinancingError
from inventory.for_sale import CHEAPEST_FIRST
from inventory.named import Named
from inventory.nearest import change
from inventory.nearest.change import Change
from inventory.plan import Plan
from inventory.wish import Wish


def changes(asked: Wish, named: Named) -> Iterator[Change]:
    """What would carry the cheapest car that fits otherwise: where it is not carried, no other is."""
    now = plan.of(asked)
    if now is None:
        return
    cheapest = for_sale.first(matching.fitting(replace(asked, monthly_max_mxn=None), named), CHEAPEST_FIRST)
    if cheapest is None:
        return
    found = (
        _more_monthly(asked, named, now, cheapest.price_mxn),
        _more_down(asked, named, now, cheapest.price_mxn),
        _longer(asked, named, now),
    )
    yield from (changed for changed in found if changed)


def _more_monthly(asked: Wish, named: Named, now: Plan, price_mxn: Decimal) -> Change | None:
    if not now.months:
        return None
    try:
        longest = financing.estimate(price_mxn, now.down_payment(price_mxn), now.months[-1], now.terms)
    except FinancingError:
        return None
    after, difference = replace(asked, monthly_max_mxn=longest.monthly_mxn), longest.monthly_mxn - now.monthly_max_mxn
    cars = change.cars(matching.fitting(after, named), after)
    if not cars:
        return None
    return Change(
        field="monthly_max",
        was=now.monthly_max_mxn,
        to=longest.monthly_mxn,
        difference=difference,
        cars=cars,
        weight=float(difference / longest.monthly_mxn),
    )


def _more_down(asked: Wish, named: Named, now: Plan, price_mxn: Decimal) -> Change | None:
    """In pesos, also where a share of the price was said."""
    if not now.months:
        return None
    try:
        to = financing.down_payment_for(price_mxn, now.monthly_max_mxn, now.months[-1], now.terms)
    except FinancingError:
        return None
    was, after = now.down_payment(price_mxn), replace(asked, down_payment_mxn=to, down_payment_share=None)
    cars = change.cars(matching.fitting(after, named), after)
    if not cars:
        return None
    return Change(
        field="down_payment",
        was=was,
        to=to,
        difference=to - was,
        cars=cars,
        weight=float((to - was) / price_mxn),
    )


def _longer(asked: Wish, named: Named, now: Plan) -> Change | None:
    """The next longer term that carries a car; without a longest term every one has been tried."""
    most = asked.months_max
    if most is None:
        return None
    for months in sorted(term for term in now.terms.terms_months if term > most):
        after = replace(asked, months_max=months)
        if cars := change.cars(matching.fitting(after, named), after):
            longer = months - most
            weight = longer / months
            return Change(field="months_max", was=most, to=months, difference=longer, cars=cars, weight=weight)
    return None
