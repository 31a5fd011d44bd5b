"""The assistant app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssistantConfig(AppConfig):
    """What the model is told, may do and may not say."""

    name = "assistant"
    verbose_name = _("Assistant")
