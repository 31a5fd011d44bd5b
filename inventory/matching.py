"""What has to hold of a car for sale that fits a wish whose names have been read."""

from django.db.models import Q

from inventory import plan, wish
from inventory.named import Named
from inventory.wish import Wish


def fitting(asked: Wish, named: Named) -> Q:
    """It fits everything asked."""
    return Q(certain(asked, named), *(condition.fits for condition in wish.conditions(asked, named.colours)))


def possible(asked: Wish, named: Named) -> Q:
    """Nothing that is recorded stands in the way."""
    conditions = wish.conditions(asked, named.colours)
    return Q(certain(asked, named), *(condition.fits | condition.not_recorded for condition in conditions))


def certain(asked: Wish, named: Named) -> Q:
    """It fits in what every vehicle has: name, price (and so the payment), year and mileage."""
    found = Q(named.fits, wish.limits(asked), _affordable(asked))
    return found & Q(stock_id__in=asked.stock_ids) if asked.stock_ids else found


def _affordable(asked: Wish) -> Q:
    payments = plan.of(asked)
    return Q(price_mxn__lte=payments.highest_price()) if payments else Q()
