"""Which cars for sale fit a wish whose names have been read."""

from django.db.models import Q

from inventory import plan, wish
from inventory.models import Vehicle, VehicleQuerySet
from inventory.named import Named
from inventory.wish import Wish

# Nobody reads on; counting a million cars would take longer than finding five.
COUNTED_MOST = 1_000


def fitting(asked: Wish, named: Named) -> VehicleQuerySet:
    """Those that fit everything asked."""
    return certain(asked, named).filter(*(condition.fits for condition in wish.conditions(asked)))


def possible(asked: Wish, named: Named) -> VehicleQuerySet:
    """Those to which nothing that is recorded stands in the way."""
    return certain(asked, named).filter(
        *(condition.fits | condition.not_recorded for condition in wish.conditions(asked))
    )


def certain(asked: Wish, named: Named) -> VehicleQuerySet:
    """Those that fit in what every vehicle has: name, price (and so the payment), year and mileage."""
    found = Vehicle.objects.for_sale().filter(named.fits, wish.limits(asked), _affordable(asked))
    return found.filter(stock_id__in=asked.stock_ids) if asked.stock_ids else found


def _affordable(asked: Wish) -> Q:
    payments = plan.of(asked)
    return Q(price_mxn__lte=payments.highest_price()) if payments else Q()


def count(found: VehicleQuerySet) -> tuple[int, bool]:
    """How many these are, at most COUNTED_MOST, and whether there are more."""
    counted = found.order_by().values("pk")[: COUNTED_MOST + 1].count()
    return min(counted, COUNTED_MOST), counted > COUNTED_MOST
