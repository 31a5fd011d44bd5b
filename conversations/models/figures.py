"""The figures of a day, rolled up once it is over: a million messages are not counted anew for every look."""

from decimal import Decimal

from django.db import models
from django.utils import formats
from django.utils.translation import gettext_lazy as _


class DailyFigures(models.Model):
    """One day of the dealership's time zone. The rates are those that held when the day was first rolled up."""

    day = models.DateField(_("day"), unique=True)
    conversations = models.PositiveIntegerField(_("conversations"), default=0)
    without_person = models.PositiveIntegerField(_("answered without a person"), default=0)
    handed_off = models.PositiveIntegerField(_("handed to a person"), default=0)
    visits = models.PositiveIntegerField(_("visits"), default=0)
    visits_done = models.PositiveIntegerField(_("visits that took place"), default=0)
    visits_missed = models.PositiveIntegerField(_("did not come"), default=0)
    leads = models.PositiveIntegerField(_("leads"), default=0)
    failed_turns = models.PositiveIntegerField(_("not answered"), default=0)
    failed_messages = models.PositiveIntegerField(_("not delivered"), default=0)
    blocked = models.PositiveIntegerField(_("withheld by the guardrails"), default=0)
    # How many took so many seconds: with these, medians of many days are exact.
    reply_seconds = models.JSONField(_("seconds until the first reply"), default=dict)
    wait_seconds = models.JSONField(_("seconds until a person took it"), default=dict)

    messages_in = models.PositiveIntegerField(_("messages received"), default=0)
    messages_out = models.PositiveIntegerField(_("messages sent"), default=0)
    delivered = models.PositiveIntegerField(_("messages delivered"), default=0)
    templates = models.PositiveIntegerField(_("templates among them"), default=0, db_default=0)
    model_mxn = models.DecimalField(_("language model, MXN"), max_digits=14, decimal_places=6, default=Decimal(0))
    whatsapp_message_mxn = models.DecimalField(
        _("a message by WhatsApp, MXN"), max_digits=14, decimal_places=4, default=Decimal(0)
    )
    template_mxn = models.DecimalField(
        _("an approved template, MXN"),
        max_digits=14,
        decimal_places=4,
        default=Decimal(0),
        db_default=Decimal(0),
    )
    twilio_in_mxn = models.DecimalField(
        _("a message received through Twilio, MXN"), max_digits=14, decimal_places=4, default=Decimal(0)
    )
    twilio_out_mxn = models.DecimalField(
        _("a message sent through Twilio, MXN"), max_digits=14, decimal_places=4, default=Decimal(0)
    )
    counted_at = models.DateTimeField(_("counted"), auto_now=True)

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures by day")
        ordering = ("-day",)

    def __str__(self) -> str:
        return formats.date_format(self.day)

    @property
    def whatsapp_mxn(self) -> Decimal:
        """Meta bills what is delivered, templates at a rate of their own."""
        return (self.delivered - self.templates) * self.whatsapp_message_mxn + self.templates * self.template_mxn

    @property
    def twilio_mxn(self) -> Decimal:
        """Twilio bills what it carries, either way."""
        return self.messages_in * self.twilio_in_mxn + self.messages_out * self.twilio_out_mxn
