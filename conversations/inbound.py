"""A message comes in: one transaction that finds the customer, sets the due time and stores the message."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Self

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.functions import Coalesce, Greatest, Least, Now
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from assistant.items import Said
from conversations import (
    attachments,
    consent,
    doorbell,
    identities,
    limits,
    privacy,
    threads,
    withdrawal,
    words,
)
from conversations.models import Attachment, Customer, ErasedMessage, Handoff, Limits, Message
from conversations.whatsapp import Inbound
from inventory import prepared
from inventory.prepared import Gap, Select, Statement

logger = logging.getLogger(__name__)

# Two first messages of one customer at once: the second finds, on another try, what the first made.
TRIES = 3

_ADDED = prepared.insert(
    Message(
        author=Message.Author.CUSTOMER,
        **prepared.gaps_of(Message, "customer_id", "kind", "text", "details", "sid", "handling"),
    )
)


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
    """Store a customer's message, due after the quiet time. None when it is one that we already have, or had until it was erased."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _store(inbound)
        except _Erased:
            return None
        except IntegrityError:
            if Message.objects.filter(sid=inbound.sid).exists():
                return None
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


class _Erased(Exception):
    """We had the message until its customer was erased: nothing of it is kept."""


def _store(inbound: Inbound) -> Message:
    customer = identities.customer_of(inbound)
    now = _Standing.of(customer, inbound.sid)
    if now.is_erased:
        raise _Erased
    message = Message(
        customer=customer,
        author=Message.Author.CUSTOMER,
        kind=inbound.kind,
        text=inbound.text,
        details=inbound.details | _cut(inbound.text, now.characters_per_message) | _lateness(inbound),
        sid=inbound.sid,
    )
    if now.has_proposal:
        withdrawal.of_proposal(customer, _("The customer wrote again before it was sent."))
    message.handling = _handling(customer, message, is_with_person=now.is_with_person)
    _ADDED.add(message)
    _note(customer, message)
    attachments.expect(message)
    privacy.open_case(customer, message.text)
    is_waiting = message.handling == Message.Handling.WAITING
    _touch(customer, inbound, is_waiting=is_waiting)
    if is_waiting and consent.asks_to_stop(message.text):
        # At once: what is still to go out must not wait for the turn that confirms it.
        Customer.objects.filter(pk=customer.pk).update(opted_out_at=Now())
    elif is_waiting and now.messages_lately >= now.messages_per_minute:
        limits.slow_down(customer)
    return message


@dataclass(frozen=True)
class _Standing:
    """What decides about a message besides its words. Read in one statement, after the one that locked the customer."""

    is_erased: bool
    is_with_person: bool
    has_proposal: bool
    messages_lately: int
    messages_per_minute: int
    characters_per_message: int

    @classmethod
    def of(cls, customer: Customer, sid: str) -> Self:
        [told] = _standing().rows(customer=customer.pk, sid=sid)
        return cls(*told)


@cache
def _standing() -> Select[Customer]:
    mine = Q(customer=OuterRef("pk"))
    lately = limits.lately(mine).order_by().values("customer").annotate(count=Count("pk"))
    told = {
        "is_erased": Exists(ErasedMessage.objects.filter(sid=Gap("sid", CharField()))),
        "is_with_person": Exists(Handoff.objects.filter(mine, closed_at=None)),
        "has_proposal": Exists(Message.objects.filter(mine, delivery=Message.Delivery.PROPOSED)),
        "messages_lately": Coalesce(Subquery(lately.values("count")), 0),
    }
    for name in ("messages_per_minute", "characters_per_message"):
        told[name] = Coalesce(Subquery(Limits.objects.values(name)[:1]), getattr(Limits(), name))
    customer = Customer.objects.filter(pk=Gap("customer", BigIntegerField()))
    return prepared.select(customer.annotate(**told).values_list(*told))


def _cut(text: str, most: int) -> dict[str, int]:
    """How much of a message is read, where it is longer than that."""
    return {"characters_read": most} if len(text) > most else {}


def _lateness(inbound: Inbound) -> dict[str, str]:
    """When it was written, where that was not just now."""
    return {"written_at": inbound.written_at.isoformat()} if inbound.written_at else {}


def settle(customer: Customer, message: Message) -> None:
    """Store whose the message is; a person's joins the thread, so that Karlos knows it later."""
    message.handling = _handling(customer, message, is_with_person=customer.is_with_person)
    message.save()
    _note(customer, message)


def _note(customer: Customer, message: Message) -> None:
    if message.handling == Message.Handling.WITH_PERSON:
        threads.note(customer, Said("customer", words.of(message)))


def _handling(customer: Customer, message: Message, *, is_with_person: bool) -> Message.Handling:
    """Whose words these are: Karlos's, a person's, or nobody's because the customer wants to be left alone, or only put a heart to something."""
    text = message.text
    if message.kind == Message.Kind.REACTION:
        return Message.Handling.ANSWERED
    if customer.opted_out_at and not _resumes(customer, text):
        return Message.Handling.SILENCED
    changes_consent = consent.asks_to_stop(text) or (customer.opted_out_at and consent.asks_to_resume(text))
    if is_with_person and not changes_consent:
        return Message.Handling.WITH_PERSON
    return Message.Handling.WAITING


def _resumes(customer: Customer, text: str) -> bool:
    """Whether the opt-out is taken back, by these words or by some that wait to be obeyed."""
    waiting = customer.messages.filter(handling=Message.Handling.WAITING).values_list("text", flat=True)
    return any(consent.asks_to_resume(said) for said in (text, *waiting))


def _touch(customer: Customer, inbound: Inbound, *, is_waiting: bool) -> None:
    """Push the due time on by the quiet time, to a few seconds after the first waiting message at most."""
    _touched(is_waiting=is_waiting).run(
        customer=customer.pk,
        address=inbound.address,
        profile_name=inbound.profile_name or customer.profile_name,
        written_at=inbound.written_at,
        quiet=timedelta(seconds=settings.ANSWER_DELAY_SECONDS),
        quiet_most=timedelta(seconds=settings.ANSWER_DELAY_MOST_SECONDS),
    )


@cache
def _touched(*, is_waiting: bool) -> Statement:
    written_at = Coalesce(Gap("written_at", DateTimeField()), Now())
    first = Coalesce(F("waiting_since"), Now())
    most = first + Gap("quiet_most", DurationField())
    work = {"waiting_since": first, "due_at": Least(Now() + Gap("quiet", DurationField()), most)}
    return prepared.update(
        Customer.objects.filter(pk=Gap("customer", BigIntegerField())),
        address=Gap("address", CharField()),
        profile_name=Gap("profile_name", CharField()),
        unread=F("unread") + 1,
        last_inbound_at=Greatest(Coalesce(F("last_inbound_at"), written_at), written_at),
        **(work if is_waiting else {}),
    )
