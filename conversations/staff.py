"""What staff do with a conversation: take it, write in it, give it back."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from assistant.items import Said
from conversations import doorbell, threads
from conversations.models import Customer, Handoff, Message
from conversations.whatsapp import text as whatsapp_text

TAKEN = "taken"


def take_over(customer: Customer) -> None:
    """A person has the conversation from now on; Karlos is silent."""
    with transaction.atomic():
        _lock(customer)
        Handoff.objects.get_or_create(customer=customer, closed_at=None, defaults={"reason": TAKEN})


def give_back(customer: Customer, user_id: int | None) -> bool:
    """Karlos answers again. False if no person had the conversation."""
    with transaction.atomic():
        _lock(customer)
        return bool(customer.handoffs.filter(closed_at=None).update(closed_at=Now(), closed_by_id=user_id))


def reply(customer: Customer, text: str) -> list[Message]:
    """Record what a member of staff writes to the customer, who is with a person from then on; it goes out like any message."""
    with transaction.atomic():
        take_over(customer)
        messages = Message.objects.bulk_create(
            Message(
                customer=customer,
                author=Message.Author.STAFF,
                text=part,
                part=n,
                delivery=Message.Delivery.QUEUED,
                next_step_at=Now(),
            )
            for n, part in enumerate(whatsapp_text.split(text))
        )
        threads.note(customer, Said("staff", text))
    doorbell.ring_delivery(messages[0].pk)
    return messages


def _lock(customer: Customer) -> None:
    """Whoever closes a turn or stores a message of this customer comes before or after, not in between."""
    Customer.objects.filter(pk=customer.pk).update(fence=F("fence"))
