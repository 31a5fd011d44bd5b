"""What staff do with a conversation: take it, write in it, give it back, assign it, note something beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from assistant.items import Said
from assistant.sentences import say
from conversations import doorbell, outdated, threads, window, withdrawal
from conversations.models import Customer, Handoff, Message, Template, Turn
from conversations.whatsapp import text as whatsapp_text

TAKEN = "taken"
# What WhatsApp shows beneath a picture.
CAPTION_CHARACTERS_MOST = 1024


class NotSent(Exception):
    """What staff wanted to send was not recorded; the message tells them why."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What goes with a reply: cars, by stock id with the prices that it tells, and the path of a photo."""

    cars: Mapping[str, str] = field(default_factory=dict)
    photo: str = ""


def take_over(customer: Customer, user_id: int | None = None) -> None:
    """This person has the conversation from now on; Karlos is silent, and no deadline runs."""
    with transaction.atomic():
        lock(customer.pk)
        handoff = Handoff.objects.get_or_create(customer=customer, closed_at=None, defaults={"reason": TAKEN})[0]
        Handoff.objects.filter(pk=handoff.pk, taken_at=None).update(taken_at=Now(), taken_by_id=user_id)


def give_back(customer: Customer, user_id: int | None) -> bool:
    """Karlos answers again. False if no person had the conversation."""
    with transaction.atomic():
        lock(customer.pk)
        ended = {"closed_at": Now(), "closed_by_id": user_id, "ending": Handoff.Ending.GIVEN_BACK}
        return bool(customer.handoffs.filter(closed_at=None).update(**ended))


def reply(
    customer: Customer, text: str, user_id: int | None = None, *, seen: int | None = None, shown: Shown | None = None
) -> list[Message]:
    """Record what a member of staff writes to the customer, who is with a person from then on; it goes out like any message.

    `seen` is the newest message that they had read. Raises NotSent.
    """
    parts = _parts(text, shown or Shown())
    with transaction.atomic():
        lock(customer.pk)
        if seen is not None:
            if already := _sent_before(customer, parts, user_id, seen):
                return already
            check(customer, user_id, seen)
        if shown and outdated.changes(shown.cars):
            raise NotSent(_("The car was sold, reserved or priced anew since you chose it: choose it again."))
        take_over(customer, user_id)
        withdrawal.of_proposal(customer, _("A person answered instead."))
        messages = record(customer, parts, user_id)
        note_said(customer, messages)
    doorbell.ring_delivery(messages[0].pk)
    return messages


def write_by_template(customer: Customer, template: Template, user_id: int | None, *, seen: int) -> Message:
    """Send a template that WhatsApp approved to a customer whose 24 hours are over; the conversation is the writer's. Raises NotSent."""
    named = name_for(customer)
    part = {"text": template.said(named), "details": {"template": template.filled(named)}}
    with transaction.atomic():
        lock(customer.pk)
        if already := _sent_before(customer, [part], user_id, seen):
            return already[0]
        check(customer, user_id, seen, by_template=True)
        take_over(customer, user_id)
        withdrawal.of_proposal(customer, _("A person answered instead."))
        (message,) = record(customer, [part], user_id)
        note_said(customer, [message])
    doorbell.ring_delivery(message.pk)
    return message


def name_for(customer: Customer) -> str:
    """The customer as a template addresses them."""
    return " ".join(customer.profile_name.split())[:60] or say(customer.language or "es", "customer")


def record(customer: Customer, parts: list[dict[str, Any]], user_id: int | None) -> list[Message]:
    """A person's messages, to be sent."""
    return Message.objects.bulk_create(
        Message(
            customer=customer,
            author=Message.Author.STAFF,
            user_id=user_id,
            part=n,
            delivery=Message.Delivery.QUEUED,
            next_step_at=Now(),
            **part,
        )
        for n, part in enumerate(parts)
    )


