"""What Celery does: it hurries work that is in the database anyway. Every task may run twice without harm."""

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.db.models.functions import Now

from conversations import deadlines, delivery, doorbell, metrics, missed, patience, proposals, turns
from conversations.models import Customer, Turn
from conversations.whatsapp import transport

SWEEP_MOST = 500


@shared_task
def answer_customer(customer_id: int) -> None:
    """Answer a customer who is due, and send the answer."""
    turn = turns.run(customer_id, _show_typing)
    if turn is None:
        return
    for message_id in (
        turn.messages.filter(delivery__in=delivery.IN_HAND).order_by("part").values_list("pk", flat=True)[:1]
    ):
        doorbell.ring_delivery(message_id)


def _show_typing(turn: Turn) -> None:
    sid = turns.waiting_messages(turn)[-1].sid
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
def sweep() -> None:
    """Ring for everything that is due and that nobody works on, the longest waiting first."""
    if _was_just_swept():
        return
    metrics.SWEEPS.inc()
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    customers = Customer.objects.filter(free, due_at__lte=Now(), channel=Customer.Channel.WHATSAPP)
    for customer_id in customers.order_by("due_at").values_list("pk", flat=True)[:SWEEP_MOST]:
        doorbell.ring_now(customer_id)
    for message_id in delivery.due(SWEEP_MOST):
        doorbell.ring_delivery(message_id)
    for handoff_id in deadlines.due(SWEEP_MOST):
        doorbell.ring_deadline(handoff_id)
    patience.ask_for(SWEEP_MOST)
    proposals.hand_over_overdue(SWEEP_MOST)


def _was_just_swept() -> bool:
    """Sweeps pile up while no worker is there. By the cache's clock, for a worker's own may be wrong; without the cache, no."""
    return cache.add("swept", True, settings.SWEEP_SECONDS - 1) is False
