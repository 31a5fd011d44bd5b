"""The inventory app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    """What the dealership has and what it costs."""

    name = "inventory"
    verbose_name = _("Inventory")
