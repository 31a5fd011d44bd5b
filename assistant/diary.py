"""Which times are free for a visit: the rule against booking twice, in its one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from assistant import dealership

Clash = Literal["car", "owner", "full"]

FREE_MOST = 3
_STEP = timedelta(minutes=30)
_DAYS_MOST = 7


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A visit in the diary: when, which car, and who of the dealership receives, as a number that is told to nobody."""

    starts_at: datetime
    stock_id: int | None = None
    owner: int | None = None


@dataclass(frozen=True, kw_only=True)
class Diary:
    """The visits of other customers, how long one takes, how many can be received at once, and who would receive this one."""

    booked: tuple[Booked, ...] = ()
    minutes: int = 60
    at_once: int = 3
    owner: int | None = None

    def clash(self, starts_at: datetime, stock_id: int | None) -> Clash | None:
        """Why a visit can't be at that time; None if it can. A car is seen by one customer at a time, a person receives one."""
        beside = [visit for visit in self.booked if abs(visit.starts_at - starts_at) < timedelta(minutes=self.minutes)]
        if stock_id is not None and any(visit.stock_id == stock_id for visit in beside):
            return "car"
        if self.owner is not None and any(visit.owner == self.owner for visit in beside):
            return "owner"
        return "full" if self._most_at_once(starts_at, beside) >= self.at_once else None

    def _most_at_once(self, starts_at: datetime, beside: list[Booked]) -> int:
        """How many others are there at the fullest moment of a visit: it is when one of them comes, or the visit itself begins."""
        begins = [visit.starts_at for visit in beside]
        moments = [starts_at, *(at for at in begins if at > starts_at)]
        lasts = timedelta(minutes=self.minutes)
        return max(sum(at - lasts < begin <= at for begin in begins) for at in moments)

    def free_near(self, wished: datetime, stock_id: int | None, now: datetime) -> tuple[datetime, ...]:
        """The free times nearest to the wished one, in order, on its day or on the next that has any."""
        for days in range(_DAYS_MOST + 1):
            day = wished + timedelta(days=days)
            free = [at for at in _times_on(day) if at > now and self.clash(at, stock_id) is None]
            if free:
                return tuple(sorted(sorted(free, key=lambda at: abs(at - day))[:FREE_MOST]))
        return ()


def _times_on(day: datetime) -> Iterator[datetime]:
    """When a visit may begin on a day: every half hour from opening."""
    hours = dealership.hours_on(day.date())
    if hours is None:
        return
    opens, closes = hours
    at = datetime.combine(day.date(), opens, tzinfo=day.tzinfo)
    while at.date() == day.date() and at.time() < closes:
        yield at
        at += _STEP
