"""A week of visits: opening hours, and who comes when for which car."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assistant import dealership
from conversations import access
from conversations.models import Limits, Visit

_SHOWN = (Visit.State.ASKED, Visit.State.CONFIRMED, Visit.State.DONE, Visit.State.MISSED)
_USUAL = (time(9), time(18))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A visit in its place: how many minutes after the first hour shown, in which of how many lanes side by side."""

    visit: Visit
    starts_at: datetime
    minute: int
    lane: int
    lanes: int
    is_seen: bool


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day's opening hours, in minutes after the first hour shown, and its visits."""

    day: date
    is_today: bool
    hours: tuple[time, time] | None
    opens: int
    closes: int
    entries: list[Entry]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What all days have in common: the first hour shown, how long a visit takes, and whose customers may be named."""

    first_hour: int
    minutes: int
    seen: set[int]


def context(request: HttpRequest) -> dict[str, Any]:
    """The week that is asked for, or this one. Visits of others' customers show as taken, without a name."""
    monday = _monday(request.GET.get("week", ""))
    days = [monday + timedelta(days=n) for n in range(7)]
    hours = {day: dealership.hours_on(day) for day in days}
    begins = _at(monday, time(0))
    rows = Visit.objects.filter(state__in=_SHOWN, starts_at__gte=begins, starts_at__lt=begins + timedelta(days=7))
    visits = list(rows.select_related("customer", "vehicle", "owner").order_by("starts_at", "pk"))
    first, last = _span([pair for pair in hours.values() if pair], visits)
    seen = set(access.customers_of(request.user).filter(visits__in=visits).values_list("pk", flat=True))
    minutes = Limits.current().visit_minutes
    return {
        "title": _("Calendar of visits"),
        "days": [_day(day, hours[day], visits, Frame(first_hour=first, minutes=minutes, seen=seen)) for day in days],
        "hours": [time(hour) for hour in range(first, last)],
        "shown_minutes": (last - first) * 60,
        "visit_minutes": minutes,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "monday": monday,
        "sunday": days[-1],
        "is_this_week": timezone.localdate() in days,
    }


def _monday(asked: str) -> date:
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = timezone.localdate()
    day = min(max(day, date(2000, 1, 3)), date(2100, 1, 1))
    return day - timedelta(days=day.weekday())


def _at(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def _span(hours: list[tuple[time, time]], visits: Iterable[Visit]) -> tuple[int, int]:
    """From which hour to which: the opening hours, and whatever visit lies outside of them."""
    opened = hours or [_USUAL]
    begun = [timezone.localtime(visit.starts_at).hour for visit in visits]
    first = min([opens.hour for opens, _ in opened] + begun)
    last = max([closes.hour + (closes > time(closes.hour)) for _, closes in opened] + [hour + 1 for hour in begun])
    return first, min(last, 24)


def _day(day: date, hours: tuple[time, time] | None, visits: list[Visit], frame: Frame) -> Day:
    own = [visit for visit in visits if timezone.localtime(visit.starts_at).date() == day]
    opens, closes = hours or (time(frame.first_hour), time(frame.first_hour))
    return Day(
        day=day,
        is_today=day == timezone.localdate(),
        hours=hours,
        opens=_minute(opens, frame.first_hour),
        closes=_minute(closes, frame.first_hour),
        entries=_entries(own, frame),
    )


def _minute(at: time, first: int) -> int:
    return (at.hour - first) * 60 + at.minute


def _entries(visits: list[Visit], frame: Frame) -> list[Entry]:
    """Visits that overlap stand side by side: each in the first lane that is free, all of a group equally wide."""
    groups: list[list[tuple[Visit, datetime, int]]] = []
    ends: list[datetime] = []
    for visit in visits:
        starts_at = timezone.localtime(visit.starts_at)
        if not groups or all(end <= starts_at for end in ends):
            groups.append([])
            ends = []
        lane = next((n for n, end in enumerate(ends) if end <= starts_at), len(ends))
        ends[lane : lane + 1] = [starts_at + timedelta(minutes=frame.minutes)]
        groups[-1].append((visit, starts_at, lane))
    return [
        Entry(
            visit=visit,
            starts_at=starts_at,
            minute=_minute(starts_at.time(), frame.first_hour),
            lane=lane,
            lanes=max(lane for _, _, lane in group) + 1,
            is_seen=visit.customer_id in frame.seen,
        )
        for group in groups
        for visit, starts_at, lane in group
    ]
