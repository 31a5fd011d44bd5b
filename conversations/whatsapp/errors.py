"""What Twilio's error codes mean, in words for staff: https://www.twilio.com/docs/api/errors."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Seconds after which it is worth another try: WhatsApp was busy, we were too quick, or the day's messages are used up.
LATER: dict[str, int] = {"30001": 60, "63012": 60, "63018": 30, "63038": 3600}
# Without a reason: one more try, and no other.
ONCE_MORE = frozenset({"30008"})
# The form is refused, not the words: they go as plain text.
AS_TEXT = frozenset({"21620", "21656", "63019", "63021", "92007"})
# The customer wants no more messages.
OPTED_OUT = frozenset({"21610"})
# What is wrong is ours, and everybody's messages fail until it is put right.
OURS = frozenset({"20003", "20404", "63001", "63007", "63020", "63051", "63112"})
# We counted otherwise than Twilio: the words go in shorter messages.
TOO_LONG = frozenset({"21617", "21658"})
# Nothing would reach this customer, or not these words in any form.
HOPELESS = (
    frozenset({"21211", "21608", "21614", "63003", "63005", "63013", "63015", "63016", "63024", "63032", "63049"})
    | OPTED_OUT
    | OURS
)
# What WhatsApp itself said tells more than the code.
WITH_REASON = frozenset({"63005", "63013"})

_WORDS = {
    "20429": gettext_noop("Twilio asks us to go slower; it is tried again by itself."),
    "20500": gettext_noop(
        "Twilio had trouble of its own: it is being looked for, and sent again if it did not go out."
    ),
    "20503": gettext_noop(
        "Twilio had trouble of its own: it is being looked for, and sent again if it did not go out."
    ),
    "63049": gettext_noop("Meta does not deliver this advertising template to the customer: call them."),
    "20404": gettext_noop("Twilio does not know our account: check the account SID."),
    "21614": gettext_noop("The customer's address is not valid for WhatsApp."),
    "21656": gettext_noop("Twilio does not take what can be tapped in it."),
    "21658": gettext_noop("The message is too long for WhatsApp."),
    "30001": gettext_noop("Too many messages wait at Twilio; it is tried again later."),
    "63001": gettext_noop("WhatsApp does not let our number in: see its state in the Twilio console."),
    "63005": gettext_noop("WhatsApp does not take what is in the message."),
    "63012": gettext_noop("WhatsApp has trouble of its own; it is tried again later."),
    "63013": gettext_noop("The message is against WhatsApp's policy."),
    "63020": gettext_noop("Meta waits for us to accept its invitation: see the Twilio console."),
    "63032": gettext_noop("WhatsApp delivers nothing to this customer for now: call them."),
    "63051": gettext_noop("Our WhatsApp number is locked: see the Twilio console."),
    "63112": gettext_noop("Meta has disabled our WhatsApp account: see the Twilio console."),
    "92007": gettext_noop("Twilio does not take what can be tapped in it."),
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
    "63016": gettext_noop(
        "WhatsApp's 24 hours since the customer's last message are over: call them, or send a template."
    ),
    "63018": gettext_noop("Too many messages at once for WhatsApp."),
    "63024": gettext_noop("The customer's WhatsApp can't take the message."),
    "63038": gettext_noop("Twilio's daily limit for our account is reached."),
}


def in_words(code: str, said: str) -> str:
    """A sentence for staff with the code in it; what Twilio said where we have no words of our own, or where it tells more."""
    ours = _(_WORDS[code]) if code in _WORDS else ""
    words = f"{ours} {said}".strip() if not ours or code in WITH_REASON else ours
    return f"{(words or _('No reason was given.'))[:240]} ({code})"
