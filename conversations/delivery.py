"""Getting a recorded message out: checked again, marked as sending, posted, and looked for when nobody knows."""

import logging
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from assistant import dealership
from assistant.items import Said
from assistant.sentences import say
from conversations import (
    documents,
    doorbell,
    failure,
    lease,
    metrics,
    outdated,
    queue,
    quotes,
    threads,
    window,
    withdrawal,
)
from conversations.models import Customer, Handoff, Message
from conversations.whatsapp import (
    Approved,
    Choice,
    Media,
    NotTaken,
    Outbound,
    Refused,
    Status,
    Uncertain,
    Unreachable,
    errors,
    transport,
)
from conversations.whatsapp import text as whatsapp_text
from inventory import prepared
from inventory.prepared import Gap

logger = logging.getLogger(__name__)

Delivery = Message.Delivery
IN_HAND = queue.IN_HAND
# Longer than any POST takes: who is still "sending" after it has died.
SENDING_MOST = timedelta(seconds=settings.SENDING_SECONDS)
LOOK_AFTER = timedelta(seconds=settings.LOOK_AFTER_SECONDS)
LOOKS_MOST = 2
WAIT_MOST_SECONDS = 300
_MESSAGE = Message.objects.filter(pk=Gap("message"))
_IN_HAND = Message.objects.filter(customer=Gap("customer"), delivery__in=IN_HAND)
# The customer now. `is_behind`: an earlier message to them is still in hand, and the order is kept.
_STATE = prepared.select(
    Customer.objects.filter(pk=Gap("customer")).annotate(
        is_behind=Exists(_IN_HAND.filter(pk__lt=Gap("message"))),
        has_person=Exists(Handoff.objects.filter(customer=Gap("customer"), closed_at=None)),
        can_be_written_to=window.OPEN,
    )
)
_TAKE = prepared.update(
    _MESSAGE.filter(Q(next_step_at=None) | Q(next_step_at__lte=Now()), delivery=Delivery.QUEUED),
    delivery=Delivery.SENDING,
    attempts=F("attempts") + 1,
    looks=0,
    sending_at=Now(),
    next_step_at=Now() + SENDING_MOST,
)
_SENT = {"delivery": Delivery.SENT, "error": "", "next_step_at": None}
_SEND = prepared.update(_MESSAGE.filter(sid=None, delivery__in=IN_HAND), sid=Gap("sid", CharField()), **_SENT)
_NEXT = prepared.select(_IN_HAND.order_by("pk").values_list("pk", "delivery")[:1])
# How far a message has come; it only ever moves on.
_RANK = {
    d: n for n, d in enumerate((Delivery.QUEUED, Delivery.SENDING, Delivery.SENT, Delivery.DELIVERED, Delivery.READ))
}


def deliver(message_id: int) -> None:
    """Take the message one step further. Safe to run twice, anywhere and at any time."""
    message = Message.objects.filter(pk=message_id).first()
    if message is not None:  # not erased since the ring
        proceed(message)


def proceed(message: Message) -> None:
    """The same for a message as it was just read or made."""
    with _told_of(message):
        if message.delivery == Delivery.UNKNOWN or (message.delivery == Delivery.SENDING and _presume_dead(message)):
            _look_for(message)
        elif message.delivery == Delivery.QUEUED and _take(message):
            _post(message)
        _ring_next(message.customer_id)


def _told_of(message: Message) -> AbstractContextManager[None]:
    """Each line that is logged within tells the message, its turn and its customer."""
    return bound_contextvars(message_id=message.pk, turn_id=message.turn_id, customer_id=message.customer_id)


