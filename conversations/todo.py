"""What people have to see to, of every kind in one order: what is due first, and so overdue, comes first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from assistant import dealership
from conversations import access, staff, visits
from conversations.models import Handoff, Lead, Limits, Visit

Whose = Literal["", "mine", "nobody"]

LATER = timedelta(hours=1)
# Within which it should be said whether a customer came.
SAID_WITHIN = timedelta(days=1)
HANDOFF, CONFIRM, TOOK_PLACE = "handoff", "visit", "took_place"


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing to do. `kind` is that of a lead, or "handoff", "visit" to be confirmed, or "took_place" for one whose time is over."""

    kind: str
    row: Any
    due_at: datetime
    is_late: bool
    owner: User | None


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How many things are to be done, and how many of them are overdue."""

    total: int = 0
    late: int = 0


def kinds_for(user: User | AnonymousUser) -> tuple[str, ...]:
    """The kinds that this member of staff may see."""
    seen: list[str] = []
    if user.has_perm("conversations.view_handoff"):
        seen.append(HANDOFF)
    if user.has_perm("conversations.view_visit"):
        seen.extend((CONFIRM, TOOK_PLACE))
    if user.has_perm("conversations.view_lead"):
        seen.extend(Lead.Kind.values)
    return tuple(seen)


def tasks(user: User, *, whose: Whose = "", kind: str = "", offset: int = 0, limit: int = 50) -> list[Task]:
    """What this member of staff may see of it, by when it is due."""
    found = [_kept(rows, user, whose) for rows in _open(user, kind)]
    if not found:
        return []
    first, *others = (rows.values_list("what", "pk", "due", "whose") for rows in found)
    page = list(first.union(*others, all=True).order_by("due", "what", "pk")[offset : offset + limit])
    rows = _rows(page)
    owners = User.objects.in_bulk({owner for *_, owner in page if owner})
    now = timezone.now()
    return [
        Task(kind=_kind(what, row), row=row, due_at=due, is_late=due < now, owner=owners.get(owner))
        for what, pk, due, owner in page
        if (row := rows[what].get(pk))
    ]


def counted(user: User, *, whose: Whose = "", kind: str = "") -> Counted:
    """How much of it there is."""
    late = Count("pk", filter=Q(due__lt=Now()))
    sums = [_kept(rows, user, whose).aggregate(total=Count("pk"), late=late) for rows in _open(user, kind)]
    return Counted(total=sum(each["total"] for each in sums), late=sum(each["late"] for each in sums))


def _open(user: User, kind: str) -> list[QuerySet[Any]]:
    """The open rows of each table, each with what it is, when it is due and whose it is."""
    asked = [name for name in kinds_for(user) if not kind or name == kind]
    leads = [name for name in asked if name in Lead.Kind.values]
    found: list[QuerySet[Any]] = []
    if HANDOFF in asked:
        due = Coalesce("resume_at", "due_at", "opened_at")
        waiting = Handoff.objects.filter(closed_at=None, taken_at=None)
        found.append(waiting.annotate(what=Value(HANDOFF), due=due, whose=F("customer__owner")))
    if CONFIRM in asked:
        asked_for = Visit.objects.filter(state=Visit.State.ASKED)
        found.append(asked_for.annotate(what=Value(CONFIRM), due=F("due_at"), whose=F("owner")))
    if TOOK_PLACE in asked:
        lasts = timedelta(minutes=Limits.current().visit_minutes)
        over = Visit.objects.filter(state=Visit.State.CONFIRMED, starts_at__lt=Now() - lasts)
        found.append(over.annotate(what=Value(TOOK_PLACE), due=F("starts_at") + SAID_WITHIN, whose=F("owner")))
    if leads:
        rows = Lead.objects.filter(done_at=None, due_at__isnull=False, kind__in=leads)
        found.append(rows.annotate(what=Value("lead"), due=F("due_at"), whose=F("owner")))
    return found


def _kept(rows: QuerySet[Any], user: User, whose: Whose) -> QuerySet[Any]:
    seen = access.limited(rows, user).order_by()
    if whose == "mine":
        return seen.filter(whose=user.pk)
    return seen.filter(whose=None) if whose == "nobody" else seen


def _kind(what: str, row: Any) -> str:
    return str(row.kind) if what == "lead" else what


def _rows(page: Iterable[tuple[Any, ...]]) -> Mapping[str, dict[int, Any]]:
    """The rows themselves, a few queries for all of a page."""
    pks: dict[str, list[int]] = {HANDOFF: [], CONFIRM: [], TOOK_PLACE: [], "lead": []}
    for what, pk, *_ in page:
        pks[what].append(pk)
    dated = Visit.objects.select_related("customer", "vehicle").in_bulk(pks[CONFIRM] + pks[TOOK_PLACE])
    leads = Lead.objects.select_related("customer", "vehicle").prefetch_related("arrivals__vehicle")
    return {
        HANDOFF: Handoff.objects.select_related("customer").in_bulk(pks[HANDOFF]),
        CONFIRM: dated,
        TOOK_PLACE: dated,
        "lead": leads.in_bulk(pks["lead"]),
    }


# --- In one click -------------------------------------------------------------------------------------------------


@transaction.atomic
def assign(row: Lead | Visit | Handoff, owner: User) -> None:
    """It is this person's from now on. A visit may clash with another of theirs: raises visits.Taken."""
    match row:
        case Handoff():
            staff.take_over(row.customer, owner.pk)
        case Visit():
            row.owner = owner
            visits.write(row)
        case Lead():
            row.owner = owner
            row.save(update_fields=["owner"])


def done(lead: Lead) -> None:
    """It was seen to."""
    Lead.objects.filter(pk=lead.pk, done_at=None).update(done_at=Now())


def keep_watching(lead: Lead) -> None:
    """None of the cars that came was the one: nothing is to be done until the next."""
    Lead.objects.filter(pk=lead.pk, kind=Lead.Kind.WATCH).exclude(wish={}).update(due_at=None, alerted_at=None)


def postpone(row: Lead | Visit, until: Literal["hour", "tomorrow"]) -> None:
    """Due in an hour, or when the dealership opens the next day; who is late with it then is told of again."""
    now = timezone.localtime()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    row.due_at = now + LATER if until == "hour" else dealership.opens_at(midnight)
    row.alerted_at = None
    row.save(update_fields=["due_at", "alerted_at"])
