"""What came with a message: a voice note, a picture, a document."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.message import Message


class Attachment(models.Model):
    """A file of a customer's message: fetched by a worker, kept out of the public's reach, and forgotten after the time that staff set."""

    class State(models.TextChoices):
        WAITING = "waiting", _("not fetched yet")
        STORED = "stored", _("kept")
        FAILED = "failed", _("could not be fetched")
        FORGOTTEN = "forgotten", _("deleted after its time")

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, verbose_name=_("message"), related_name="attachments"
    )
    source = models.CharField(_("where it is fetched from"), max_length=500)
    content_type = models.CharField(_("type"), max_length=100)
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m/", max_length=255, blank=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    error = models.CharField(_("error"), max_length=255, blank=True)
    is_unsure = models.BooleanField(
        _("heard unsurely"), default=False, help_text=_("Which language was spoken in it could not be told.")
    )
    created_at = models.DateTimeField(_("when"), db_default=Now())
    fetch_at = models.DateTimeField(_("fetched from"), db_default=Now())

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering: ClassVar = ["id"]
        indexes = [models.Index("fetch_at", name="attachment_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.content_type} ({self.get_state_display()})"

    @property
    def family(self) -> str:
        """image, audio, video or application."""
        return self.content_type.partition("/")[0]
