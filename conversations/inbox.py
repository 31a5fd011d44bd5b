"""The inbox: who waits for a person first, then who wrote last, a page at a time. No page reads more rows than it shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Least, Now
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from conversations import window
from conversations.models import Customer, Handoff, Lead, Message

PAGE = 25
# Shown above everyone else; with more of them the longest waiting are.
WAITING_MOST = 50
# What failed longer ago has been seen.
FAILED_FOR = timedelta(days=7)
# Of an id that the database can hold.
DIGITS_MOST = 18


@dataclass(frozen=True, kw_only=True)
class Row:
    """One customer, with what a member of staff should see of them at a glance."""

    customer: Customer
    last: Message | None
    handoff: Handoff | None
    is_overdue: bool
    is_proposed: bool
    has_failed: bool
    has_lead: bool
    is_window_open: bool

    @property
    def initials(self) -> str:
        """Of the name; a sign for who has none."""
        words = [word for word in str(self.customer.profile_name).split() if word[:1].isalpha()]
        return "".join(word[0] for word in words[:2]).upper() or "#"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows in their order, and where the next page begins; empty if this is the last."""

    rows: Sequence[Row]
    next: str


def page(customers: QuerySet[Customer], after: str = "") -> Page:
    """Of these customers, those that come after that place."""
    first = _waiting(customers)
    waiting = list(customers.filter(pk__in=first)) if first and not after else []
    waiting.sort(key=lambda customer: first.index(customer.pk))
    others = customers.exclude(pk__in=first).filter(last_inbound_at__isnull=False)
    others = others.filter(_is_after(after)).order_by("-last_inbound_at", "-pk")
    shown = list(others[: PAGE + 1])
    place = _place(shown[PAGE - 1]) if len(shown) > PAGE else ""
    return Page(rows=_rows([*waiting, *shown[:PAGE]]), next=place)


def _waiting(customers: QuerySet[Customer]) -> list[int]:
    """Who is to be answered by a person: nobody has taken the conversation, or they wrote since somebody looked."""
    unanswered = Q(taken_at=None) | Q(customer__unread__gt=0)
    handoffs = Handoff.objects.filter(unanswered, closed_at=None, customer__in=customers.order_by())
    longest = F("due_at").asc(nulls_last=True)
    return list(
        handoffs.order_by(F("taken_at").asc(nulls_first=True), longest, "pk").values_list("customer", flat=True)[
            :WAITING_MOST
        ]
    )


def _place(customer: Customer) -> str:
    return f"{customer.last_inbound_at:%Y-%m-%dT%H:%M:%S.%f%z}~{customer.pk}"


def _is_after(place: str) -> Q:
    """A place that can't be read is the beginning."""
    moment, _, pk = place.partition("~")
    try:
        at = parse_datetime(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not pk.isdecimal() or len(pk) > DIGITS_MOST:
        return Q()
    # As the row has it, to the last digit; by the place itself if the customer has written again or is gone.
    stored = Subquery(Customer.objects.filter(pk=int(pk)).values("last_inbound_at"))
    here = Least(Coalesce(stored, Value(at)), Value(at))
    return Q(last_inbound_at__lt=here) | Q(last_inbound_at=here, pk__lt=int(pk))


def _rows(customers: Sequence[Customer]) -> list[Row]:
    """What belongs to a page's customers, in one query each."""
    ids = [customer.pk for customer in customers]
    last = _last_messages(ids)
    handoffs = Handoff.objects.filter(customer__in=ids, closed_at=None).select_related("taken_by")
    open_handoffs = {handoff.customer_id: handoff for handoff in handoffs}
    proposed = _of(Message.objects.filter(delivery=Message.Delivery.PROPOSED), ids)
    failed = _of(Message.objects.filter(has_failed()), ids)
    leads = _of(Lead.objects.filter(done_at=None), ids)
    now = timezone.now()
    return [
        Row(
            customer=customer,
            last=last.get(customer.pk),
            handoff=open_handoffs.get(customer.pk),
            is_overdue=_is_overdue(open_handoffs.get(customer.pk), now),
            is_proposed=customer.pk in proposed,
            has_failed=customer.pk in failed,
            has_lead=customer.pk in leads,
            is_window_open=(closes := window.closes_at(customer)) is not None and closes > now,
        )
        for customer in customers
    ]


def _is_overdue(handoff: Handoff | None, now: datetime) -> bool:
    return handoff is not None and handoff.taken_at is None and handoff.due_at is not None and handoff.due_at < now


def _last_messages(ids: Iterable[int]) -> dict[int, Message]:
    latest = Message.objects.filter(customer=OuterRef("pk")).exclude(delivery=Message.Delivery.PROPOSED)
    newest = Subquery(latest.order_by("-id").values("pk")[:1])
    numbers = Customer.objects.filter(pk__in=list(ids)).annotate(newest=newest).values_list("newest", flat=True)
    messages = Message.objects.filter(pk__in=[number for number in numbers if number]).select_related("user")
    return {message.customer_id: message for message in messages}


def _of(rows: QuerySet[Any], ids: Sequence[int]) -> set[int]:
    return set(rows.filter(customer__in=ids).values_list("customer", flat=True))


def has_failed() -> Q:
    """Messages that could not be answered or did not arrive, lately."""
    failed = Q(delivery=Message.Delivery.FAILED) | Q(handling=Message.Handling.FAILED)
    return failed & Q(created_at__gt=Now() - FAILED_FOR)
