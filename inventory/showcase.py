"""What a car costs a month where nobody has said how much they put down: as lists of cars show it."""

from dataclasses import dataclass
from decimal import Decimal

from inventory import assumptions, financing
from inventory.models import CreditTerms

# Where the terms ask for none, this much is put down.
USUAL_SHARE = Decimal("0.20")


@dataclass(frozen=True, kw_only=True)
class Showcase:
    """Terms on which every car of a list is shown: the least down payment and the longest term."""

    terms: CreditTerms
    share: Decimal
    months: int

    @classmethod
    def current(cls) -> "Showcase":
        """On the terms of this moment."""
        terms = CreditTerms.current()
        share = terms.minimum_down_payment_share or USUAL_SHARE
        return cls(terms=terms, share=share, months=max(terms.terms_months))

    @property
    def share_percent(self) -> str:
        """ "20" or "12.5" """
        return assumptions.percent(self.share)

    def monthly(self, price_mxn: Decimal) -> Decimal | None:
        """The monthly payment, or None where the terms do not allow any."""
        down = financing.share_of(price_mxn, self.share)
        try:
            return financing.estimate(price_mxn, down, self.months, self.terms).monthly_mxn
        except financing.FinancingError:
            return None
