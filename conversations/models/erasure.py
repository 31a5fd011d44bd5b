"""Customers who were erased: that it was done and what it came to, and of them no more than a number."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """One customer erased. What is needed to erase them at Twilio and to search for what is left goes when that is done."""

    customer_number = models.PositiveBigIntegerField(
        _("customer"), help_text=_("The number they had here. Whoever writes again gets another.")
    )
    erased_at = models.DateTimeField(_("erased"), db_default=Now())
    erased_by = models.ForeignKey(
        "auth.User",
        on_delete=models.SET_NULL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Nobody: from the terminal, or because their time was over."),
    )
    erased = models.JSONField(_("what was erased"), default=dict, help_text=_("How many rows of each kind."))
    addresses: "models.JSONField[list[str]]" = models.JSONField(_("addresses at Twilio"), default=list, blank=True)
    words: "models.JSONField[list[str]]" = models.JSONField(_("what is searched for"), default=list, blank=True)
    words_beside: "models.JSONField[list[str]]" = models.JSONField(
        _("what is searched for outside the rows of customers"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
    )
    left: "models.JSONField[list[str]]" = models.JSONField(
        _("found afterwards"),
        default=list,
        blank=True,
        help_text=_("Where the search at the end still found something."),
    )
    finish_at = models.DateTimeField(_("next try"), db_default=Now())
    problem = models.CharField(_("what keeps it from its end"), max_length=255, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering: ClassVar = ["-id"]
        indexes = [models.Index("finish_at", name="erasure_to_finish", condition=Q(finished_at=None))]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(addresses=[], words=[], words_beside=[]),
                name="erasure_finished_keeps_nothing",
            )
        ]

    def __str__(self) -> str:
        return str(_("Customer %(id)s") % {"id": self.customer_number})


class ErasedMessage(models.Model):
    """The SID of an erased customer's message: deleted at Twilio by it, and not taken when Twilio brings it once more."""

    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="messages")
    sid = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.sid
