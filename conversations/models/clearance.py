"""What was deleted each night because its time was over."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import formats
from django.utils.translation import gettext_lazy as _


class Clearance(models.Model):
    """One night's deletions, by kind of data; the night's row comes first, so that no other worker does it too."""

    day = models.DateField(_("day"), unique=True)
    deleted = models.JSONField(_("what was deleted"), default=dict)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("nightly deletion")
        verbose_name_plural = _("nightly deletions")
        ordering: ClassVar = ["-day"]

    def __str__(self) -> str:
        return formats.date_format(self.day)