def record(message_id: int | None, status: Status) -> None:
    """Note how far Twilio says a message has come, which is known by our id or else by its SID; repeats and late reports change nothing."""
    which = Q(sid=status.sid) if message_id is None else Q(pk=message_id)
    with transaction.atomic():
        message = Message.objects.select_for_update().exclude(author=Message.Author.CUSTOMER).filter(which).first()
        if message is None:
            logger.warning("A delivery report for a message that we don't have: %s", message_id or status.sid)
            return
        if status.sid in failure.former(message):
            return
        if not message.sid:
            message.sid = status.sid
        # Of a message that may have gone out twice, one copy may fail and the other arrive.
        is_of_another_copy = status.delivery == Delivery.FAILED and message.sid != status.sid
        if _is_forward(message.delivery, status.delivery) and not is_of_another_copy:
            message.delivery = status.delivery
            message.error = status.error
            message.next_step_at = None
            if status.delivery == Delivery.FAILED:
                _failed(message, status.code)
        message.save(update_fields=["sid", "delivery", "error", "next_step_at", "details"])
    with _told_of(message):
        logger.info("Message %s is %s, says Twilio", message.pk, status.delivery)
        _ring_next(message.customer_id)


def _failed(message: Message, code: str) -> None:
    """It goes out again where that helps, under another SID; else what was in it is said in words."""
    failure.note(message, code)
    wait = failure.wait_seconds(message, code)
    if wait is None:
        _put_into_words(message, code)
        return
    message.details = message.details | {"former_sids": [*failure.former(message), message.sid]}
    message.delivery, message.sid = Delivery.QUEUED, None
    message.next_step_at = timezone.now() + timedelta(seconds=wait)


def _is_forward(now: str, then: str) -> bool:
    """queued < sending < sent < delivered < read; failed is the end, unless it was delivered after all."""
    if then == Delivery.FAILED:
        return now in IN_HAND or now == Delivery.SENT
    if now in (Delivery.FAILED, Delivery.CANCELLED):
        return then in (Delivery.DELIVERED, Delivery.READ)
    return _RANK[Delivery(then)] > _RANK.get(Delivery(now), _RANK[Delivery.SENDING])


# --- Before the POST --------------------------------------------------------------------------------------------


@transaction.atomic
def _take(message: Message) -> bool:
    """Whether we are the one to post it now: then "sending" is committed."""
    state: Any
    [state] = _STATE.all(customer=message.customer_id, message=message.pk)
    message.customer = state
    if state.is_behind:
        return False
    if reason := _reason_to_withhold(message, state):
        if _set(message, Delivery.QUEUED, delivery=Delivery.CANCELLED, error=reason, next_step_at=None):
            _unsay(message)
        logger.info("Message %s is cancelled", message.pk)
        return False
    if outdated.changes(message.cars):
        if not message.is_notice:
            _answer_anew(message)
            return False
        _leave_out_cars(message)
    taken = _TAKE.run(message=message.pk)
    message.attempts += 1
    return bool(taken)


def _unsay(message: Message) -> None:
    """A person's words that were never sent leave the thread: Karlos must not build on them."""
    if message.author == Message.Author.STAFF:
        threads.unnote(message.customer, Said("staff", message.text))


def _leave_out_cars(message: Message) -> None:
    """What is left of a handoff's notice when its figures no longer hold: that a person answers."""
    language = message.customer.language or "es"
    message.text = say(language, "handed_off")
    _set(message, Delivery.QUEUED, text=message.text, cars={})


def _answer_anew(message: Message) -> None:
    """Withhold what is left of the turn's answer, and let its questions wait again, as if it had never been given."""
    Customer.objects.filter(pk=message.customer_id).update(fence=F("fence"))
    reason = _("A car in it was sold, reserved or priced anew; the customer is answered again.")
    turn = message.turn
    if turn is None or not _set(message, Delivery.QUEUED, delivery=Delivery.CANCELLED, error=reason, next_step_at=None):
        return
    withdrawal.again(turn, reason)
    transaction.on_commit(lambda: doorbell.ring_now(message.customer_id))
    logger.info("Message %s is out of date; customer %s is answered anew", message.pk, message.customer_id)


def _reason_to_withhold(message: Message, customer: Any) -> str:
    if not _is_in_time(message, customer):
        return window.is_over()
    # Only what confirms the opt-out was written after it.
    if customer.opted_out_at and not (message.is_notice and message.created_at >= customer.opted_out_at):
        return _("The customer asked for no more messages.")
    is_karlos_own = message.author == Message.Author.ASSISTANT and not message.is_notice and message.user_id is None
    if is_karlos_own and customer.has_person:
        return _("A person has taken the conversation.")
    if message.author == Message.Author.STAFF and outdated.changes(message.cars):
        return _("A car in it was sold, reserved or priced anew: look at it and write again.")
    return ""


