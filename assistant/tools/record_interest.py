"""The tool that leaves work for a person: a callback, an offer, a trade-in, a wish to be told, a hold."""

from datetime import datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field

from assistant import dealership
from assistant.answer import RecordInterest
from assistant.tools.car_wish import CarWish
from assistant.tools.contract import PHONE_ASKED, Amount, Arguments, Asked, Count, ToolError
from inventory.models import Vehicle
from inventory.search import Wish

Kind = Literal["callback", "offer", "trade_in", "watch", "hold"]


class InterestRequest(Arguments):
    """What a person shall take care of."""

    kind: Kind = Field(
        description=(
            "callback: wants to be called. offer: offers a price. trade_in: wants to sell or trade in a car of their own. "
            "watch: wants to be told when a car arrives. hold: wants a car kept for them."
        )
    )
    stock_id: Count | None = Field(None, description="The car it is about, if it is one of the stock.")
    amount: Amount | None = Field(None, description="Pesos, for an offer.")
    wish: CarWish | None = Field(
        None, description="For watch: the car that is waited for, so that it is noticed when it comes."
    )
    day: str | None = Field(None, description="For callback: the day to call on, as YYYY-MM-DD.")
    time: str | None = Field(None, description="For callback: when to call, as HH:MM on 24 hours.")
    note: str = Field(max_length=1000, description="For staff, in Spanish: what the customer wants, in their words.")


def record_interest(request: InterestRequest, asked: Asked) -> tuple[dict[str, Any], RecordInterest]:
    """Leave a note for a person of the dealership who then takes care of it: a callback, an offer, a trade-in, a wish to be told when a car arrives, or to hold a car. Nothing is accepted, held or valued by it: say that a person will look at it, and promise no more."""
    if request.stock_id is not None and not Vehicle.objects.filter(stock_id=request.stock_id).exists():
        raise ToolError(f"There is no car with stock id {request.stock_id}.")
    wanted_at = _wanted_at(request, asked.now) if request.kind == "callback" else None
    result: dict[str, Any] = {"recorded": request.kind}
    if request.stock_id is not None:
        result["stock_id"] = request.stock_id
    if request.amount is not None:
        result["amount"] = f"{request.amount:f}"
    if wanted_at is not None:
        result |= {"day": f"{wanted_at:%Y-%m-%d}", "time": f"{wanted_at:%H:%M}"}
    if request.kind == "callback" and not asked.has_phone:
        result |= PHONE_ASKED
    return result, RecordInterest(
        kind=request.kind,
        stock_id=request.stock_id,
        amount_mxn=request.amount,
        note=request.note,
        wish=_wish(request).as_json() if request.kind == "watch" else {},
        wanted_at=wanted_at,
    )


def _wish(request: InterestRequest) -> Wish:
    """What is waited for: as it was wished or, of a car that is reserved or sold, this very one."""
    wished = request.wish.wish() if request.wish else Wish()
    is_one = wished == Wish() and request.stock_id is not None
    return Wish(stock_ids=(request.stock_id,)) if is_one and request.stock_id else wished


def _wanted_at(request: InterestRequest, now: datetime) -> datetime | None:
    """When to call: of a time alone, the next one; of a day alone, when it opens. None if neither is said, or it is over."""
    try:
        day = datetime.fromisoformat(request.day).date() if request.day else None
        at = time.fromisoformat(request.time).replace(tzinfo=None) if request.time else None
    except ValueError as e:
        raise ToolError("Write the day as YYYY-MM-DD and the time as HH:MM.") from e
    if at is None:
        hours = dealership.hours_on(day) if day else None
        at = hours[0] if hours else None
    if at is None:
        return None
    wanted = datetime.combine(day or now.date(), at, tzinfo=now.tzinfo)
    if day is None and wanted <= now:
        wanted += timedelta(days=1)
    return wanted if wanted > now else None
