"""A message comes in: one transaction that finds the customer, sets the due time and stores the message."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce, Greatest, Least, Now
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from assistant.items import Said
from conversations import attachments, consent, doorbell, limits, threads, withdrawal, words
from conversations.models import Attachment, Customer, Identity, Limits, Message
from conversations.whatsapp import Inbound

logger = logging.getLogger(__name__)

# Two first messages of one customer at once: the second finds, on another try, what the first made.
TRIES = 3


def receive(inbound: Inbound) -> bool:
    """Store a customer's message and ring. False when it is one that we already have: then nothing has changed."""
    message = store(inbound)
    if message is None:
        return False
    with bound_contextvars(message_id=message.pk, customer_id=message.customer_id):
        logger.info("Message %s of customer %s is stored", message.pk, message.customer_id)
        if message.handling == Message.Handling.WAITING:
            doorbell.ring(message.customer_id)
        else:
            for attachment in message.attachments.filter(state=Attachment.State.WAITING):
                doorbell.ring_attachment(attachment.pk)
    return True


def store(inbound: Inbound) -> Message | None:
    """Store a customer's message, due after the quiet time. None when it is one that we already have."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _store(inbound)
        except IntegrityError:
            if Message.objects.filter(sid=inbound.sid).exists():
                return None
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _store(inbound: Inbound) -> Message:
    customer = _customer(inbound)
    message = Message(
        customer=customer,
        author=Message.Author.CUSTOMER,
        kind=inbound.kind,
        text=inbound.text,
        details=inbound.details | _cut(inbound.text) | _lateness(inbound),
        sid=inbound.sid,
    )
    withdrawal.of_proposal(customer, _("The customer wrote again before it was sent."))
    settle(customer, message)
    attachments.expect(message)
    is_waiting = message.handling == Message.Handling.WAITING
    _touch(customer, inbound, is_waiting=is_waiting)
    if is_waiting and consent.asks_to_stop(message.text):
        # At once: what is still to go out must not wait for the turn that confirms it.
        Customer.objects.filter(pk=customer.pk).update(opted_out_at=Now())
    elif is_waiting:
        limits.slow_down(customer)
    return message


def _cut(text: str) -> dict[str, int]:
    """How much of a message is read, where it is longer than that."""
    most = Limits.current().characters_per_message
    return {"characters_read": most} if len(text) > most else {}


def _lateness(inbound: Inbound) -> dict[str, str]:
    """When it was written, where that was not just now."""
    return {"written_at": inbound.written_at.isoformat()} if inbound.written_at else {}


def settle(customer: Customer, message: Message) -> None:
    """Store whose the message is; a person's joins the thread, so that Karlos knows it later."""
    message.handling = _handling(customer, message)
    message.save()
    if message.handling == Message.Handling.WITH_PERSON:
        threads.note(customer, Said("customer", words.of(message)))


def _handling(customer: Customer, message: Message) -> Message.Handling:
    """Whose words these are: Karlos's, a person's, or nobody's because the customer wants to be left alone, or only put a heart to something."""
    text = message.text
    if message.kind == Message.Kind.REACTION:
        return Message.Handling.ANSWERED
    if customer.opted_out_at and not _resumes(customer, text):
        return Message.Handling.SILENCED
    changes_consent = consent.asks_to_stop(text) or (customer.opted_out_at and consent.asks_to_resume(text))
    if customer.is_with_person and not changes_consent:
        return Message.Handling.WITH_PERSON
    return Message.Handling.WAITING


def _resumes(customer: Customer, text: str) -> bool:
    """Whether the opt-out is taken back, by these words or by some that wait to be obeyed."""
    waiting = customer.messages.filter(handling=Message.Handling.WAITING).values_list("text", flat=True)
    return any(consent.asks_to_resume(said) for said in (text, *waiting))


def _touch(customer: Customer, inbound: Inbound, *, is_waiting: bool) -> None:
    """Push the due time on by the quiet time, to a few seconds after the first waiting message at most."""
    work = {}
    written_at = Now() if inbound.written_at is None else Value(inbound.written_at, DateTimeField())
    if is_waiting:
        first = Coalesce(F("waiting_since"), Now())
        work = {
            "waiting_since": first,
            "due_at": Least(
                Now() + timedelta(seconds=settings.ANSWER_DELAY_SECONDS),
                first + timedelta(seconds=settings.ANSWER_DELAY_MOST_SECONDS),
            ),
        }
    Customer.objects.filter(pk=customer.pk).update(
        address=inbound.address,
        profile_name=inbound.profile_name or F("profile_name"),
        unread=F("unread") + 1,
        last_inbound_at=Greatest(Coalesce(F("last_inbound_at"), written_at), written_at),
        **work,
    )


def _customer(inbound: Inbound) -> Customer:
    """The customer of these identities, the row locked; made if none is known.

    The surest identity decides. A phone that belonged to someone with another business-scoped id has changed hands: it
    moves to the newcomer. One whose owner had no such id yet is the same person's.
    """
    known = {
        (identity.kind, identity.value): identity
        for kind, value in inbound.identities
        for identity in Identity.objects.filter(kind=kind, value=value)
    }
    customer_id = next((known[pair].customer_id for pair in inbound.identities if _decides(pair, known, inbound)), None)
    customer = Customer.objects.create(channel=inbound.channel) if customer_id is None else _locked(customer_id)
    for pair in inbound.identities:
        if pair not in known:
            Identity.objects.create(customer=customer, kind=pair[0], value=pair[1])
        elif known[pair].customer_id != customer.pk:
            Identity.objects.filter(pk=known[pair].pk).update(customer=customer)
    return customer


def _decides(pair: tuple[str, str], known: dict[tuple[str, str], Identity], inbound: Inbound) -> bool:
    """Whether this known identity tells who it is."""
    if pair not in known:
        return False
    if pair[0] == Identity.Kind.BUSINESS_USER:
        return True
    ids = [value for kind, value in inbound.identities if kind == Identity.Kind.BUSINESS_USER]
    of_another = Identity.objects.filter(customer=known[pair].customer_id, kind=Identity.Kind.BUSINESS_USER).exclude(
        value__in=ids
    )
    return not (ids and of_another.exists())


def _locked(customer_id: int) -> Customer:
    """The row, locked by its first write: whoever closes a turn of this customer comes before or after, not in between."""
    Customer.objects.filter(pk=customer_id).update(fence=F("fence"))
    return Customer.objects.get(pk=customer_id)
