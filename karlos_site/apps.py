"""The site as a Django app: it brings the system checks and the commands that run the stack."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class KarlosSite(AppConfig):
    name = "karlos_site"
    # Over what the admin has of it: their sessions.
    verbose_name = _("Staff")

    def ready(self) -> None:
        from karlos_site.checks import deployment, surroundings  # noqa: PLC0415 - after the apps are loaded

        checks.register(surroundings)
        checks.register(deployment, deploy=True)
