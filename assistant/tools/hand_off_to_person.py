"""The tool that brings in a person."""

from typing import Any, Literal

from pydantic import Field

from assistant.answer import HandOff
from assistant.tools.contract import Arguments, Asked


class HandOffRequest(Arguments):
    """Why, and what the person should know."""

    reason: Literal["asked", "complaint", "after_sales", "documents", "credit", "privacy", "other"] = Field(
        description=(
            "asked: the customer wants a person. complaint: angry or complaining. after_sales: about a car bought here. "
            "documents: invoice, debts or papers of a car. credit: whether they would be approved. privacy: their data."
        )
    )
    summary: str = Field(
        max_length=1000,
        description="For staff, in Spanish: what the customer wants, which cars, what is still open. Under 1,000 characters.",
    )


def hand_off_to_person(request: HandOffRequest, asked: Asked) -> tuple[dict[str, Any], HandOff]:
    """Give the conversation to a person of the dealership: when the customer asks for one, is angry, has trouble with a car bought here, or needs what you can't know or decide. Tell the customer that a person takes over; promise no time."""
    return {"handed_off": True}, HandOff(reason=request.reason, summary=request.summary)
