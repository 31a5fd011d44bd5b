"""Rings a worker. A ring that is lost costs seconds and nothing else: the work is in the database and the sweep finds it."""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

# Just after the due time by the database's clock, and never below RabbitMQ's shortest delay.
_AFTER_QUIET_SECONDS = 0.2
# A RabbitMQ whose memory or disk is full takes a message and confirms nothing; Twilio waits 15 s for its webhook.
_CONFIRM_SECONDS = 3


def ring(customer_id: int) -> None:
    """Ask a worker to answer this customer once the quiet time is over."""
    delay = settings.ANSWER_DELAY_SECONDS
    _publish(
        "conversations.tasks.answer_customer", customer_id, max(1.0, delay + _AFTER_QUIET_SECONDS) if delay else None
    )


def ring_now(customer_id: int) -> None:
    """Ask a worker to answer this customer, who is due."""
    _publish("conversations.tasks.answer_customer", customer_id, None)


def ring_delivery(message_id: int) -> None:
    """Ask a worker to deliver this message."""
    _publish("conversations.tasks.deliver_message", message_id, None)


def ring_attachment(attachment_id: int) -> None:
    """Ask a worker to fetch what came with a message that no turn answers."""
    _publish("conversations.tasks.fetch_attachment", attachment_id, None)


def ring_replay(replay_id: int) -> None:
    """Ask a worker to give past answers again. No sweep looks for this: the replay's page offers to ask once more."""
    _publish("conversations.tasks.replay_answers", replay_id, None)


def ring_erasure(erasure_id: int) -> None:
    """Ask a worker to bring this erasure to its end."""
    _publish("conversations.tasks.finish_erasure", erasure_id, None)


def _publish(task: str, argument: int, countdown: float | None) -> None:
    try:
        current_app.send_task(task, args=(argument,), countdown=countdown, confirm_timeout=_CONFIRM_SECONDS)
    except _broken() as e:
        logger.warning("The broker is away (%s): the sweep takes up %s(%s)", type(e).__name__, task, argument)


def _broken() -> tuple[type[BaseException], ...]:
    """What a broker that is away or hangs up is seen by: each transport has exceptions of its own."""
    return (KombuError, OSError, *current_app.connection_for_write().connection_errors)
