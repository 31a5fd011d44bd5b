"""What one customer may ask of Karlos, and what the dealership spends on it, counted in the database by the dealership's day."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, DateTimeField, F, Q, QuerySet, Sum
from django.db.models.functions import Greatest, Least, Now
from django.utils import timezone

from assistant import dealership
from assistant.llm import RULES
from assistant.sentences import say
from conversations import notices
from conversations.models import Customer, Limits, Message, Turn
from inventory import prepared
from inventory.prepared import Gap

# A customer who is slowed down again within this time has been told.
TOLD_FOR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# So many turns of a day are counted again for every turn; of more than that, so many a second.
TURNS_AT_ONCE, TURNS_COUNTED_A_SECOND = 1000, 20_000

_TURNS = prepared.select(
    Turn.objects.filter(customer=Gap("customer"), opened_at__gte=Gap("since", DateTimeField())).values_list(
        "state", "rounds", "model", F("input_tokens") + F("output_tokens")
    )
)


def open_minutes_on(minutes: int) -> datetime:
    """So many minutes from now or, while the dealership is closed, from when it opens."""
    return dealership.opens_at(timezone.localtime()) + timedelta(minutes=minutes)


def proposes(customer: Customer) -> bool:
    """Whether Karlos's answers to this customer wait until staff approve them: set for the customer, or for all."""
    return customer.proposes or Limits.current().proposes


# --- A day ----------------------------------------------------------------------------------------------------------


def passed(customer: Customer) -> str:
    """Which limit the customer's next turn is over, as `Turn.Limit`; empty if none. Who is at the terminal has none."""
    if customer.channel == Customer.Channel.TERMINAL:
        return ""
    limits = Limits.current()
    # No more than one customer has in a day: counted here they cost less than three counts of the database.
    rows = _TURNS.rows(customer=customer.pk, since=today())
    answered = [(rounds, model) for state, rounds, model, _tokens in rows if state == Turn.State.DONE]
    if len(answered) >= limits.turns_per_day_most:
        return Turn.Limit.TURNS_MOST
    if sum(rounds > 0 and model != RULES for rounds, model in answered) >= limits.turns_per_day:
        return Turn.Limit.TURNS
    if sum(tokens for *_, tokens in rows) >= limits.tokens_per_day:
        return Turn.Limit.TOKENS
    return Turn.Limit.BUDGET if spent_mxn() >= limits.budget_mxn else ""


def is_news(customer: Customer) -> bool:
    """Whether no turn of the customer's was over a limit today."""
    return not customer.turns.filter(opened_at__gte=today()).exclude(limit="").exists()


def spent_mxn() -> Decimal:
    """What language models have cost today."""
    known = _spent.get(today())
    if known is None or time.monotonic() >= known.until:
        known = _counted()
        _spent.clear()
        _spent[today()] = known
    return known.mxn


@dataclass(frozen=True, kw_only=True)
class _Spent:
    """What was spent when it was counted, and until when that does."""

    mxn: Decimal
    until: float


# By day, in this process: at most one.
_spent: dict[datetime, _Spent] = {}


def _counted() -> _Spent:
    """Of a thousand turns and more it is counted the more rarely the longer that takes: of a million, every fifty seconds."""
    found = Turn.objects.filter(opened_at__gte=today()).aggregate(total=Sum("cost_mxn"), turns=Count("pk"))
    does_for = found["turns"] // TURNS_AT_ONCE * TURNS_AT_ONCE / TURNS_COUNTED_A_SECOND
    return _Spent(mxn=found["total"] or Decimal(0), until=time.monotonic() + does_for)


def today() -> datetime:
    """When the dealership's day began."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


# --- A minute -------------------------------------------------------------------------------------------------------


def lately(customers: Q) -> QuerySet[Message]:
    """What these customers wrote within the last minute."""
    return Message.objects.filter(customers, author=Message.Author.CUSTOMER, created_at__gt=Now() - MINUTE)


def slow_down(customer: Customer) -> None:
    """Let a customer who writes too many messages a minute wait for one answer to all of them, and say so once."""
    if customer.channel == Customer.Channel.TERMINAL:
        return
    mine = Customer.objects.filter(pk=customer.pk)
    if not mine.filter(slowed_until__gt=Now() - TOLD_FOR).exists():
        notices.send(customer, say(customer.language or "es", "slowed_down"))
    mine.filter(Q(slowed_until=None) | Q(slowed_until__lte=Now())).update(slowed_until=Now() + MINUTE)
    # Whoever never stops is answered all the same: a minute after the first that waits.
    held_back = Least("slowed_until", F("waiting_since") + MINUTE)
    mine.update(due_at=Greatest("due_at", held_back))


def is_slowed(customer: Customer) -> bool:
    """Whether what the customer writes now waits for a later turn."""
    return bool(customer.slowed_until) and Customer.objects.filter(pk=customer.pk, slowed_until__gt=Now()).exists()


def hold_back(customer: Customer) -> None:
    """Of a customer who is slowed down, and whose turn has ended: the next is due when that is over."""
    if not customer.slowed_until:
        return
    slowed = Customer.objects.filter(pk=customer.pk, due_at__isnull=False, slowed_until__gt=Now())
    slowed.update(due_at=F("slowed_until"), waiting_since=Now())
