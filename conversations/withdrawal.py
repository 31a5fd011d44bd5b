"""Taking an answer back before it is sent. Whoever does it holds the customer's row."""

from django.db.models import Exists
from django.db.models.functions import Coalesce, Now

from assistant.items import Said
from conversations import threads, words
from conversations.models import Customer, Message, Turn

Delivery = Message.Delivery


def again(turn: Turn, reason: str) -> None:
    """As if it had never been given: its questions wait again, and the customer is due."""
    _cancel(turn, reason)
    Turn.objects.filter(pk=turn.pk).update(state=Turn.State.WITHDRAWN)
    turn.messages.filter(author=Message.Author.CUSTOMER).update(turn=None, handling=Message.Handling.WAITING)
    waiting = {"due_at": Now(), "waiting_since": Coalesce("waiting_since", Now())}
    Customer.objects.filter(pk=turn.customer_id).update(**waiting)


def to_person(turn: Turn, reason: str) -> None:
    """A person answers its questions; Karlos knows them, and not what he wanted to say."""
    _cancel(turn, reason)
    asked = turn.messages.filter(author=Message.Author.CUSTOMER)
    for message in asked:
        threads.note(turn.customer, Said("customer", words.of(message)))
    asked.update(handling=Message.Handling.WITH_PERSON)


def of_proposal(customer: Customer, reason: str) -> None:
    """Take back what waits for approval, if anything: a person answers if one has the conversation, else Karlos does anew."""
    proposed = customer.messages.filter(delivery=Delivery.PROPOSED).select_related("turn").first()
    if proposed is None or proposed.turn is None:
        return
    if customer.is_with_person:
        to_person(proposed.turn, reason)
    else:
        again(proposed.turn, reason)


def _cancel(turn: Turn, reason: str) -> None:
    said = turn.messages.filter(author=Message.Author.ASSISTANT)
    unsent = said.filter(delivery__in=(Delivery.QUEUED, Delivery.PROPOSED))
    unsent.update(delivery=Delivery.CANCELLED, error=reason, next_step_at=None)
    turn.items.all().delete()
    if not said.exclude(delivery=Delivery.CANCELLED).exists():
        turn.quotes.all().delete()
        _tell_again(turn.customer_id)


def _tell_again(customer_id: int) -> None:
    """Who has got nothing yet has not been told of privacy either."""
    gone = Message.objects.filter(customer=customer_id, author=Message.Author.ASSISTANT, sending_at__isnull=False)
    Customer.objects.filter(~Exists(gone), pk=customer_id).update(privacy_told_at=None)
