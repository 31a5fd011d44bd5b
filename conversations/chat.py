"""A conversation as staff read it: what was said, with their own notes in between, a page at a time from the newest back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from conversations import staff
from conversations.models import Customer, Message, Note

PAGE = 40
# Of a page that was asleep for long; it begins anew with what is newest.
NEWS_MOST = 200


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One message, or one note."""

    message: Message | None = None
    note: Note | None = None

    @property
    def at(self) -> datetime:
        return (self.message or self.note).created_at  # type: ignore[union-attr] # it is one of them

    @property
    def day(self) -> date:
        return timezone.localtime(self.at).date()

    @property
    def writer(self) -> str:
        """The member of staff, or Karlos."""
        if self.note:
            return staff.name(self.note.user) if self.note.user else ""
        return staff.writer(self.message) if self.message else ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Entries in their order. `first` and `newest` are ids of messages, 0 if there is none; `has_earlier` tells whether more lies before."""

    entries: Sequence[Entry]
    first: int
    newest: int
    has_earlier: bool


def latest(customer: Customer) -> Page:
    """What was said last."""
    return _page(customer, _said(customer), PAGE)


def earlier(customer: Customer, before: int) -> Page:
    """What was said before that message."""
    end = customer.messages.filter(pk=before).values_list("created_at", flat=True).first()
    return _page(customer, _said(customer).filter(pk__lt=before), PAGE, end=end)


def since(customer: Customer, first: int) -> Page:
    """That message and everything after it."""
    return _page(customer, _said(customer).filter(pk__gte=first), NEWS_MOST)


def _said(customer: Customer) -> QuerySet[Message]:
    """What waits for approval has a place of its own."""
    said = (
        customer.messages.exclude(delivery=Message.Delivery.PROPOSED)
        .select_related("turn", "user")
        .prefetch_related("attachments")
    )
    return said.order_by("-id")


def _page(customer: Customer, said: QuerySet[Message], most: int, end: datetime | None = None) -> Page:
    messages = list(said[: most + 1])
    has_earlier = len(messages) > most
    messages = messages[:most][::-1]
    notes = _notes(customer, messages[0].created_at if has_earlier else None, end)
    entries = [Entry(message=message) for message in messages] + [Entry(note=note) for note in notes]
    return Page(
        entries=sorted(entries, key=_place),
        first=messages[0].pk if messages else 0,
        newest=messages[-1].pk if messages else 0,
        has_earlier=has_earlier,
    )


def _notes(customer: Customer, begin: datetime | None, end: datetime | None) -> list[Note]:
    limits: dict[str, Any] = {}
    if begin:
        limits["created_at__gte"] = begin
    if end:
        limits["created_at__lt"] = end
    notes = customer.notes.filter(**limits).select_related("user").order_by("-created_at", "-pk")
    return list(notes[:NEWS_MOST])


def _place(entry: Entry) -> tuple[datetime, bool, int]:
    return entry.at, entry.note is not None, (entry.message or entry.note).pk  # type: ignore[union-attr] # it is one of them
