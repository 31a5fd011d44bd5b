"""Karlos's answers that wait until a member of staff sends, edits or discards them."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from assistant.answer import HandOff
from conversations import commitments, doorbell, outdated, staff, withdrawal
from conversations.models import Customer, Handoff, Item, Message
from conversations.staff import NotSent
from conversations.whatsapp import text as whatsapp_text

Delivery = Message.Delivery


def of(customer: Customer) -> list[Message]:
    """What waits for approval, in order: the parts of one answer."""
    return list(customer.messages.filter(delivery=Delivery.PROPOSED).select_related("turn", "customer"))


def text(proposed: Sequence[Message]) -> str:
    """The words of an answer, whose parts are messages."""
    return "\n\n".join(message.text for message in proposed if message.text)


def approve(customer: Customer, user_id: int | None, turn_id: int, *, seen: int, edited: str | None = None) -> None:
    """Send the answer of that turn or, in its place, what a member of staff made of its words. Raises NotSent."""
    with transaction.atomic():
        staff.lock(customer.pk)
        proposed = _still_proposed(customer, turn_id)
        staff.check(customer, user_id, seen)
        is_outdated = _is_outdated(proposed)
        if is_outdated:
            withdrawal.of_proposal(customer, _outdated())
        else:
            first = _send(customer, user_id, proposed, edited)
            _is_seen_to(customer, user_id)
    if is_outdated:
        doorbell.ring_now(customer.pk)
        raise NotSent(_outdated())
    doorbell.ring_delivery(first)


def discard(customer: Customer, user_id: int | None, turn_id: int) -> None:
    """Nothing is sent; who discarded it has the conversation. Raises NotSent when there is nothing to discard any more."""
    with transaction.atomic():
        staff.lock(customer.pk)
        _still_proposed(customer, turn_id)
        staff.take_over(customer, user_id)
        withdrawal.of_proposal(customer, _("A member of staff discarded it."))


def _still_proposed(customer: Customer, turn_id: int) -> list[Message]:
    proposed = [message for message in of(customer) if message.turn_id == turn_id]
    if not proposed:
        raise NotSent(_("This proposal is gone: it was sent or withdrawn meanwhile."))
    return proposed


def _is_outdated(proposed: Sequence[Message]) -> bool:
    return any(outdated.changes(message.cars) for message in proposed)


def _outdated() -> str:
    return _("A car in it was sold, reserved or priced anew: Karlos answers anew.")


def _send(customer: Customer, user_id: int | None, proposed: Sequence[Message], edited: str | None) -> int:
    """Queue it; the first message to go out. Karlos's words stay his, edited ones are staff's."""
    if edited is None or edited.strip() == text(proposed):
        queued = {"delivery": Delivery.QUEUED, "next_step_at": Now(), "user": user_id}
        Message.objects.filter(pk__in=[message.pk for message in proposed]).update(**queued)
        return proposed[0].pk
    words = edited.strip()
    cars = {stock_id: price for message in proposed for stock_id, price in message.cars.items()}
    parts = [{"text": part, "cars": cars} for part in whatsapp_text.split(words)]
    parts += [{"kind": message.kind, "media": message.media, "cars": cars} for message in proposed if message.media]
    withheld = {"delivery": Delivery.CANCELLED, "next_step_at": None, "error": _("A member of staff edited it.")}
    Message.objects.filter(pk__in=[message.pk for message in proposed]).update(**withheld)
    Item.objects.filter(turn=proposed[0].turn_id, kind=Item.Kind.ASSISTANT).delete()
    messages = staff.record(customer, parts, user_id)
    staff.note_said(customer, messages)
    return messages[0].pk


def _is_seen_to(customer: Customer, user_id: int | None) -> None:
    """Who was handed over only because nobody approved is Karlos's again."""
    waiting = customer.handoffs.filter(closed_at=None, taken_at=None, reason=Handoff.Reason.NOT_APPROVED)
    waiting.update(closed_at=Now(), closed_by=user_id, ending=Handoff.Ending.GIVEN_BACK)


def hand_over_overdue(limit: int) -> int:
    """Bring a person in where nobody has looked at a proposal in time; how many they were."""
    late = Message.objects.filter(delivery=Delivery.PROPOSED, next_step_at__lte=Now())
    customers = late.order_by("customer").values_list("customer", flat=True).distinct()[:limit]
    return sum(_hand_over(customer_id) for customer_id in list(customers))


@transaction.atomic
def _hand_over(customer_id: int) -> bool:
    staff.lock(customer_id)
    late = Message.objects.filter(customer=customer_id, delivery=Delivery.PROPOSED, next_step_at__lte=Now())
    first = late.select_related("customer", "turn").first()
    if first is None:  # seen to, since we looked
        return False
    late.update(next_step_at=None)
    commitments.hand_off(HandOff(reason=Handoff.Reason.NOT_APPROVED, summary=""), first.customer, first.turn)
    # They have waited already: the customer is told, and staff alerted, at once.
    opened = Handoff.objects.filter(customer=customer_id, closed_at=None, turn=first.turn, taken_at=None)
    opened.update(due_at=Now())
    return True
