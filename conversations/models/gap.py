"""What customers asked for and could not be told or sold, kept by customer so that it can be counted at once."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conversations.models.customer import Customer
from conversations.models.turn import Turn


class Gap(models.Model):
    """One customer asked for one thing, of one car or of none in particular. Asked again, it is the same row, dated anew."""

    class Kind(models.TextChoices):
        FIELD = "field", _("not recorded")
        TOPIC = "topic", _("text of the dealership that is empty")
        NAME = "name", _("not in stock")
        PRICE = "price", _("price that nothing fits")
        PAYMENT = "payment", _("monthly payment that nothing fits")

    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    name = models.CharField(
        _("asked for"),
        max_length=80,
        help_text=_("A field, a topic, a make or model, or where a range begins, in pesos."),
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="gaps")
    vehicle = models.ForeignKey(
        "inventory.Vehicle", on_delete=models.CASCADE, verbose_name=_("vehicle"), null=True, blank=True
    )
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), null=True, blank=True)
    asked_at = models.DateTimeField(_("last asked"))

    class Meta:
        verbose_name = _("question without an answer")
        verbose_name_plural = _("questions without an answer")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "name", "vehicle"],
                condition=Q(vehicle__isnull=False),
                name="gap_once_of_car",
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "name"], condition=Q(vehicle__isnull=True), name="gap_once"
            ),
        ]
        indexes = [models.Index("kind", F("asked_at").desc(), name="gap_lately")]

    def __str__(self) -> str:
        return self.get_kind_display()
