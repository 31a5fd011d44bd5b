"""Quotes: estimates that customers were told, kept as they were told."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.customer import Customer
from conversations.models.turn import Turn
from inventory import financing
from inventory.financing import Estimate, Instalment


class Quote(models.Model):
    """What one financing of one car came to. An estimate while price and stock last: the car's price may be another by now."""

    folio = models.CharField(_("folio"), max_length=40, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="quotes")
    turn = models.ForeignKey(
        Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), related_name="quotes", null=True, blank=True
    )
    vehicle = models.ForeignKey(
        "inventory.Vehicle", on_delete=models.SET_NULL, verbose_name=_("vehicle"), null=True, blank=True
    )
    stock_id = models.PositiveIntegerField(_("stock id"))
    car = models.CharField(_("car"), max_length=160)
    price_mxn = models.DecimalField(_("price, MXN"), max_digits=12, decimal_places=2)
    down_payment_mxn = models.DecimalField(_("down payment, MXN"), max_digits=12, decimal_places=2)
    months = models.PositiveSmallIntegerField(_("term, months"))
    annual_rate = models.DecimalField(_("annual rate"), max_digits=7, decimal_places=6)
    monthly_mxn = models.DecimalField(_("monthly payment, MXN"), max_digits=12, decimal_places=2)
    last_payment_mxn = models.DecimalField(_("last payment, MXN"), max_digits=12, decimal_places=2)
    interest_total_mxn = models.DecimalField(_("interest, MXN"), max_digits=12, decimal_places=2)
    assumptions = models.TextField(_("assumptions"))
    language = models.CharField(_("language"), max_length=2)
    made_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        indexes = [models.Index("customer", F("made_at").desc(), name="quote_of_customer")]
        constraints = [
            models.CheckConstraint(
                condition=Q(down_payment_mxn__gte=0, down_payment_mxn__lt=F("price_mxn")), name="quote_down_payment"
            )
        ]

    def __str__(self) -> str:
        return self.folio

    @property
    def estimate(self) -> Estimate:
        """The figures as they were."""
        return Estimate(
            price_mxn=self.price_mxn,
            down_payment_mxn=self.down_payment_mxn,
            amount_financed_mxn=self.price_mxn - self.down_payment_mxn,
            months=self.months,
            annual_rate=self.annual_rate,
            monthly_mxn=self.monthly_mxn,
            last_payment_mxn=self.last_payment_mxn,
            interest_total_mxn=self.interest_total_mxn,
            total_with_down_mxn=self.price_mxn + self.interest_total_mxn,
        )

    @property
    def schedule(self) -> list[Instalment]:
        """One line a month; the last one's balance is 0.00."""
        return financing.schedule(self.estimate)
