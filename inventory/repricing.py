"""Many prices at once: what each would become, and the change itself, whole or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_update_with_history

from inventory.financing import CENT
from inventory.models import Vehicle
from inventory.models.vehicle import PRICE_MAX_MXN

# A page that somebody can still read, and a transaction that keeps nobody waiting.
MOST_AT_ONCE = 1000
# What was agreed with somebody is changed on the car's own page only.
AGREED = frozenset({Vehicle.Status.RESERVED, Vehicle.Status.SOLD})


class By(TextChoices):
    """What the figure of a change is."""

    PERCENT = "percent", _("Percent")
    AMOUNT = "amount", _("Pesos")


class Kept(TextChoices):
    """Why a price stays as it is."""

    AGREED = "agreed", _("reserved or sold: the price that was agreed stays")
    OUTSIDE = "outside", _("stays: a price must be above 0 and below 100 million")
    SAME = "same", _("stays the same")


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """Up, or down if `figure` is negative; the result is rounded half-up to a multiple of `step_mxn`."""

    by: By
    figure: Decimal
    step_mxn: Decimal = CENT

    def of(self, price_mxn: Decimal) -> Decimal:
        """The price that it makes of this one."""
        added = price_mxn * self.figure / 100 if self.by == By.PERCENT else self.figure
        steps = ((price_mxn + added) / self.step_mxn).quantize(Decimal(1), ROUND_HALF_UP)
        return (steps * self.step_mxn).quantize(CENT)


@dataclass(frozen=True, kw_only=True)
class Repricing:
    """One car's price before and after; `kept` tells why it stays."""

    vehicle: Vehicle
    before_mxn: Decimal
    after_mxn: Decimal
    kept: Kept | None

    @property
    def difference_mxn(self) -> Decimal:
        """Below zero when it gets cheaper."""
        return self.after_mxn - self.before_mxn


class ChangedMeanwhile(Exception):
    """Cars were saved or deleted since they were looked at. Nothing has been changed."""

    def __init__(self, vehicles: list[Vehicle]) -> None:
        super().__init__()
        self.vehicles = vehicles


def plan(vehicles: Iterable[Vehicle], change: PriceChange) -> list[Repricing]:
    """What the change would do to each."""
    return [_repricing(vehicle, change) for vehicle in vehicles]


def _repricing(vehicle: Vehicle, change: PriceChange) -> Repricing:
    before, after = vehicle.price_mxn, change.of(vehicle.price_mxn)
    kept = None
    if vehicle.status in AGREED:
        kept = Kept.AGREED
    elif not 0 < after < PRICE_MAX_MXN:
        kept = Kept.OUTSIDE
    elif after == before:
        kept = Kept.SAME
    return Repricing(vehicle=vehicle, before_mxn=before, after_mxn=before if kept else after, kept=kept)


@transaction.atomic
def carry_out(
    change: PriceChange, seen: Mapping[int, datetime], *, user: AbstractBaseUser, reason: str
) -> list[Vehicle]:
    """Change the prices of the cars that were seen, each as it was saved at that time; those that changed. Raises ChangedMeanwhile."""
    vehicles = list(Vehicle.objects.select_for_update().filter(pk__in=seen).order_by("pk"))
    other = [vehicle for vehicle in vehicles if vehicle.updated_at != seen[vehicle.pk]]
    if other or len(vehicles) != len(seen):
        raise ChangedMeanwhile(other)
    changed = [repricing for repricing in plan(vehicles, change) if repricing.kept is None]
    now = timezone.now()
    for repricing in changed:
        repricing.vehicle.price_mxn = repricing.after_mxn
        repricing.vehicle.updated_at = now
    repriced = [repricing.vehicle for repricing in changed]
    bulk_update_with_history(
        repriced,
        Vehicle,
        ["price_mxn", "updated_at"],
        batch_size=500,
        default_user=user,
        default_change_reason=reason,
        default_date=now,
    )
    return repriced
