"""The figures of the dealership: which rows each one counts, day by day; past days are rolled up, today is counted live."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from django.db import models
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from conversations import queue
from conversations.models import Customer, DailyFigures, Handoff, Item, Lead, Limits, Message, Thread, Turn, Visit

# A day's rows change for a while after it is over: answers arrive, people take what waits.
OPEN_DAYS = 3
# So many days are rolled up in one go: the rest an hour later.
DAYS_MOST = 400

_SENT = (Message.Delivery.SENT, Message.Delivery.DELIVERED, Message.Delivery.READ)
_ARRIVED = (Message.Delivery.DELIVERED, Message.Delivery.READ)
# The few of the terminal are left out: to ask of each of a day's rows whether its customer is of WhatsApp would read them all.
_WHATSAPP = ~Q(customer__in=Customer.objects.filter(channel=Customer.Channel.TERMINAL))
_OUT = ~Q(author=Message.Author.CUSTOMER)

_POSTED = Message.objects.filter(turn__thread=OuterRef("pk"), author=Message.Author.ASSISTANT, sending_at__isnull=False)
_REPLIED = Q(Exists(_POSTED))
_PERSON = (
    Q(Exists(Handoff.objects.filter(turn__thread=OuterRef("pk"))))
    | Q(Exists(Item.objects.filter(thread=OuterRef("pk"), kind=Item.Kind.STAFF)))
    | Q(Exists(_POSTED.filter(user__isnull=False)))
)
_HANDED_OFF = _WHATSAPP & ~Q(reason=Handoff.Reason.TAKEN)


@dataclass(frozen=True)
class Rows:
    """What a figure counts: rows of a model that fulfil a condition, each on the day of one of its moments."""

    model: type[models.Model]
    moment: str
    which: Q

    def of(self, rows: QuerySet[Any], first: date, last: date) -> QuerySet[Any]:
        """Those of these rows that the figure counts from one day to another, both included."""
        within = {f"{self.moment}__gte": midnight(first), f"{self.moment}__lt": midnight(last + timedelta(days=1))}
        found: QuerySet[Any] = rows.filter(self.which, **within)
        return found

    def within(self, first: date, last: date) -> QuerySet[Any]:
        return self.of(self.model._default_manager.all(), first, last)


ROWS = {
    "conversations": Rows(Thread, "started_at", _WHATSAPP),
    "replied": Rows(Thread, "started_at", _WHATSAPP & _REPLIED),
    "without_person": Rows(Thread, "started_at", _WHATSAPP & _REPLIED & ~_PERSON),
    "handed_off": Rows(Handoff, "opened_at", _HANDED_OFF),
    "waited": Rows(Handoff, "taken_at", _HANDED_OFF),
    "visits": Rows(Visit, "created_at", _WHATSAPP),
    "visits_done": Rows(Visit, "starts_at", _WHATSAPP & Q(state=Visit.State.DONE)),
    "visits_missed": Rows(Visit, "starts_at", _WHATSAPP & Q(state=Visit.State.MISSED)),
    "leads": Rows(Lead, "created_at", _WHATSAPP & ~Q(kind__in=Lead.PRIVACY)),
    "failed_turns": Rows(Turn, "opened_at", _WHATSAPP & Q(state=Turn.State.FAILED)),
    "failed_messages": Rows(Message, "created_at", _WHATSAPP & Q(delivery=Message.Delivery.FAILED)),
    "blocked": Rows(Turn, "opened_at", _WHATSAPP & ~Q(withheld=[])),
    "paid": Rows(Turn, "opened_at", _WHATSAPP & Q(cost_mxn__gt=0)),
    "messages_in": Rows(Message, "created_at", _WHATSAPP & ~_OUT),
    "messages_out": Rows(Message, "created_at", _WHATSAPP & _OUT & Q(delivery__in=_SENT)),
    "delivered": Rows(Message, "created_at", _WHATSAPP & _OUT & Q(delivery__in=_ARRIVED)),
    "templates": Rows(
        Message, "created_at", _WHATSAPP & _OUT & Q(delivery__in=_ARRIVED) & Q(details__has_key="template")
    ),
}
# What a day's row counts under the same name.
_COUNTED = (
    "conversations", "without_person", "handed_off", "visits", "visits_done", "visits_missed", "leads", "failed_turns",
    "failed_messages", "blocked", "messages_in", "messages_out", "delivered", "templates",
)  # fmt: skip
_RATES = ("whatsapp_message_mxn", "template_mxn", "twilio_in_mxn", "twilio_out_mxn")


def midnight(day: date) -> datetime:
    """When a day of the dealership begins."""
    return timezone.make_aware(datetime.combine(day, time()))


def with_first_reply(threads: QuerySet[Any]) -> QuerySet[Any]:
    """The threads with when the customer wrote first, and when the first answer was posted, if one was."""
    customer = Message.objects.filter(turn__thread=OuterRef("pk"), author=Message.Author.CUSTOMER)
    found: QuerySet[Any] = threads.annotate(
        asked_at=Subquery(customer.order_by("created_at").values("created_at")[:1]),
        replied_at=Subquery(_POSTED.order_by("sending_at").values("sending_at")[:1]),
    )
    return found


# --- A day --------------------------------------------------------------------------------------------------------


def count(day: date) -> DailyFigures:
    """The figures of a day, from its rows, at today's rates; unsaved."""
    limits = Limits.current()
    counts = {name: ROWS[name].within(day, day).count() for name in _COUNTED}
    replied = with_first_reply(ROWS["replied"].within(day, day)).values_list("asked_at", "replied_at")
    waited = ROWS["waited"].within(day, day).values_list("opened_at", "taken_at")
    return DailyFigures(
        day=day,
        **counts,
        reply_seconds=_spread(replied),
        wait_seconds=_spread(waited),
        model_mxn=ROWS["paid"].within(day, day).aggregate(total=Sum("cost_mxn"))["total"] or Decimal(0),
        **{rate: getattr(limits, rate) for rate in _RATES},
    )


