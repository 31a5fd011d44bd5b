"""What staff do with a conversation: take it, write in it, give it back."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from assistant.items import Said
from conversations import doorbell, threads
from conversations.models import Customer, Handoff, Message, Turn
from conversations.whatsapp import text as whatsapp_text

TAKEN = "taken"


def take_over(customer: Customer, user_id: int | None = None) -> None:
    """This person has the conversation from now on; Karlos is silent, and no deadline runs."""
    with transaction.atomic():
        lock(customer.pk)
        handoff, _ = Handoff.objects.get_or_create(customer=customer, closed_at=None, defaults={"reason": TAKEN})
        Handoff.objects.filter(pk=handoff.pk, taken_at=None).update(taken_at=Now(), taken_by_id=user_id)


def give_back(customer: Customer, user_id: int | None) -> bool:
    """Karlos answers again. False if no person had the conversation."""
    with transaction.atomic():
        lock(customer.pk)
        ended = {"closed_at": Now(), "closed_by_id": user_id, "ending": Handoff.Ending.GIVEN_BACK}
        return bool(customer.handoffs.filter(closed_at=None).update(**ended))


def reply(customer: Customer, text: str, user_id: int | None = None) -> list[Message]:
    """Record what a member of staff writes to the customer, who is with a person from then on; it goes out like any message."""
    with transaction.atomic():
        take_over(customer, user_id)
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
        for message in messages:
            threads.note(customer, Said("staff", message.text))
    doorbell.ring_delivery(messages[0].pk)
    return messages


def answer_again(turn: Turn) -> bool:
    """Karlos tries once more what he could not answer. False if the turn is not one that failed, or was tried again already."""
    with transaction.atomic():
        lock(turn.customer_id)
        failed = turn.messages.filter(handling=Message.Handling.FAILED)
        if not failed.update(handling=Message.Handling.WAITING, turn=None):
            return False
        ended = {"closed_at": Now(), "ending": Handoff.Ending.GIVEN_BACK}
        turn.customer.handoffs.filter(closed_at=None, turn=turn).update(**ended)
        Customer.objects.filter(pk=turn.customer_id).update(due_at=Now(), waiting_since=Now())
    doorbell.ring_now(turn.customer_id)
    return True


def lock(customer_id: int) -> None:
    """Whoever closes a turn or stores a message of this customer comes before or after, not in between."""
    Customer.objects.filter(pk=customer_id).update(fence=F("fence"))
