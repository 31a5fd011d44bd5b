"""The tool that notes a visit to the dealership."""

from datetime import datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field

from assistant import dealership
from assistant.answer import BookVisit, CancelVisit, Effect
from assistant.tools.contract import PHONE_ASKED, Arguments, Asked, Count, ToolError
from inventory.models import Vehicle

AHEAD_MOST = timedelta(days=60)


class VisitRequest(Arguments):
    """When, and for which car. The customer has one visit at most: another time moves it."""

    action: Literal["book", "cancel"] = Field(
        description="book: a new visit or another time for it. cancel: call it off."
    )
    day: str | None = Field(None, description="The day as YYYY-MM-DD; null to keep the day of the visit there is.")
    time: str | None = Field(
        None, description="The time as HH:MM on 24 hours; null to keep the time of the visit there is."
    )
    stock_id: Count | None = Field(None, description="The car to be seen, if one is meant.")


def book_visit(request: VisitRequest, asked: Asked) -> tuple[dict[str, Any], Effect]:
    """Note, move or call off the customer's visit to the dealership. It is noted, and a person confirms it: tell the customer the full date and that it is still to be confirmed. Outside opening hours it is refused with the hours of that day; a time that is taken, with the free times near it: offer those."""
    if request.action == "cancel":
        if asked.visit_at is None:
            raise ToolError("The customer has no visit to call off. [no_visit]")
        return {"cancelled": True, **_told(asked.visit_at)}, CancelVisit()
    starts_at = _starts_at(request, asked)
    _check_hours(starts_at, asked.now)
    if request.stock_id is not None and not Vehicle.objects.for_sale().filter(stock_id=request.stock_id).exists():
        raise ToolError(f"No car with stock id {request.stock_id} is for sale. [no_car]")
    _check_diary(starts_at, request.stock_id, asked)
    result: dict[str, Any] = {"noted": True, "confirmed": False, **_told(starts_at)}
    if request.stock_id is not None:
        result["stock_id"] = request.stock_id
    if asked.visit_at is not None and asked.visit_at != starts_at:
        result["moved_from"] = _told(asked.visit_at)
    if not asked.has_phone:
        result |= PHONE_ASKED
    return result, BookVisit(starts_at=starts_at, stock_id=request.stock_id)


def _starts_at(request: VisitRequest, asked: Asked) -> datetime:
    """The day and time asked for; what is left out is that of the visit there is."""
    before = asked.visit_at
    try:
        day = datetime.fromisoformat(request.day).date() if request.day else before.date() if before else None
        at = time.fromisoformat(request.time) if request.time else before.timetz() if before else None
    except ValueError as e:
        raise ToolError("Write the day as YYYY-MM-DD and the time as HH:MM.") from e
    if day is None or at is None:
        raise ToolError("A visit needs a day and a time: ask the customer for what is missing. [incomplete]")
    return datetime.combine(day, at.replace(tzinfo=None), tzinfo=asked.now.tzinfo)


def _check_hours(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise ToolError("That time is over: ask for another. [past]")
    if starts_at > now + AHEAD_MOST:
        raise ToolError(f"Visits are noted {AHEAD_MOST.days} days ahead at most. [too_far]")
    hours = dealership.hours_on(starts_at.date())
    if hours is None:
        raise ToolError("The dealership is closed on that day: ask for another. [closed_day]")
    opens, closes = hours
    if not opens <= starts_at.time() < closes:
        raise ToolError(
            f"On that day it is open from {opens:%H:%M} to {closes:%H:%M}: ask for another time. [closed_time]"
        )


def _check_diary(starts_at: datetime, stock_id: int | None, asked: Asked) -> None:
    """The same rule is kept once more when the visit is written down: see `assistant.diary`."""
    if asked.diary.clash(starts_at, stock_id) is None:
        return
    free = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in asked.diary.free_near(starts_at, stock_id, asked.now))
    raise ToolError(f"That time is taken: ask for another. Free near it: {free or 'none within a week'}. [taken]")


def _told(at: datetime) -> dict[str, str]:
    return {"day": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}
