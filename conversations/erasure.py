"""Erasing a customer: database, files and cache at once, Twilio as soon as it lets us; at the end a search that finds nothing."""

import logging
from datetime import timedelta
from functools import partial

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from conversations import delivery, doorbell, lease, personal_data, presence, remains, staff, threads
from conversations.models import Customer, ErasedMessage, Erasure, Message
from conversations.whatsapp import Unreachable, transport

logger = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=10)
_ROWS_MOST = 500


# --- Here ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(customer: Customer, by_id: int | None = None) -> Erasure:
    """Take everything out of the database, the storage and the cache; then workers see to Twilio.

    A worker that has the customer in hand comes before this, or finds its lease lost and throws its work away.
    """
    staff.lock(customer.pk)
    customer = Customer.objects.get(pk=customer.pk)
    marks, name = personal_data.marks(customer), personal_data.full_name(customer)
    erasure = Erasure.objects.create(
        customer_number=customer.pk,
        erased_by_id=by_id,
        addresses=personal_data.addresses(customer),
        words=marks,
        words_beside=[*name, *personal_data.sentences(customer)],
        finish_at=Now() + _until_settled(customer),
    )
    sids = customer.messages.exclude(sid=None).values_list("sid", flat=True)
    ErasedMessage.objects.bulk_create(ErasedMessage(erasure=erasure, sid=sid) for sid in sids if sid)
    names = personal_data.files(customer)
    counts = {model._meta.label_lower: rows.count() for model, rows in personal_data.rows(customer)}
    for model, rows in personal_data.rows(customer):
        _make_unknown(model, rows, str(erasure))
    transaction.on_commit(partial(_forget, _copy(customer), names, erasure.pk))
    customer.delete()
    remains.hide([*marks, *name])
    erasure.erased = {label: count for label, count in counts.items() if count} | (
        {"files": len(names)} if names else {}
    )
    erasure.save(update_fields=["erased"])
    logger.info("Customer %s is erased here", erasure.customer_number)
    return erasure


def _copy(customer: Customer) -> Customer:
    """What is left to know the cache's keys by: a row that was deleted has lost its number."""
    return Customer(pk=customer.pk, channel=customer.channel)


def _until_settled(customer: Customer) -> timedelta:
    """Who is just posting a message knows nothing of this: Twilio has it a moment later."""
    is_posting = customer.messages.filter(delivery=Message.Delivery.SENDING).exists()
    return delivery.SENDING_MOST if is_posting else timedelta(0)


def _make_unknown(model: type[Model], rows: QuerySet[Model], name: str) -> None:
    """What staff did stays; whom they did it to is a number."""
    kind = ContentType.objects.get_for_model(model)
    entries = LogEntry.objects.filter(content_type=kind)
    keys = [str(key) for key in rows.values_list("pk", flat=True)] if entries.exists() else []
    for start in range(0, len(keys), _ROWS_MOST):
        entries.filter(object_id__in=keys[start : start + _ROWS_MOST]).update(object_repr=name)


def _forget(customer: Customer, files: list[str], erasure_id: int) -> None:
    for name in files:
        default_storage.delete(name)
    cache.delete(threads.key(customer))
    staff_ids = User.objects.filter(is_staff=True).values_list("pk", flat=True)
    cache.delete_many([presence.key(customer.pk, user_id) for user_id in staff_ids])
    doorbell.ring_erasure(erasure_id)


# --- At Twilio, and the search ------------------------------------------------------------------------------------


def finish(erasure_id: int) -> None:
    """Delete what Twilio holds, search for what is left, and forget what was needed for both. Again later, if Twilio is away."""
    due = Erasure.objects.filter(pk=erasure_id, finished_at=None, finish_at__lte=Now())
    if not due.update(finish_at=Now() + TRY_AGAIN):
        return
    erasure = Erasure.objects.get(pk=erasure_id)
    sids = list(erasure.messages.values_list("sid", flat=True))
    lease.let_go_of_connection()
    mine = Erasure.objects.filter(pk=erasure_id)
    try:
        _erase_at_twilio(erasure, sids)
    except Unreachable as e:
        mine.update(problem=str(e)[:255])
        logger.warning("Customer %s can't be erased at Twilio yet: %s", erasure.customer_number, e)
        return
    left = remains.found(erasure.words, erasure.words_beside, since=erasure.erased_at)
    mine.update(addresses=[], words=[], words_beside=[], left=left, problem="", finished_at=Now())
    logger.info("Customer %s is erased; the search found %s places", erasure.customer_number, len(left))


def _erase_at_twilio(erasure: Erasure, sids: list[str]) -> None:
    if not erasure.addresses:  # who was at the terminal was never there
        return
    for way in transport.every():
        way.erase(erasure.addresses, sids, until=erasure.erased_at)


def due() -> list[int]:
    """Erasures that are not at their end."""
    waiting = Erasure.objects.filter(finished_at=None, finish_at__lte=Now()).order_by("finish_at")
    return list(waiting.values_list("pk", flat=True)[:_ROWS_MOST])
