"""Versions of Karlos's settings: what he was told, and may do, from one moment to the next."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SettingsVersion(models.Model):
    """All that staff set for Karlos, as it was from one change to the next. Never changed: going back makes another."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    settings = models.JSONField(_("settings"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, verbose_name=_("the one before"), null=True, blank=True, related_name="+"
    )
    restored = models.ForeignKey(
        "self", on_delete=models.PROTECT, verbose_name=_("goes back to"), null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("since"), db_default=Now())
    made_by = models.ForeignKey(
        "auth.User",
        on_delete=models.SET_NULL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Nobody: it was changed outside the admin, or is what Karlos began with."),
    )
    reason = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("version of the settings")
        verbose_name_plural = _("versions of the settings")
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return str(_("Version %(number)s") % {"number": self.number})
