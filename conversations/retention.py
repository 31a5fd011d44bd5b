"""What is kept for how long: staff set the days, and every night what is over them is deleted, kind by kind."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations import attachments, erasure, figures
from conversations.models import (
    Clearance,
    Customer,
    ErasedMessage,
    Erasure,
    Gap,
    Handoff,
    Lead,
    Limits,
    Message,
    Note,
    Quote,
    Thread,
    Turn,
    Visit,
)

logger = logging.getLogger(__name__)

FROM_HOUR = 3
_AT_ONCE = 1000
# Twilio gives up bringing a message long before.
_BROUGHT_AGAIN = timedelta(days=3)


def tonight() -> Clearance | None:
    """The night's deletions, if it is time and nobody does or did them."""
    now = timezone.localtime()
    if now.hour < FROM_HOUR:
        return None
    try:
        with transaction.atomic():
            clearance = Clearance.objects.create(day=now.date())
    except IntegrityError:
        return None
    figures.close_days()  # whoever is to be counted is, before their rows go
    deleted = {kind: clear() for kind, clear in _kinds(Limits.current(), now).items()}
    clearance.deleted = {kind: count for kind, count in deleted.items() if count}
    clearance.finished_at = timezone.now()
    clearance.save()
    logger.info("What was over its time is deleted: %s", clearance.deleted)
    return clearance


def _kinds(limits: Limits, now: datetime) -> dict[str, Callable[[], int]]:
    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    return {
        "attachments": attachments.forget_old,
        "customers": partial(_forget_customers, before(limits.customer_days)),
        "conversations": partial(_delete, _conversations(before(limits.conversation_days))),
        "quotes": partial(_delete, [Quote.objects.filter(made_at__lt=before(limits.quote_days))]),
        "work": partial(_delete, _work(before(limits.work_days))),
        "traces": partial(_delete, _traces(before(limits.trace_days))),
        "sessions": partial(_delete, [_sessions().filter(expire_date__lt=now)]),
        "erased_messages": partial(_delete, [_not_brought_again(now)]),
    }


def _sessions() -> QuerySet[Any]:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return store.get_model_class().objects.all()  # type: ignore[no-any-return]


def _delete(found: list[QuerySet[Any]]) -> int:
    """A thousand rows at a time, so that nobody waits long behind it. How many of these rows there were."""
    return sum(_delete_all(rows) for rows in found)


def _delete_all(rows: QuerySet[Any]) -> int:
    count = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        rows.model._default_manager.filter(pk__in=pks).delete()
        count += len(pks)
    return count


def _forget_customers(oldest: datetime) -> int:
    """Who has not written for so long is erased like who asks for it; not while somebody owes them something."""
    owed = Q(leads__done_at=None, leads__isnull=False) | Q(handoffs__closed_at=None, handoffs__isnull=False)
    owed |= Q(visits__state__in=Visit.OPEN)
    silent = Customer.objects.filter(Q(last_inbound_at__lt=oldest) | Q(last_inbound_at=None, created_at__lt=oldest))
    pks = list(silent.filter(due_at=None).exclude(pk__in=Customer.objects.filter(owed)).values_list("pk", flat=True))
    for customer in Customer.objects.filter(pk__in=pks).iterator():
        erasure.begin(customer)
    return len(pks)


def _conversations(oldest: datetime) -> list[QuerySet[Any]]:
    """Words and what they rested on. What waits for somebody stays."""
    said = Message.objects.filter(created_at__lt=oldest).exclude(handling=Message.Handling.WAITING)
    return [
        said.filter(next_step_at=None),
        Turn.objects.filter(opened_at__lt=oldest).exclude(state=Turn.State.OPEN),
        Thread.objects.filter(used_at__lt=oldest),
        Note.objects.filter(created_at__lt=oldest),
    ]


def _work(oldest: datetime) -> list[QuerySet[Any]]:
    """What somebody had to see to, and has."""
    return [
        Lead.objects.filter(done_at__lt=oldest),
        Visit.objects.filter(starts_at__lt=oldest).exclude(state__in=Visit.OPEN),
        Handoff.objects.filter(closed_at__lt=oldest),
        Gap.objects.filter(asked_at__lt=oldest),
    ]


def _traces(oldest: datetime) -> list[QuerySet[Any]]:
    """Of staff: who came in, who did what; and our own reports."""
    return [
        AccessLog.objects.filter(attempt_time__lt=oldest),
        AccessFailureLog.objects.filter(attempt_time__lt=oldest),
        AccessAttempt.objects.filter(attempt_time__lt=oldest),
        LogEntry.objects.filter(action_time__lt=oldest),
        Clearance.objects.filter(started_at__lt=oldest),
        Erasure.objects.filter(finished_at__lt=oldest),
    ]


def _not_brought_again(now: datetime) -> QuerySet[ErasedMessage]:
    return ErasedMessage.objects.filter(erasure__finished_at__lt=now - _BROUGHT_AGAIN)
