"""What is kept of how staff come in: the browsers in which they are logged in, and their backup codes."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _


class Session(AbstractBaseSession):
    """A session, by the hash of its key: who reads it here, or in a backup, comes in nowhere with it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    began_at = models.DateTimeField(_("logged in"), null=True)
    used_at = models.DateTimeField(_("last used"), null=True)
    address = models.GenericIPAddressField(_("IP address"), null=True)
    # As the browser calls itself.
    user_agent = models.CharField(max_length=300, default="")

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")


class BackupCode(models.Model):
    """A way in, once, for who has lost the phone. The code itself is on their paper only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The code begins with it, so that one slow hash tells whether it is right.
    number = models.PositiveSmallIntegerField()
    hashed = models.CharField(max_length=128)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "number"), name="backup_code_number"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.number}"