def _is_in_time(message: Message, customer: Any) -> bool:
    """Whether WhatsApp takes it now. A template goes at any time, but nobody wants to say a day later what they said then."""
    if "template" in message.details:
        return Message.objects.filter(pk=message.pk, created_at__gt=Now() - window.LASTS).exists()
    return bool(customer.can_be_written_to)


# --- The POST ---------------------------------------------------------------------------------------------------


def _post(message: Message) -> None:
    """Post it, with no transaction open and no connection held, and record what is known of the outcome."""
    address, outbound = message.customer.address, _outbound(message)
    lease.let_go_of_connection()
    try:
        sid = transport.current().send(address, outbound)
    except NotTaken as e:
        _try_later(message, e)
    except Refused as e:
        with transaction.atomic():
            if _set(message, Delivery.SENDING, delivery=Delivery.FAILED, error=str(e), next_step_at=None):
                failure.note(message, e.code)
                _put_into_words(message, e.code)
        logger.warning("Message %s is refused (%s)", message.pk, e.code or "no code of Twilio's")
    except Uncertain as e:
        _set(message, Delivery.SENDING, delivery=Delivery.UNKNOWN, error=str(e)[:255], next_step_at=Now() + LOOK_AFTER)
        logger.warning("Message %s: nobody knows whether it was taken: %s", message.pk, e)
    else:
        _sent(message, sid)


def _put_into_words(message: Message, code: str) -> None:
    """A document that WhatsApp can't get was announced, a picture had a caption, a text was too long: the words follow as texts."""
    if not (texts := _instead(message, code)):
        return
    part = message.turn.messages.filter(author=Message.Author.ASSISTANT).count() if message.turn else 0
    Message.objects.bulk_create(
        Message(
            customer=message.customer,
            turn=message.turn,
            author=message.author,
            user_id=message.user_id,
            is_notice=message.is_notice,
            text=text,
            part=n,
            model=message.model,
            cars=message.cars,
            delivery=Delivery.QUEUED,
            next_step_at=Now(),
        )
        for n, text in enumerate(texts, part)
    )


def _instead(message: Message, code: str) -> list[str]:
    """The texts that take the place of a message whose form was refused for this reason."""
    if code in errors.TOO_LONG:
        shorter = whatsapp_text.split(message.text, whatsapp_text.SHORTER_BYTES)
        return shorter if len(shorter) > 1 else []
    if code in errors.HOPELESS:
        return []
    return whatsapp_text.split(_words_of_media(message, code))


def _words_of_media(message: Message, code: str) -> str:
    """What is to be said in place of a picture, a document, a pin or what can be tapped; nothing in place of a text."""
    if message.details.get("choices") or message.details.get("place"):
        return message.text if code in errors.AS_TEXT else ""
    if not message.media:
        return ""
    if message.kind == Message.Kind.IMAGE:
        return message.text
    quote = quotes.at(message.media.rpartition("/")[2].removesuffix(".pdf"))
    return quotes.in_words(quote) if quote and message.turn else ""


def _outbound(message: Message) -> Outbound:
    media = None
    if message.media:
        media = Media(url=f"{settings.PUBLIC_BASE_URL}{message.media}", read=partial(documents.read, message.media))
    shown, template = message.details.get("place"), message.details.get("template")
    return Outbound(
        message_id=message.pk,
        language=message.customer.language or "es",
        text=message.text,
        media=media,
        choices=tuple(Choice(**choice) for choice in message.details.get("choices", ())),
        choices_label=message.details.get("choices_label", ""),
        place=(shown["latitude"], shown["longitude"]) if shown else None,
        place_label=dealership.name() if shown else "",
        template=Approved(**template) if template else None,
    )


def _sent(message: Message, sid: str) -> None:
    """A report may have come before this answer: then only the SID is new, if even that. A late answer ends every doubt."""
    metrics.DELIVERY_SECONDS.observe(max(0.0, (timezone.now() - message.created_at).total_seconds()))
    if not _SEND.run(message=message.pk, sid=sid):
        mine = Message.objects.filter(pk=message.pk)
        mine.filter(sid=None).update(sid=sid)
        mine.filter(delivery__in=IN_HAND).update(**_SENT)
    logger.info("Message %s is with Twilio", message.pk)


