"""Sentences of ours that answer no turn: they are recorded here and go out like any message."""

from django.db import transaction
from django.db.models.functions import Now

from assistant.items import Said
from assistant.llm import RULES
from conversations import doorbell, threads
from conversations.models import Customer, Message


def send(customer: Customer, text: str, *, is_notice: bool = False) -> None:
    """Say it, within the caller's transaction; the thread knows it, too. A notice goes out although a person has the conversation."""
    message = Message.objects.create(
        customer=customer,
        author=Message.Author.ASSISTANT,
        text=text,
        model=RULES,
        is_notice=is_notice,
        delivery=Message.Delivery.QUEUED,
        next_step_at=Now(),
    )
    threads.note(customer, Said("assistant", text))
    transaction.on_commit(lambda: doorbell.ring_delivery(message.pk))
