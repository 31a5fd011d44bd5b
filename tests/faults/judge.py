"""Whether the promises held: from the database, and from what customers received."""

import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import Error, connection
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Coalesce, Greatest, Now

from conversations import delivery
from conversations.models import Customer, Handoff, Item, Lead, Message, Turn, Visit
from tests.faults.attendance import Interval, last_hindrance
from tests.faults.outside import MARK
from tests.faults.ways import Taken

_POLL_SECONDS = 0.3

# Whether a customer or a message, its primary key, and its fence or the number of attempts.
Due = tuple[str, int, int]


@dataclass
class Verdict:
    """The figures, and each thing that must not be, in words."""

    figures: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    at_once: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {
            "lost": len(self.lost),
            "unexplained duplicates": len(self.duplicated),
            "effects doubled": len(self.doubled),
            "out of order": len(self.out_of_order),
            "two at once": len(self.at_once),
            "malformed threads": len(self.malformed),
        }

    def faults(self) -> list[str]:
        return [*self.lost, *self.duplicated, *self.doubled, *self.out_of_order, *self.at_once, *self.malformed]


def is_settled() -> bool:
    """Nothing waits, nothing is being answered, nothing is on its way."""
    return not (
        Message.objects.filter(handling=Message.Handling.WAITING).exists()
        or Turn.objects.filter(state=Turn.State.OPEN).exists()
        or Message.objects.filter(delivery__in=delivery.IN_HAND).exists()
    )


def is_stored(sid: str) -> bool:
    return Message.objects.filter(sid=sid).exists()