def _spread(moments: Iterable[tuple[datetime | None, datetime | None]]) -> dict[str, int]:
    """How many took so many whole seconds."""
    seconds = (max(0, round((end - start).total_seconds())) for start, end in moments if start and end)
    return {str(taken): times for taken, times in sorted(Counter(seconds).items())}


def close(day: date) -> None:
    """Roll a day up, or anew; the rates stay those of the first time. Safe to run twice, anywhere and at any time."""
    counted = count(day)
    fields = [f.name for f in DailyFigures._meta.fields if f.name not in {"id", "day", "counted_at"}]
    values = {name: getattr(counted, name) for name in fields}
    kept = {name: value for name, value in values.items() if name not in _RATES}
    DailyFigures.objects.update_or_create(day=day, defaults=kept, create_defaults=values)


def close_days() -> int:
    """Roll up every day that is over and has no figures yet, the newest first, and those whose rows may still change."""
    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in range(1, _age(today) + 1)]
    closed = set(DailyFigures.objects.values_list("day", flat=True))
    open_still = [day for day in days if day not in closed or (today - day).days <= OPEN_DAYS]
    for day in open_still[:DAYS_MOST]:
        close(day)
    return len(open_still[:DAYS_MOST])


def _age(today: date) -> int:
    """How many days ago the first message came."""
    first = Message.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return (today - timezone.localtime(first).date()).days if first else 0


# --- Many days ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """How long something took: how many times so many seconds."""

    times: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, *written: Mapping[str, int]) -> "Spread":
        total: Counter[int] = Counter()
        for spread in written:
            total.update({int(seconds): times for seconds, times in spread.items()})
        return cls(total)

    @property
    def count(self) -> int:
        return sum(self.times.values())

    def share_within(self, percent: int) -> int | None:
        """The seconds within which so many per cent were done: 50 is the median. None if nothing was."""
        wanted, reached = ceil(self.count * percent / 100), 0
        for seconds in sorted(self.times):
            reached += self.times[seconds]
            if reached >= wanted:
                return seconds
        return None


@dataclass(frozen=True, kw_only=True)
class Period:
    """Consecutive days, both included, with the figures there are."""

    first: date
    last: date
    days: tuple[DailyFigures, ...]

    def total(self, name: str) -> Any:
        """The sum of a figure over the days."""
        return sum((getattr(day, name) for day in self.days), start=Decimal(0) if name.endswith("_mxn") else 0)

    @property
    def reply(self) -> Spread:
        return Spread.of(*(day.reply_seconds for day in self.days))

    @property
    def wait(self) -> Spread:
        return Spread.of(*(day.wait_seconds for day in self.days))

    @property
    def cost_mxn(self) -> Decimal:
        return Decimal(sum(self.total(name) for name in ("model_mxn", "whatsapp_mxn", "twilio_mxn")))

    def each(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def latest(days: int) -> tuple[Period, Period]:
    """So many days up to today, which is counted live, and as many before them."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    before = first - timedelta(days=days)
    known = tuple(DailyFigures.objects.filter(day__gte=before, day__lt=today).order_by("day"))
    return (
        Period(first=first, last=today, days=(*(row for row in known if row.day >= first), count(today))),
        Period(first=before, last=first - timedelta(days=1), days=tuple(row for row in known if row.day < first)),
    )


# --- Now ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits at this moment."""

    customers: int
    longest: timedelta
    handoffs: int
    deliveries: int


DUE = Q(due_at__isnull=False, channel=Customer.Channel.WHATSAPP)
UNTAKEN = Q(closed_at=None, taken_at=None)


def waiting() -> Waiting:
    """Customers whose answer is due or being made, conversations that no person has taken, messages on their way out."""
    due = Customer.objects.filter(DUE).aggregate(count=Count("pk"), since=Min("waiting_since"))
    return Waiting(
        customers=due["count"],
        longest=max(timezone.now() - due["since"], timedelta()) if due["since"] else timedelta(),
        handoffs=Handoff.objects.filter(UNTAKEN).count(),
        deliveries=queue.to_send().count,
    )
