"""What a customer can pay, so much a month with so much down, and which prices that carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from inventory import financing
from inventory.financing import Estimate, FinancingError
from inventory.models import CreditTerms, Vehicle
from inventory.models.vehicle import PRICE_MAX_MXN
from inventory.wish import Wish


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Payments within a limit, over the shortest term that keeps them there.

    The down payment is an amount, a share of the price or, where neither is said, the least that the terms ask.
    What the down payment pays whole is within every plan, and needs no term.
    """

    monthly_max_mxn: Decimal
    terms: CreditTerms
    down_payment_mxn: Decimal | None = None
    down_payment_share: Decimal | None = None
    months_max: int | None = None

    @property
    def months(self) -> list[int]:
        """The terms that may be taken, the shortest first."""
        return [term for term in sorted(self.terms.terms_months) if self.months_max is None or term <= self.months_max]

    @property
    def share(self) -> Decimal:
        """The share of the price that is paid down, where no amount is said."""
        said = self.down_payment_share
        return self.terms.minimum_down_payment_share if said is None else said

    def down_payment(self, price_mxn: Decimal) -> Decimal:
        """What is paid at once of this price: never more than it."""
        if self.down_payment_mxn is None:
            return min(price_mxn, financing.share_of(price_mxn, self.share))
        return min(price_mxn, self.down_payment_mxn)

    def highest_price(self) -> Decimal:
        """The most expensive price within the plan."""
        if self.down_payment_mxn is None and self.share >= 1:
            return PRICE_MAX_MXN
        cash = self.down_payment_mxn or financing.ZERO
        return max((self._highest_price(months) for months in self.months), default=cash)

    def estimate(self, price_mxn: Decimal) -> Estimate | None:
        """The financing over the shortest term within the plan; None where the down payment pays it, but for some cents at most."""
        for months in self.months:
            try:
                estimate = financing.estimate(price_mxn, self.down_payment(price_mxn), months, self.terms)
            except FinancingError:
                continue
            if estimate.monthly_mxn <= self.monthly_max_mxn:
                return estimate
        return None

    def estimates(self, vehicles: Iterable[Vehicle]) -> dict[int, Estimate]:
        """By stock id, for those that need financing."""
        made = {vehicle.stock_id: self.estimate(vehicle.price_mxn) for vehicle in vehicles}
        return {stock_id: estimate for stock_id, estimate in made.items() if estimate}

    def _highest_price(self, months: int) -> Decimal:
        if self.down_payment_mxn is not None:
            return financing.highest_price(self.monthly_max_mxn, self.down_payment_mxn, months, self.terms)
        if self.share < self.terms.minimum_down_payment_share:
            return financing.ZERO
        return financing.highest_price_at_share(self.monthly_max_mxn, self.share, months, self.terms)


def of(wish: Wish) -> Plan | None:
    """The plan of a wish that names a monthly payment. Raises FinancingError for a down payment below zero."""
    if wish.monthly_max_mxn is None:
        return None
    down, share = wish.down_payment_mxn, wish.down_payment_share
    for said in (down, share):
        if said is not None and said < 0:
            raise FinancingError("down_payment_negative", f"A down payment of {said:,} is below zero.")
    return Plan(
        monthly_max_mxn=financing.to_the_cent(Decimal(wish.monthly_max_mxn)),
        down_payment_mxn=None if down is None else financing.to_the_cent(Decimal(down)),
        down_payment_share=share,
        months_max=wish.months_max,
        terms=CreditTerms.current(),
    )
