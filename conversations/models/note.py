"""What staff tell each other about a customer."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.customer import Customer


class Note(models.Model):
    """A member of staff's note beside a conversation: neither the customer nor a model ever sees it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="notes")
    user = models.ForeignKey(
        "auth.User", on_delete=models.SET_NULL, verbose_name=_("written by"), null=True, related_name="+"
    )
    text = models.TextField(_("text"), max_length=4000)
    created_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index("customer", "created_at", name="note_of_customer")]

    def __str__(self) -> str:
        return self.text[:60]
