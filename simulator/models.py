"""What the stand-in for Twilio remembers: simulated customers, their messages, and the faults that are switched on."""

import secrets
from typing import Any, Self

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone


def new_sid(prefix: str) -> str:
    """A Twilio identifier: the prefix and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


class Revision(models.Model):
    """One row that counts every change, so that a page can ask for what is new."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """The number of the latest change."""
        return cls.objects.filter(pk=1).values_list("number", flat=True).first() or 0

    @classmethod
    def advance(cls) -> int:
        """The next number. Call it in the transaction of the change: its row lock makes numbers appear in order."""
        cls.objects.get_or_create(pk=1)
        cls.objects.filter(pk=1).update(number=F("number") + 1)
        return cls.current()


class Changes(models.QuerySet[Any]):
    """Rows whose every change is numbered."""

    def change(self, **values: object) -> int:
        """Update and number the change; how many rows changed."""
        with transaction.atomic():
            return self.update(**values, revision=Revision.advance())

    def since(self, revision: int) -> Self:
        return self.filter(revision__gt=revision)


class Counted(models.Model):
    """A row that a page shows."""

    revision = models.BigIntegerField(default=0, db_index=True, editable=False)

    objects = Changes.as_manager()

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        with transaction.atomic():
            self.revision = Revision.advance()
            super().save(**kwargs)


class Customer(Counted):
    """Someone with WhatsApp. With no phone they are known by their business-scoped user id alone."""

    phone = models.CharField(max_length=16, unique=True, null=True, blank=True)
    bsuid = models.CharField(max_length=140, unique=True)
    profile_name = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    typing_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.profile_name

    @property
    def address(self) -> str:
        """What Twilio writes in From and To."""
        return f"whatsapp:{self.phone or self.bsuid}"

    @property
    def conversation_sid(self) -> str:
        """The customer's one conversation, where the number is on Conversations."""
        return f"CH{self.pk:032x}"


class Media(models.Model):
    """A picture, sound or document of a message."""

    sid = models.CharField(max_length=34, primary_key=True)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.sid


class Message(Counted):
    """A message as Twilio keeps it, and as the customer's phone shows it."""

    class Direction(models.TextChoices):
        INBOUND = "inbound"
        OUTBOUND = "outbound-api"

    class Kind(models.TextChoices):
        """Twilio's MessageType."""

        TEXT = "text"
        IMAGE = "image"
        AUDIO = "audio"
        VIDEO = "video"
        DOCUMENT = "document"
        STICKER = "sticker"
        LOCATION = "location"
        BUTTON = "interactive"

    class Status(models.TextChoices):
        """Of an outbound message, Twilio's; an inbound one goes from queued to delivered (2xx) or failed, then read."""

        QUEUED = "queued"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        UNDELIVERED = "undelivered"
        FAILED = "failed"

    class Callbacks(models.TextChoices):
        """How the status callbacks of an outbound message are posted."""

        ONCE = "once"
        TWICE = "twice"
        REVERSED = "reversed"
        NONE = "none"

    sid = models.CharField(max_length=34, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=16, choices=Direction)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.TEXT)
    body = models.TextField(blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    error_code = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    media = models.OneToOneField(Media, models.SET_NULL, null=True, blank=True, related_name="message")
    media_url = models.TextField(blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    place_label = models.CharField(max_length=200, blank=True)
    place_address = models.CharField(max_length=300, blank=True)
    button_payload = models.CharField(max_length=256, blank=True)
    is_of_list = models.BooleanField(default=False)
    referral_source_id = models.CharField(max_length=64, blank=True)
    referral_headline = models.CharField(max_length=200, blank=True)
    referral_body = models.TextField(blank=True)

    # Inbound: what was posted to Karlos, kept so that the very same webhook can come again, and what came back.
    idempotency_token = models.CharField(max_length=36, blank=True)
    webhook_form = models.JSONField(null=True, blank=True)
    webhook_http_status = models.PositiveSmallIntegerField(null=True, blank=True)

    # Outbound.
    status_callback = models.TextField(blank=True)
    callbacks = models.CharField(max_length=16, choices=Callbacks, default=Callbacks.ONCE)
    written_by = models.CharField(max_length=100, blank=True)
    echoes = models.BooleanField(default=False)
    attributes = models.TextField(default="{}")
    is_template = models.BooleanField(default=False, db_default=False)
    # What can be tapped: id, title and description of each.
    choices = models.JSONField(default=list)
    choices_label = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["customer", "direction", "status"], name="simulator_message_status")]

    def __str__(self) -> str:
        return self.sid

    @property
    def is_inbound(self) -> bool:
        return self.direction == self.Direction.INBOUND


class Content(models.Model):
    """A shape of messages that can be tapped, made once and sent by its SID."""

    sid = models.CharField(max_length=34, primary_key=True)
    friendly_name = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    types = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.friendly_name


class Fault(models.Model):
    """Something that goes wrong on purpose, the next few times or until it is switched off."""

    name = models.CharField(max_length=40, primary_key=True)
    left = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
