"""The tool that brings in a person."""

from typing import Any, Literal

from pydantic import Field

from assistant import dealership
from assistant.answer import HandOff
from assistant.tools.contract import Arguments, Asked


class HandOffRequest(Arguments):
    """Why, and what the person should know."""

    reason: Literal[
        "asked", "complaint", "after_sales", "documents", "credit", "privacy", "not_understood", "other"
    ] = Field(
        description=(
            "asked: the customer wants a person. complaint: angry or complaining. after_sales: about a car bought here. "
            "documents: invoice, debts or papers of a car. credit: whether they would be approved. privacy: their data. "
            "not_understood: you could not make out what they want, twice."
        )
    )
    summary: str = Field(
        max_length=1000,
        description="For staff, in Spanish: what the customer wants, which cars, what is still open. Under 1,000 characters.",
    )


def hand_off_to_person(request: HandOffRequest, asked: Asked) -> tuple[dict[str, Any], HandOff]:
    """Give the conversation to a person of the dealership: when the customer asks for one, is angry, has trouble with a car bought here, or needs what you can't know or decide. Tell the customer that a person takes over; while the dealership is closed, also from when on. Promise no other time."""
    result: dict[str, Any] = {"handed_off": True}
    opens_at = dealership.opens_at(asked.now)
    if opens_at > asked.now:
        result["closed_until"] = {"day": f"{opens_at:%Y-%m-%d}", "time": f"{opens_at:%H:%M}"}
    return result, HandOff(reason=request.reason, summary=request.summary)
