"""Messages in and out, and how far each has come."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.customer import Customer
from conversations.models.turn import Turn


class Message(models.Model):
    """One message, in or out. `handling` tells how far one that came in has got, `delivery` one that goes out."""

    class Author(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        ASSISTANT = "assistant", _("assistant")
        STAFF = "staff", _("staff")

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        BUTTON = "button", _("button")
        LOCATION = "location", _("location")
        IMAGE = "image", _("picture")
        AUDIO = "audio", _("voice note")
        VIDEO = "video", _("video")
        STICKER = "sticker", _("sticker")
        DOCUMENT = "document", _("document")
        CONTACT = "contact", _("contact")
        REACTION = "reaction", _("reaction")
        OTHER = "other", _("other")

    class Handling(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ANSWERED = "answered", _("answered")
        WITH_PERSON = "with_person", _("handed to a person")
        SILENCED = "silenced", _("customer opted out")
        FAILED = "failed", _("failed")

    class Delivery(models.TextChoices):
        PROPOSED = "proposed", _("to be approved")
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        UNKNOWN = "unknown", _("not known yet")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        READ = "read", _("read")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, verbose_name=_("customer"), related_name="messages"
    )
    turn = models.ForeignKey(
        Turn, on_delete=models.SET_NULL, verbose_name=_("turn"), related_name="messages", null=True, blank=True
    )
    author = models.CharField(_("author"), max_length=9, choices=Author)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TEXT)
    text = models.TextField(_("text"), blank=True)
    details = models.JSONField(
        _("details"), default=dict, blank=True, help_text=_("Ad, location, button, media: what came beside the text.")
    )
    sid = models.CharField(_("SID"), max_length=64, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("when"), db_default=Now())

    handling = models.CharField(_("handling"), max_length=11, choices=Handling, blank=True)

    part = models.PositiveSmallIntegerField(_("part"), default=0)
    model = models.CharField(_("written by"), max_length=80, blank=True)
    cars = models.JSONField(
        _("cars"), default=dict, blank=True, help_text=_("Stock ids of the cars named in it, with their prices then.")
    )
    media = models.CharField(
        _("media"),
        max_length=255,
        blank=True,
        help_text=_("A document sent in place of a text, or a picture whose caption the text is: its path here."),
    )
    is_notice = models.BooleanField(
        _("notice"), default=False, help_text=_("Goes out even to someone who opted out or is with a person.")
    )
    user = models.ForeignKey(
        "auth.User",
        on_delete=models.SET_NULL,
        verbose_name=_("member of staff"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Who wrote it or, of Karlos's words, approved them."),
    )
    delivery = models.CharField(_("delivery"), max_length=9, choices=Delivery, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    looks = models.PositiveSmallIntegerField(
        _("looks"), default=0, help_text=_("How often Twilio's list was searched for it.")
    )
    sending_at = models.DateTimeField(_("sending since"), null=True, blank=True)
    next_step_at = models.DateTimeField(_("next step"), null=True, blank=True)
    possible_duplicate = models.BooleanField(_("possible duplicate"), default=False)
    error = models.CharField(_("error"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["id"]
        indexes = [
            models.Index("customer", "id", name="message_of_customer"),
            models.Index("created_at", name="message_by_day"),
            models.Index("created_at", name="message_failed_by_day", condition=Q(delivery="failed")),
            models.Index("customer", "id", name="message_waiting", condition=Q(handling="waiting")),
            models.Index(
                "next_step_at",
                "id",
                name="message_in_hand",
                condition=Q(delivery__in=["queued", "sending", "unknown"]),
            ),
            models.Index("customer", "next_step_at", name="message_proposed", condition=Q(delivery="proposed")),
            models.Index("customer", name="message_failed", condition=Q(delivery="failed") | Q(handling="failed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "part"], condition=Q(author="assistant"), name="message_one_per_part"
            ),
            models.CheckConstraint(
                condition=(Q(author="customer") & ~Q(handling="") & Q(delivery=""))
                | (~Q(author="customer") & Q(handling="") & ~Q(delivery="")),
                name="message_in_or_out",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60] or self.get_kind_display()
