"""Words that the page's script puts on the screen."""

from django.utils.translation import gettext as _


def for_script() -> dict[str, str]:
    """In the reader's language; what stands in braces is filled in by the script."""
    return {
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "posted": _("Posted"),
        "delivered": _("Delivered"),
        "read": _("Read"),
        "failed": _("not delivered ({status})"),
        "no_answer": _("no answer"),
        "retry": _("Retry"),
        "retry_same": _("Send the same webhook again"),
        "sent_again": _("The same webhook was sent again."),
        "undelivered": _("A message of {name} did not arrive ({code})"),
        "ad": _("Advertisement"),
        "location": _("Location"),
        "picture": _("Picture"),
        "sticker": _("Sticker"),
        "document": _("Document"),
        "play": _("Play"),
        "pause": _("Pause"),
        "voice_note": _("Voice note"),
        "hidden_number": _("number hidden"),
        "offline": _("The server does not answer. Trying again…"),
        "times_left": _("{count} left"),
    }
