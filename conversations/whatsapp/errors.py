"""What Twilio's error codes mean, in words for staff: https://www.twilio.com/docs/api/errors."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_WORDS = {
    "20003": gettext_noop("Twilio does not accept our credentials: check the account SID and the token."),
    "21211": gettext_noop("The customer's address is not valid for WhatsApp."),
    "21608": gettext_noop("A trial account of Twilio can't write to this customer."),
    "21610": gettext_noop("The customer told WhatsApp to stop our messages."),
    "21617": gettext_noop("The message is too long for WhatsApp."),
    "30008": gettext_noop("WhatsApp could not deliver it and gives no reason."),
    "63003": gettext_noop("The customer is not on WhatsApp."),
    "63007": gettext_noop("Our WhatsApp number is not set up at Twilio."),
    "21620": gettext_noop(
        "WhatsApp can't fetch the document or picture: PUBLIC_BASE_URL must be reachable from outside."
    ),
    "63019": gettext_noop(
        "WhatsApp can't fetch the document or picture: PUBLIC_BASE_URL must be reachable from outside."
    ),
    "63021": gettext_noop("WhatsApp does not take the document or picture."),
    "63015": gettext_noop("The customer must join the Twilio sandbox again: it forgets them after three days."),
    "63016": gettext_noop("WhatsApp's 24 hours since the customer's last message are over: call them."),
    "63018": gettext_noop("Too many messages at once for WhatsApp."),
    "63024": gettext_noop("The customer's WhatsApp can't take the message."),
    "63038": gettext_noop("Twilio's daily limit for our account is reached."),
}


def in_words(code: str, said: str) -> str:
    """A sentence for staff with the code in it; what Twilio said where we have no words of our own."""
    words = _(_WORDS[code]) if code in _WORDS else said or _("No reason was given.")
    return f"{words} ({code})"[:255]
