"""Messages that Twilio could not bring to us while we were away: they are in its list, and are answered late."""

import logging
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db import connection

from conversations import inbound, window
from conversations.whatsapp import Unreachable, transport

logger = logging.getLogger(__name__)

# What is younger may still be on its way to the webhook, which tells more of it.
_ON_ITS_WAY = timedelta(minutes=2)
# Twilio's list may learn of a message later than of the next one.
_OVERLAP = timedelta(minutes=10)
_KEY = "missed:looked_until"


def collect() -> int:
    """Store what is missing, as if it had just come in; how many there were. What is older than WhatsApp's window stays out."""
    now = _now()
    until, oldest = now - _ON_ITS_WAY, now - window.LASTS
    looked_until: datetime | None = cache.get(_KEY)
    since = max(oldest, looked_until - _OVERLAP) if looked_until else oldest
    try:
        found = [
            message for message in transport.current().received(since=since, until=until) if inbound.receive(message)
        ]
    except Unreachable as e:
        logger.warning("Whether messages were missed is not known: %s", e)
        return 0
    cache.set(_KEY, until, timeout=None)
    if found:
        logger.warning("%s messages that Twilio could not bring to us were found in its list", len(found))
    return len(found)


def _now() -> datetime:
    """By the database's clock: a worker's own may be ahead, and would overtake the webhook."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        (moment,) = cursor.fetchone()
    return moment if isinstance(moment, datetime) else datetime.fromisoformat(moment).replace(tzinfo=UTC)
