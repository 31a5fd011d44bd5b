"""How much work waits and for how long: for staff in the admin, and for whoever watches over the processes."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, DateTimeField, Max, Min, QuerySet
from django.db.models.functions import Coalesce, Greatest, Now

from conversations.models import Customer, Handoff, Message, Turn

IN_HAND = (Message.Delivery.QUEUED, Message.Delivery.SENDING, Message.Delivery.UNKNOWN)
# A worker takes up what is due within this time; before that nobody waits in a queue.
_AT_ONCE = timedelta(seconds=5)
_KEY, _KEPT_SECONDS = "queue:state", 5


@dataclass(frozen=True, kw_only=True)
class Line:
    """How many wait, and since when the first of them."""

    count: int
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True)
class State:
    """What staff are shown of it."""

    customers: Line
    to_send: Line
    parked: int


def state() -> State:
    """As it was within the last seconds: every page of the admin asks."""
    known: State | None = cache.get(_KEY)
    if known is None:
        known = State(customers=customers(_AT_ONCE), to_send=to_send(), parked=parked().count())
        cache.set(_KEY, known, _KEPT_SECONDS)
    return known


def customers(beyond: timedelta = timedelta(0)) -> Line:
    """Customers who are due and whom no worker has, since longer than that."""
    due = Customer.objects.filter(due_at__lte=Now(), channel=Customer.Channel.WHATSAPP)
    free = due.exclude(lease_until__gte=Now()).annotate(since=Greatest("due_at", Coalesce("lease_until", "due_at")))
    return _line(free.filter(since__lte=Now() - beyond), "since")


def to_send() -> Line:
    """Messages on their way to Twilio."""
    return _line(Message.objects.filter(delivery__in=IN_HAND), "created_at")


def with_person() -> Line:
    """Conversations that a person has."""
    return _line(Handoff.objects.filter(closed_at=None), "opened_at")


def parked() -> QuerySet[Turn]:
    """Turns that failed and that nobody has seen to: not tried again, and the conversation is still a person's."""
    open_handoffs = Handoff.objects.filter(closed_at=None).values("customer")
    return Turn.objects.filter(
        state=Turn.State.FAILED, customer__in=open_handoffs, messages__handling=Message.Handling.FAILED
    ).distinct()


def _line(rows: QuerySet[Customer] | QuerySet[Message] | QuerySet[Handoff], since: str) -> Line:
    """By the database's clock, which set these times."""
    found = rows.aggregate(n=Count("pk"), oldest=Min(since), now=Max(Now(), output_field=DateTimeField()))
    age = (found["now"] - found["oldest"]).total_seconds() if found["n"] else 0.0
    return Line(count=found["n"], oldest_seconds=max(0.0, age))
