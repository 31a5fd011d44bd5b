"""The right of one worker to answer one customer, by the database's clock and with a fencing number."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from conversations.models import Customer


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
        changed = self._mine().update(lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS))
        if not changed:
            raise LeaseLost

    def before_call(self) -> None:
        """Renew, then give the connection back."""
        self.renew()
        let_go_of_connection()

    def hold(self) -> Customer:
        """The customer's row, locked until the transaction ends. Raises LeaseLost."""
        customer = self._mine().select_for_update().first()
        if customer is None:
            raise LeaseLost
        return customer

    def release(self, *, due_in: timedelta | None) -> None:
        """Let go, with the customer due again after that time, or not at all. Raises LeaseLost."""
        due_at = None if due_in is None else Now() + due_in
        waiting = {} if due_in is not None else {"waiting_since": None}
        if not self._mine().update(lease_until=None, due_at=due_at, **waiting):
            raise LeaseLost

    def _mine(self) -> models.QuerySet[Customer]:
        return Customer.objects.filter(pk=self.customer_id, fence=self.fence)


def let_go_of_connection() -> None:
    """None is held while we wait for someone outside."""
    if not connection.in_atomic_block:
        connection.close()


@transaction.atomic(savepoint=False)
def claim(customer_id: int) -> Lease | None:
    """A lease on a customer who is due and whom no other worker has; else None."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    claimed = Customer.objects.filter(free, pk=customer_id, due_at__lte=Now()).update(
        lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS), fence=F("fence") + 1
    )
    if not claimed:
        return None
    customer = Customer.objects.get(pk=customer_id)
    return Lease(customer=customer, fence=customer.fence)
