"""Cars that customers wait for: what the last look has seen in the stock, and which cars have come for whom."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.commitment import Lead


class Arrival(models.Model):
    """A car that came for sale and that somebody had asked to be told of; once for each car and lead."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, verbose_name=_("lead"), related_name="arrivals")
    vehicle = models.ForeignKey("inventory.Vehicle", on_delete=models.CASCADE, verbose_name=_("vehicle"))
    found_at = models.DateTimeField(_("found"), db_default=Now())

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        constraints = [models.UniqueConstraint(fields=["lead", "vehicle"], name="arrival_once")]

    def __str__(self) -> str:
        return str(self.vehicle)


class SeenForSale(models.Model):
    """A car that was for sale at the last look. What is for sale and not here has come since, by whatever way."""

    vehicle = models.OneToOneField(
        "inventory.Vehicle", on_delete=models.CASCADE, verbose_name=_("vehicle"), primary_key=True, related_name="+"
    )

    class Meta:
        verbose_name = _("car seen for sale")
        verbose_name_plural = _("cars seen for sale")

    def __str__(self) -> str:
        return str(self.vehicle)
