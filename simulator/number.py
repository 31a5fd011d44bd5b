"""Which of Twilio's two ways our number is on, and where each brings its webhooks."""

from django.conf import settings

INBOUND_PATH = "/api/twilio/inbound"
EVENTS_PATH = "/api/twilio/conversations"
SERVICE_SID = "IS" + "0" * 32


def is_on_conversations() -> bool:
    return bool(settings.TWILIO_TRANSPORT == "conversations")
