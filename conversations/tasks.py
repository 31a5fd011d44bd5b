"""What Celery does: it hurries work that is in the database anyway. Every task may run twice without harm."""

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from conversations import (
    alerts,
    approval,
    attachments,
    deadlines,
    delivery,
    doorbell,
    erasure,
    figures,
    missed,
    retention,
    turns,
    watches,
)
from conversations.models import Turn
from conversations.whatsapp import transport


@shared_task
def answer_customer(customer_id: int) -> None:
    """Answer a customer who is due, and send the answer."""
    turn = turns.run(customer_id, _show_typing)
    if turn is None:
        return
    if first := next((message for message in turn.said if message.delivery in delivery.IN_HAND), None):
        delivery.proceed(first)


def _show_typing(turn: Turn) -> None:
    sid = turn.asked[-1].sid
    if sid:
        transport.current().show_typing(sid)


@shared_task
def deliver_message(message_id: int) -> None:
    """Take an outgoing message one step further."""
    delivery.deliver(message_id)


@shared_task
def keep_deadline(handoff_id: int) -> None:
    """Do what is due for a conversation that nobody has taken."""
    deadlines.keep(handoff_id)


@shared_task
def collect_missed() -> None:
    """Take in what customers wrote while we were away."""
    missed.collect()


@shared_task
def close_days() -> None:
    """Roll up the figures of the days that are over."""
    figures.close_days()


@shared_task
def see_to_promises() -> None:
    """Tell staff of promises that are overdue and of cars that somebody waits for."""
    if cache.add("promises_seen_to", True, settings.PROMISES_SECONDS - 1) is False:
        return  # these pile up while no worker is there
    alerts.of_overdue()
    watches.look()


@shared_task
def fetch_attachment(attachment_id: int) -> None:
    """Fetch what came with a message that no turn answers."""
    attachments.fetch(attachment_id)


@shared_task
def replay_answers(replay_id: int) -> None:
    """Give some of a replay's answers again, and ask for a worker once more while there are others."""
    if approval.work(replay_id):
        doorbell.ring_replay(replay_id)


@shared_task
def finish_erasure(erasure_id: int) -> None:
    """Bring an erasure to its end."""
    erasure.finish(erasure_id)


@shared_task
def finish_erasures() -> None:
    """Bring those to their end that a worker or Twilio has left."""
    for erasure_id in erasure.due():
        erasure.finish(erasure_id)


@shared_task
def keep_retention() -> None:
    """Delete what is over its time, once a night."""
    retention.tonight()