class Watch:
    """Looks every moment how long customers and messages have been due with nobody at work on them."""

    def __init__(self) -> None:
        # When it was last seen, for how long it had been due by then, and what it is.
        self.waits: list[tuple[float, float, str]] = []
        self._seen: dict[Due, tuple[float, float, str]] = {}
        self._first_seen: dict[Due, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_always, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join(timeout=10)
        self.waits += self._seen.values()

    def _look_always(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            try:
                self._look()
            except Error:
                connection.close()
        connection.close()

    def _look(self) -> None:
        at, due = time.time(), dict(_due())
        # What waited behind an earlier message became due only when that was gone, which no column tells.
        self._first_seen = {key: self._first_seen.get(key, at - _POLL_SECONDS) for key in due}
        now = {
            key: (at, min(waited.total_seconds(), at - self._first_seen[key]), f"{key[0]} {key[1]}")
            for key, waited in due.items()
        }
        self.waits += [seen for key, seen in self._seen.items() if key not in now]
        self._seen = now


def _due() -> Iterable[tuple[Due, timedelta]]:
    """Everyone and everything that is due and free, with the time since."""
    free_since = Greatest("due_at", Coalesce("lease_until", "due_at"))
    customers: QuerySet[Any] = Customer.objects.filter(due_at__lte=Now()).annotate(free_since=free_since)
    for pk, fence, waited in _overdue(customers.filter(free_since__lt=Now()), "free_since", "fence"):
        yield ("customer", pk, fence), waited
    for pk, attempts, waited in _overdue(Message.objects.filter(pk__in=delivery.due(500)), "next_step_at", "attempts"):
        yield ("message", pk, attempts), waited


def _overdue(rows: QuerySet[Any], since: str, version: str) -> Iterable[tuple[int, int, timedelta]]:
    waited = ExpressionWrapper(Now() - F(since), output_field=DurationField())
    # What was done since we looked is due no more.
    yield from rows.annotate(waited=waited).exclude(waited=None).values_list("pk", version, "waited")


def judge(
    *,
    written: Iterable[str],
    taken: Sequence[Taken],
    kills: Sequence[float],
    watch: Watch,
    hindrances: Sequence[Interval],
    said: dict[str, str],
) -> Verdict:
    """Read everything once the trial has settled, or was given up."""
    verdict = Verdict()
    _nothing_lost(verdict, list(written), taken)
    _nothing_twice(verdict, taken)
    _in_order(verdict, taken)
    _effects_once(verdict, said)
    _one_at_a_time(verdict)
    _well_formed(verdict)
    _recovery(verdict, kills, watch, hindrances)
    return verdict


def _nothing_lost(verdict: Verdict, written: list[str], taken: Sequence[Taken]) -> None:
    stored = dict(Message.objects.filter(author=Message.Author.CUSTOMER).values_list("sid", "handling"))
    verdict.lost += [f"{sid} was written and is not stored" for sid in written if sid not in stored]
    waiting = [sid for sid, handling in stored.items() if handling == Message.Handling.WAITING]
    verdict.lost += [f"{sid} still waits" for sid in waiting]
    on_its_way = Message.objects.filter(delivery__in=delivery.IN_HAND)
    verdict.lost += [f"message {pk} is still {state}" for pk, state in on_its_way.values_list("pk", "delivery")]
    sent = Message.objects.filter(delivery__in=("sent", "delivered", "read")).values_list("pk", flat=True)
    received = {t.message_id for t in taken}
    verdict.lost += [f"message {pk} counts as sent and no customer has it" for pk in sent if pk not in received]
    answered = Message.objects.filter(author=Message.Author.CUSTOMER, handling=Message.Handling.ANSWERED)
    spoken = set(Turn.objects.filter(messages__author=Message.Author.ASSISTANT).values_list("pk", flat=True))
    verdict.lost += [
        f"message {pk} counts as answered and nothing was written"
        for pk, turn in answered.values_list("pk", "turn_id")
        if turn not in spoken
    ]
    deliveries = Message.objects.exclude(delivery="").values_list("delivery", flat=True)
    verdict.figures |= {
        "stored": len(stored),
        "found in Twilio's list": Message.objects.filter(details__has_key="written_at").count(),
        "handling": dict(Counter(stored.values())),
        "turns": dict(Counter(Turn.objects.values_list("state", flat=True))),
        "attempts": dict(Counter(Turn.objects.values_list("attempts", flat=True))),
        "answered by": dict(Counter(Turn.objects.values_list("model", flat=True))),
        "outbound": dict(Counter(deliveries)),
    }


def _nothing_twice(verdict: Verdict, taken: Sequence[Taken]) -> None:
    """A second copy is explained by the flag of the one repetition after two looks; a third never is."""
    copies = Counter(t.message_id for t in taken)
    flagged = set(Message.objects.filter(possible_duplicate=True).values_list("pk", flat=True))
    verdict.figures["explained duplicates"] = sum(copies[pk] == 2 for pk in flagged)
    verdict.figures["sent again, flagged"] = len(flagged)
    verdict.duplicated += [f"message {pk} was sent {n} times" for pk, n in copies.items() if n > 1 + (pk in flagged)]
    answers: defaultdict[str, set[int]] = defaultdict(set)
    for t in taken:
        for mark in MARK.finditer(t.body):
            answers[mark[0]].add(t.message_id)
    verdict.duplicated += [f"{mark} was answered {len(ids)} times" for mark, ids in answers.items() if len(ids) > 1]
    sids = list(Message.objects.exclude(sid=None).values_list("sid", flat=True))
    verdict.duplicated += [f"{sid} is stored twice" for sid, n in Counter(sids).items() if n > 1]


def _in_order(verdict: Verdict, taken: Sequence[Taken]) -> None:
    first: dict[int, Taken] = {}
    for t in sorted(taken, key=lambda t: t.at):
        first.setdefault(t.message_id, t)
    latest: dict[str, int] = {}
    for t in first.values():
        if t.message_id < latest.get(t.address, 0):
            verdict.out_of_order.append(f"message {t.message_id} reached the customer after {latest[t.address]}")
        latest[t.address] = max(t.message_id, latest.get(t.address, 0))
    rows = Message.objects.filter(author=Message.Author.CUSTOMER, turn__isnull=False).order_by("pk")
    turn_of: dict[int, int] = {}
    for pk, customer, turn in rows.values_list("pk", "customer_id", "turn_id"):
        if turn < turn_of.get(customer, 0):
            verdict.out_of_order.append(f"message {pk} was answered before an earlier one")
        turn_of[customer] = max(turn, turn_of.get(customer, 0))


def _effects_once(verdict: Verdict, said: dict[str, str]) -> None:
    """No more leads, visits and handoffs than customers asked for."""
    wishes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sid, text in said.items():
        message = Message.objects.filter(sid=sid).values_list("customer_id", flat=True).first()
        for word in ("cita", "avísame", "persona"):
            wishes[word][str(message)] += word in text
    visits = Counter(Visit.objects.values_list("customer_id", flat=True))
    verdict.doubled += [
        f"customer {pk} has {n} visits" for pk, n in visits.items() if n > min(1, wishes["cita"][str(pk)])
    ]
    # Whoever asks again for the same has one; to wait for another car is another lead.
    leads = Counter(Lead.objects.values_list("customer_id", flat=True))
    verdict.doubled += [f"customer {pk} has {n} leads" for pk, n in leads.items() if n > wishes["avísame"][str(pk)]]
    alike = Counter(
        (pk, str(rest)) for pk, *rest in Lead.objects.values_list("customer_id", "kind", "vehicle_id", "wish")
    )
    verdict.doubled += [f"customer {pk} has {n} leads alike: {rest}" for (pk, rest), n in alike.items() if n > 1]
    verdict.figures |= {"Visit": sum(visits.values()), "Lead": sum(leads.values())}
    handoffs = Counter(Handoff.objects.values_list("customer_id", flat=True))
    verdict.doubled += [f"customer {pk} was handed over {n} times" for pk, n in handoffs.items() if n > 1]
    verdict.figures["Handoff"] = sum(handoffs.values())


def _one_at_a_time(verdict: Verdict) -> None:
    ended: dict[int, Any] = {}
    for turn in Turn.objects.order_by("customer_id", "opened_at", "pk"):
        before = ended.get(turn.customer_id)
        if before is not None and turn.opened_at < before:
            verdict.at_once.append(f"turn {turn.pk} began while another of its customer was open")
        ended[turn.customer_id] = turn.closed_at


def _well_formed(verdict: Verdict) -> None:
    open_calls: defaultdict[Any, list[str]] = defaultdict(list)
    for thread, kind, content in Item.objects.order_by("pk").values_list("thread_id", "kind", "content"):
        if kind == Item.Kind.TOOL_CALL:
            open_calls[thread].append(content["call_id"])
        elif kind == Item.Kind.TOOL_RESULT:
            if content["call_id"] not in open_calls[thread]:
                verdict.malformed.append(f"thread {thread} has a result without its call")
            else:
                open_calls[thread].remove(content["call_id"])
        elif open_calls[thread]:
            verdict.malformed.append(f"thread {thread} has a call without its result")
            open_calls[thread].clear()
    verdict.malformed += [f"thread {thread} ends in a call" for thread, calls in open_calls.items() if calls]


def _recovery(verdict: Verdict, kills: Sequence[float], watch: Watch, hindrances: Sequence[Interval]) -> None:
    """From a worker's death to the answer of those it had in hand; and how long anyone who could be helped was not."""
    struck = []
    for turn in Turn.objects.filter(attempts__gt=1).exclude(closed_at=None):
        opened, closed = turn.opened_at.timestamp(), (turn.closed_at or turn.opened_at).timestamp()
        if within := [at for at in kills if opened - 1 <= at <= closed]:
            struck.append(closed - within[0])
    verdict.figures["struck turns"] = len(struck)
    verdict.figures["death to answer, s"] = _median_and_worst(struck)
    # Counted from when the last hindrance was over: the database away, no worker there, or every thread of theirs kept.
    waits = [(at, min(n, at - last_hindrance(at, hindrances)), what) for at, n, what in watch.waits]
    verdict.figures["due with nobody at work, s"] = _median_and_worst([waited for _, waited, _ in waits])
    verdict.figures["nobody could, s"] = round(sum(ended - began for began, ended in hindrances))
    longest = sorted(waits, key=lambda wait: -wait[1])[:12]
    verdict.figures["the longest"] = [
        f"{time.strftime('%H:%M:%S', time.gmtime(at))} {n:.0f} s {w}" for at, n, w in longest
    ]


def _median_and_worst(seconds: Sequence[float]) -> str:
    if not seconds:
        return "-"
    return f"{statistics.median(seconds):.1f} / {max(seconds):.1f}"
