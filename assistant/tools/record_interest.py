"""The tool that leaves work for a person: a callback, an offer, a trade-in, a wish to be told, a hold."""

from typing import Any, Literal

from pydantic import Field

from assistant.answer import RecordInterest
from assistant.tools.contract import Amount, Arguments, Asked, Count, ToolError
from inventory.models import Vehicle

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
    note: str = Field(max_length=1000, description="For staff, in Spanish: what the customer wants, in their words.")


def record_interest(request: InterestRequest, asked: Asked) -> tuple[dict[str, Any], RecordInterest]:
    """Leave a note for a person of the dealership who then takes care of it: a callback, an offer, a trade-in, a wish to be told when a car arrives, or to hold a car. Nothing is accepted, held or valued by it: say that a person will look at it, and promise no more."""
    if request.stock_id is not None and not Vehicle.objects.filter(stock_id=request.stock_id).exists():
        raise ToolError(f"There is no car with stock id {request.stock_id}.")
    result: dict[str, Any] = {"recorded": request.kind}
    if request.stock_id is not None:
        result["stock_id"] = request.stock_id
    if request.amount is not None:
        result["amount"] = f"{request.amount:f}"
    effect = RecordInterest(kind=request.kind, stock_id=request.stock_id, amount_mxn=request.amount, note=request.note)
    return result, effect