def note_said(customer: Customer, messages: list[Message]) -> None:
    """What a person wrote joins the thread, so that Karlos knows it later."""
    for message in messages:
        if message.text:
            threads.note(customer, Said("staff", message.text))


def _parts(text: str, shown: Shown) -> list[dict[str, Any]]:
    """A picture with its caption or, where that is too long, with the text after it."""
    cars = dict(shown.cars)
    picture = {"kind": Message.Kind.IMAGE, "media": shown.photo, "cars": cars}
    if shown.photo and len(text) <= CAPTION_CHARACTERS_MOST:
        return [{**picture, "text": text}]
    said = [{"text": part, "cars": cars} for part in whatsapp_text.split(text)]
    return [picture, *said] if shown.photo else said


def check(customer: Customer, user_id: int | None, seen: int, *, by_template: bool = False) -> None:
    """Raises NotSent when nothing may be written to the customer, or when somebody wrote to them since `seen`."""
    customer.refresh_from_db()
    is_open = window.is_open(customer.pk)
    if by_template and is_open:
        raise NotSent(_("The customer has written since: you can answer them without a template."))
    if not by_template and not is_open:
        raise NotSent(window.is_over())
    if customer.opted_out_at:
        raise NotSent(_("The customer asked for no more messages."))
    said = customer.messages.filter(pk__gt=seen).exclude(author=Message.Author.CUSTOMER)
    said = said.exclude(delivery__in=(Message.Delivery.PROPOSED, Message.Delivery.CANCELLED))
    others = said if user_id is None else said.exclude(author=Message.Author.STAFF, user=user_id)
    if other := others.select_related("user").last():
        told = {"who": writer(other), "ago": timesince(other.created_at)}
        raise NotSent(_("%(who)s replied %(ago)s ago: read it, then send again.") % told)


def writer(message: Message) -> str:
    """Who of us wrote a message: the member of staff or, of what is not a person's, Karlos."""
    if message.author != Message.Author.STAFF:
        return "Karlos"
    return name(message.user) if message.user else str(_("Somebody"))


def name(user: Any) -> str:
    """A member of staff as others know them."""
    return str(user.get_full_name() or user.get_username())


def _sent_before(customer: Customer, parts: list[dict[str, Any]], user_id: int | None, seen: int) -> list[Message]:
    """The same words by the same person since: their browser sends again what got no answer the first time."""
    mine = customer.messages.filter(pk__gt=seen, author=Message.Author.STAFF, user=user_id)
    return list(mine.filter(text=parts[0].get("text", ""), media=parts[0].get("media", ""))[:1]) if parts else []


def wrote_elsewhere(address: str, text: str, sid: str) -> None:
    """Record what a person wrote to the customer at this address with another program: the conversation is theirs, too."""
    customer = Customer.objects.filter(address=address).first()
    if customer is None:
        return
    with transaction.atomic():
        lock(customer.pk)
        if Message.objects.filter(sid=sid).exists():
            return
        take_over(customer)
        withdrawal.of_proposal(customer, _("A person answered instead."))
        # Without words it is a picture or the like, which is kept there.
        kind = Message.Kind.TEXT if text else Message.Kind.OTHER
        author, delivery = Message.Author.STAFF, Message.Delivery.SENT
        Message.objects.create(customer=customer, author=author, kind=kind, text=text, sid=sid, delivery=delivery)
        if text:
            threads.note(customer, Said("staff", text))


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


def look(customer: Customer, newest: int) -> None:
    """A member of staff has read up to that message; what came after it stays unread."""
    if not customer.unread:
        return
    with transaction.atomic():
        lock(customer.pk)
        later = customer.messages.filter(author=Message.Author.CUSTOMER, pk__gt=newest).count()
        Customer.objects.filter(pk=customer.pk).update(unread=later)


def lock(customer_id: int) -> None:
    """Whoever closes a turn or stores a message of this customer comes before or after, not in between."""
    Customer.objects.filter(pk=customer_id).update(fence=F("fence"))
