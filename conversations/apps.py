"""The conversations app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    """Who wrote what, and getting words in and out."""

    name = "conversations"
    verbose_name = _("Conversations")
