"""Where cars stand at this moment: their status and what they cost."""

from collections.abc import Collection
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from inventory import prepared
from inventory.models import Vehicle
from inventory.prepared import Gap, Select


class Standing(NamedTuple):
    """One car's. It is for sale if it is available, and at no other price."""

    status: str
    price_mxn: Decimal


def of(stock_ids: Collection[int]) -> dict[int, Standing]:
    """Of each of these that there is."""
    if not stock_ids:
        return {}
    named = list(stock_ids)
    # So that a few statements do for any number of cars, the last one is named as often as it takes.
    size = 1 << (len(named) - 1).bit_length()
    named += named[-1:] * (size - len(named))
    rows = _standing(size).rows(**{f"car{n}": stock_id for n, stock_id in enumerate(named)})
    return {stock_id: Standing(status, price_mxn) for stock_id, status, price_mxn in rows}


@cache
def _standing(cars: int) -> Select[Vehicle]:
    named = Vehicle.objects.filter(stock_id__in=[Gap(f"car{n}") for n in range(cars)])
    return prepared.select(named.values_list("stock_id", "status", "price_mxn"))
