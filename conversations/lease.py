"""The right of one worker to answer one customer, by the database's clock and with a fencing number."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DurationField, F, Q
from django.db.models.functions import Now

from conversations.models import Customer
from inventory import prepared
from inventory.prepared import Gap

_LEASED = {"lease_until": Now() + Gap("lasts", DurationField())}
_FREE = Q(lease_until=None) | Q(lease_until__lt=Now())
_CUSTOMER = Customer.objects.filter(pk=Gap("customer"))
_MINE = _CUSTOMER.filter(fence=Gap("fence"))
_CLAIM = prepared.update(_CUSTOMER.filter(_FREE, due_at__lte=Now()), fence=F("fence") + 1, **_LEASED)
_READ = prepared.select(_CUSTOMER)
_RENEW = prepared.update(_MINE, **_LEASED)
_HOLD = prepared.select(_MINE.select_for_update())
_CLOSE = prepared.update(_MINE, lease_until=None, due_at=None, waiting_since=None)
_PUT_OFF = prepared.update(_MINE, lease_until=None, due_at=Now() + Gap("due_in", DurationField()))


class LeaseLost(Exception):
    """Another worker may answer this customer now: whatever was made under the old lease is thrown away."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """Held until it runs out or is closed; every write of its turn checks the fence. `customer` is as it was when claimed."""

    customer: Customer
    fence: int

    @property
    def customer_id(self) -> int:
        return int(self.customer.pk)

    def renew(self) -> None:
        """Hold it for another full time. Raises LeaseLost."""
        if not _RENEW.run(lasts=_lasts(), **self._mine):
            raise LeaseLost

    def before_call(self) -> None:
        """Renew, then give the connection back."""
        self.renew()
        let_go_of_connection()

    def hold(self) -> Customer:
        """The customer's row, locked until the transaction ends. Raises LeaseLost."""
        customer = _HOLD.first(**self._mine)
        if customer is None:
            raise LeaseLost
        return customer

    def release(self, *, due_in: timedelta | None) -> None:
        """Let go, with the customer due again after that time, or not at all. Raises LeaseLost."""
        if not (_CLOSE.run(**self._mine) if due_in is None else _PUT_OFF.run(due_in=due_in, **self._mine)):
            raise LeaseLost

    @property
    def _mine(self) -> dict[str, int]:
        return {"customer": self.customer_id, "fence": self.fence}


def _lasts() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def let_go_of_connection() -> None:
    """None is held while we wait for someone outside."""
    if not connection.in_atomic_block:
        connection.close()


@transaction.atomic(savepoint=False)
def claim(customer_id: int) -> Lease | None:
    """A lease on a customer who is due and whom no other worker has; else None."""
    if not _CLAIM.run(customer=customer_id, lasts=_lasts()):
        return None
    [customer] = _READ.all(customer=customer_id)
    return Lease(customer=customer, fence=customer.fence)
