"""The agents that answered, each as it was, and what the dealership says of itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Agent(models.Model):
    """One distinct set of name, model, instructions, tools and settings. Never changed: another set is another agent."""

    name = models.CharField(_("name"), max_length=80)
    model = models.CharField(_("model"), max_length=80)
    instructions = models.TextField(_("instructions"))
    tools = models.JSONField(_("tools"))
    settings = models.JSONField(_("settings"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("first used"), db_default=Now())

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.fingerprint[:8]} ({self.model})"


class DealershipText(models.Model):
    """What customers may be told about the dealership, one topic a row. What is not here is not known."""

    class Topic(models.TextChoices):
        NAME = "name", _("name of the dealership")
        ADDRESS = "address", _("address")
        HOURS = "hours", _("opening hours")
        PHONE = "phone", _("phone")
        WARRANTY = "warranty", _("warranty")
        RETURNS = "returns", _("returns")
        DOCUMENTS = "documents", _("documents for a credit")
        PAYMENT_METHODS = "payment_methods", _("ways to pay")
        CREDIT = "credit", _("credit conditions")
        TRADE_IN = "trade_in", _("cars taken in part exchange")
        TEST_DRIVE = "test_drive", _("test drives")
        DELIVERY = "delivery", _("delivery")
        PRIVACY = "privacy", _("privacy notice")
        ABOUT = "about", _("about the dealership")

    topic = models.CharField(_("topic"), max_length=16, choices=Topic, unique=True)
    spanish = models.TextField(
        _("in Spanish"), blank=True, help_text=_("Empty: not known; customers are offered a person.")
    )
    english = models.TextField(_("in English"), blank=True, help_text=_("Empty: customers get the Spanish text."))
    is_example = models.BooleanField(
        _("still the example"),
        default=False,
        help_text=_("Karlos came with this text. Write your own and take this mark away."),
    )

    class Meta:
        verbose_name = _("dealership text")
        verbose_name_plural = _("dealership texts")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.get_topic_display()


class OpeningHours(models.Model):
    """When the dealership is open, one row for each day of the week that it is. Visits are noted within these hours."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday, unique=True)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering: ClassVar = ["weekday"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__lt=models.F("closes")),
                name="opening_hours_in_order",
                violation_error_message=_("It must open before it closes."),
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"
