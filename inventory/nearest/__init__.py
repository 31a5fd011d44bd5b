"""When nothing fits a wish: the smallest changes of it, each in one thing alone, after which something in stock does."""

from inventory.named import Named
from inventory.nearest import kinds, limits, models, payments
from inventory.nearest.change import NOT_RECORDED, WITHOUT, Cars, Change
from inventory.wish import Wish

__all__ = ("NOT_RECORDED", "WITHOUT", "Cars", "Change", "changes")

CHANGES_MOST = 3


def changes(asked: Wish, named: Named) -> tuple[Change, ...]:
    """At most three, the lightest first: of each thing the smallest alone, so that none is worse than another in every way."""
    found = [
        *limits.changes(asked, named),
        *kinds.changes(asked, named),
        *payments.changes(asked, named),
        *models.changes(asked, named),
    ]
    return tuple(sorted(found, key=lambda change: change.weight)[:CHANGES_MOST])