def _try_later(message: Message, reason: NotTaken) -> None:
    """Ever more rarely, until WhatsApp's window closes: then it is withheld."""
    wait = min(max(reason.wait_seconds, 2.0 ** min(message.attempts - 1, 10)), WAIT_MOST_SECONDS)
    _set(
        message,
        Delivery.SENDING,
        delivery=Delivery.QUEUED,
        error=str(reason)[:255],
        next_step_at=Now() + timedelta(seconds=wait),
    )


# --- When nobody knows ------------------------------------------------------------------------------------------


def _presume_dead(message: Message) -> bool:
    """Whoever was sending it has died: from here it is unknown. False if it is not so, or somebody else was quicker."""
    dead = Message.objects.filter(pk=message.pk, delivery=Delivery.SENDING, next_step_at__lte=Now())
    return bool(dead.update(delivery=Delivery.UNKNOWN, next_step_at=F("sending_at") + LOOK_AFTER))


def _look_for(message: Message) -> None:
    """Search Twilio's list; adopt what is found there; after two looks in vain send it once more, flagged."""
    mine = Message.objects.filter(pk=message.pk, delivery=Delivery.UNKNOWN, next_step_at__lte=Now())
    if not mine.update(next_step_at=Now() + SENDING_MOST) or message.sending_at is None:
        return
    address, outbound, since = message.customer.address, _outbound(message), message.sending_at
    lease.let_go_of_connection()
    try:
        found = transport.current().find(address, outbound, since=since)
    except Unreachable as e:
        logger.warning("Message %s can't be looked for: %s", message.pk, e)
        _give_up_old(message)
        return
    others = set(Message.objects.filter(sid__in=found).exclude(pk=message.pk).values_list("sid", flat=True))
    sid = next((sid for sid in found if sid not in others and sid not in failure.former(message)), None)
    if sid:
        _sent(message, sid)
    elif message.looks + 1 < LOOKS_MOST:
        _set(message, Delivery.UNKNOWN, looks=message.looks + 1, next_step_at=Now() + LOOK_AFTER)
    elif message.possible_duplicate:
        _set(message, Delivery.UNKNOWN, delivery=Delivery.FAILED, next_step_at=None)
    else:
        _set(message, Delivery.UNKNOWN, delivery=Delivery.QUEUED, possible_duplicate=True, next_step_at=Now())


def _give_up_old(message: Message) -> None:
    """After the window nothing could be sent again, and what is behind it need not wait for an answer that never comes."""
    old = Message.objects.filter(pk=message.pk, delivery=Delivery.UNKNOWN, sending_at__lte=Now() - window.LASTS)
    old.update(delivery=Delivery.FAILED, next_step_at=None)


def _set(message: Message, was: Delivery, **changes: object) -> bool:
    """Change it if it is still where we believe it to be, in the same attempt: others may have moved it on meanwhile."""
    unmoved = Message.objects.filter(pk=message.pk, delivery=was, attempts=message.attempts)
    return bool(unmoved.update(**changes))


# --- What comes next --------------------------------------------------------------------------------------------


def _ring_next(customer_id: int) -> None:
    """The customer's next message, if it may go now."""
    message_id, delivery = next(iter(_NEXT.rows(customer=customer_id)), (0, ""))
    is_due = Message.objects.filter(pk=message_id, next_step_at__lte=Now())
    if delivery == Delivery.QUEUED and is_due.exists():
        doorbell.ring_delivery(message_id)


def due(limit: int) -> list[int]:
    """Messages whose next step is due, the longest waiting first; not those that wait for an earlier one."""
    earlier = Message.objects.filter(customer=OuterRef("customer"), pk__lt=OuterRef("pk"), delivery__in=IN_HAND)
    in_hand = Message.objects.filter(~Exists(earlier), delivery__in=IN_HAND, next_step_at__lte=Now())
    return list(in_hand.order_by("next_step_at", "pk").values_list("pk", flat=True)[:limit])
