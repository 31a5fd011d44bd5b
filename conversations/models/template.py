"""Templates that WhatsApp approved: with one of them the dealership may write when a customer's 24 hours are over."""

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# The one thing that is filled in: the customer's name.
NAME_GAP = "{{1}}"


class Template(models.Model):
    """One template as Twilio knows it, with the words that WhatsApp approved: staff see what they send, and it is kept as said."""

    class Language(models.TextChoices):
        SPANISH = "es", _("Spanish")
        ENGLISH = "en", _("English")

    name = models.CharField(_("name"), max_length=60, unique=True, help_text=_("What staff know it by."))
    sid = models.CharField(
        _("Content SID"),
        max_length=34,
        unique=True,
        validators=[
            RegexValidator(r"^HX[0-9a-f]{32}$", _("HX and 32 digits, as Twilio's Content Template Builder shows."))
        ],
        help_text=_("From Twilio's Content Template Builder, once WhatsApp has approved it: HX…"),
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=Language,
        default=Language.SPANISH,
        help_text=_("It is offered for customers who write in it."),
    )
    text = models.TextField(
        _("text"),
        max_length=1024,
        help_text=_(
            "The very words that were approved. {{1}} stands for the customer's name; there may be no other gap."
        ),
    )

    class Meta:
        verbose_name = _("WhatsApp template")
        verbose_name_plural = _("WhatsApp templates")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if re.search(r"\{\{(?!1\}\})", self.text):
            raise ValidationError({"text": _("Only {{1}}, the customer's name, can be filled in.")})

    def said(self, customer: str) -> str:
        """Its words to the customer of this name."""
        return self.text.replace(NAME_GAP, customer)

    def filled(self, customer: str) -> dict[str, Any]:
        """What goes to Twilio: the template and what its gap holds."""
        return {"sid": self.sid, "variables": {"1": customer} if NAME_GAP in self.text else {}}
