"""Which thread a customer is in: its id lives in the cache for 30 minutes after its last use, its items in the database."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import dropwhile
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import DateTimeField, DurationField, UUIDField
from django.db.models.functions import Now

from assistant import items
from assistant.items import Said
from assistant.reading.shown import Shown, shown
from conversations.models import Customer, Item, Thread, Turn
from inventory import prepared
from inventory.prepared import Gap

# What the model sees of a long thread; cut in front of a customer's words, so that no result loses its call.
ITEMS_MOST = 60

_MINE = Thread.objects.filter(customer=Gap("customer"))
_THREAD = Gap("thread", UUIDField())
_KNOWN = prepared.select(_MINE.filter(pk=_THREAD))
_LATEST = prepared.select(_MINE.filter(used_at__gte=Now() - Gap("lasts", DurationField())).order_by("-used_at")[:1])
_EARLIER = prepared.select(
    _MINE.filter(started_at__lt=Gap("started_at", DateTimeField())).exclude(pk=_THREAD).order_by("-used_at")[:1]
)
_BEGIN = prepared.insert(Thread(**prepared.gaps_of(Thread, "id", "customer_id")))
_USE = prepared.update(Thread.objects.filter(pk=_THREAD), used_at=Now())


def upsert(customer: Customer) -> Thread:
    """The customer's live thread, its 30 minutes begun anew; a new one when they are over.

    The cache is asked first and may have lost everything: then the database knows.
    """
    cached = cache.get(key(customer))
    thread = _live(customer, cached)
    if thread:
        _USE.run(thread=thread.pk)
    else:
        thread = _BEGIN.add(Thread(customer=customer))
        thread.is_new = True
    cache.set(key(customer), str(thread.pk), settings.THREAD_SECONDS)
    return thread


def _live(customer: Customer, cached: str | None) -> Thread | None:
    if cached:
        return _KNOWN.first(customer=customer.pk, thread=UUID(cached))
    return _LATEST.first(customer=customer.pk, lasts=timedelta(seconds=settings.THREAD_SECONDS))


def key(customer: Customer) -> str:
    """Under which the cache has the id of the customer's thread."""
    return f"thread:{customer.channel}:{customer.pk}"


def forget(customer: Customer) -> None:
    """Begin a new thread at the customer's next words."""
    cache.delete(key(customer))
    oldest = Now() - timedelta(seconds=settings.THREAD_SECONDS + 1)
    Thread.objects.filter(customer=customer).update(used_at=oldest)


def read(thread: Thread, before: int | None = None) -> tuple[items.Item, ...]:
    """The thread as the model gets it, now or before one of its items: the last items, beginning with words of the customer."""
    if thread.is_new:
        return ()
    known = thread.items.all() if before is None else thread.items.filter(pk__lt=before)
    rows = list(known.order_by("-id").values_list("kind", "content")[:ITEMS_MOST])[::-1]
    if len(rows) == ITEMS_MOST:
        rows = list(dropwhile(lambda row: row[0] != Item.Kind.CUSTOMER, rows))
    return tuple(items.from_json(kind, content) for kind, content in rows)


def earlier(thread: Thread) -> tuple[int | None, Mapping[str, Any] | None]:
    """The stock id of the car that the customer's thread before this one ended with, and the arguments of its estimate, if any."""
    last = _EARLIER.first(customer=thread.customer_id, thread=thread.pk, started_at=thread.started_at)
    ended = shown(read(last)) if last else Shown()
    is_quoted = ended.quoted is not None and ended.quoted.get("stock_id") == ended.focus
    return ended.focus, ended.quoted if is_quoted else None


def append(thread: Thread, gained: Iterable[items.Item], turn: Turn | None = None) -> None:
    """Store what outlives the turn."""
    thread.is_new = False
    stored = (items.to_json(item) for item in gained)
    Item.objects.bulk_create(
        [Item(thread=thread, turn=turn, kind=kind, content=content) for kind, content in filter(None, stored)]
    )


def note(customer: Customer, said: Said) -> None:
    """Put words that no turn answers (while a person has the conversation) into the thread, so that Karlos knows them later."""
    thread = _live(customer, None) or _BEGIN.add(Thread(customer=customer))
    _USE.run(thread=thread.pk)
    append(thread, [said])


def unnote(customer: Customer, said: Said) -> None:
    """Take noted words out again: a turn is to answer them after all."""
    noted = Item.objects.filter(thread__customer=customer, turn=None, kind=said.author, content__text=said.text)
    Item.objects.filter(pk__in=noted.order_by("-id").values_list("pk", flat=True)[:1]).delete()
