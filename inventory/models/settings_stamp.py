"""The stamp that tells whether anything that staff set is another than it was."""

from django.db import models


class SettingsStamp(models.Model):
    """One row, which triggers of the database renew with every change of a table of settings, whoever makes it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    value = models.CharField(max_length=36)

    def __str__(self) -> str:
        return self.value
