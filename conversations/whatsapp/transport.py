"""Which of Twilio's two ways our number is on: TWILIO_TRANSPORT."""

from django.conf import settings

from conversations.whatsapp import Transport, conversations, messaging

CONVERSATIONS = "conversations"


def current() -> Transport:
    """The way in use. A number is on one of them only."""
    return conversations if is_conversations() else messaging


def every() -> tuple[Transport, ...]:
    """Both: what a customer wrote may lie on either, for a number can change its way."""
    return messaging, conversations


def is_conversations() -> bool:
    return bool(settings.TWILIO_TRANSPORT == CONVERSATIONS)
