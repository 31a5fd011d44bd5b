"""A message that did not arrive: whether it goes out again, what is said in its place, and who has to know."""

import logging

from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from conversations import alerts
from conversations.models import Customer, Message
from conversations.whatsapp import errors

logger = logging.getLogger(__name__)

TRIES_MOST = 5
# Everybody's messages fail of the same: one alert tells it.
_ALERT_EVERY_SECONDS = 60 * 60


def wait_seconds(message: Message, code: str) -> int | None:
    """After how long it is worth another try, ever longer; None if it is not."""
    tried = len(former(message))
    if code in errors.LATER and tried < TRIES_MOST:
        return int(errors.LATER[code] * 2**tried)
    return 30 if code in errors.ONCE_MORE and not tried else None


def former(message: Message) -> list[str]:
    """The SIDs under which it failed before: what is still told of them is old."""
    return list(message.details.get("former_sids", ()))


def note(message: Message, code: str) -> None:
    """What follows of the reason beyond this message, within the transaction that records it."""
    if code in errors.OPTED_OUT:
        Customer.objects.filter(pk=message.customer_id).update(opted_out_at=Coalesce("opted_out_at", Now()))
    if code in errors.OURS:
        transaction.on_commit(lambda: _alert(code))


def _alert(code: str) -> None:
    """Tell whoever runs it, once an hour."""
    words = errors.in_words(code, "")
    logger.error("Twilio refuses our messages (%s): %s", code, words)
    if cache.add(f"alerted:{code}", True, _ALERT_EVERY_SECONDS) is not False:  # None: there is no cache
        alerts.send(_("WhatsApp refuses our messages"), [words])
