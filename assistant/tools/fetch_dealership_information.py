"""The tool that tells what the dealership says of itself."""

from typing import Any, Literal

from pydantic import Field

from assistant import dealership
from assistant.tools.contract import Arguments, Asked
from inventory.models import CreditTerms

Topic = Literal[
    "name",
    "address",
    "hours",
    "phone",
    "warranty",
    "returns",
    "documents",
    "payment_methods",
    "credit",
    "trade_in",
    "test_drive",
    "delivery",
    "privacy",
    "about",
]


class InformationRequest(Arguments):
    """Which topics."""

    topics: list[Topic] = Field(min_length=1, description="What the customer asks about.")


def fetch_dealership_information(request: InformationRequest, asked: Asked) -> dict[str, Any]:
    """What the dealership says about its address, opening hours, phone, warranty, returns, documents for a credit, ways to pay, credit conditions, trade-in, test drives, delivery, privacy and itself. Repeat the text, add nothing. What is under "not_known" is not known: say so and offer a person."""
    known, unknown = dealership.tell(list(request.topics), asked.language)
    told: dict[str, Any] = {"information": {fact.topic: fact.text for fact in known}, "not_known": unknown}
    if "credit" in request.topics:
        terms = CreditTerms.current()
        told["credit_terms"] = {
            "annual_rate_percent": terms.annual_rate_percent,
            "months": sorted(terms.terms_months),
            "minimum_down_payment_percent": f"{(terms.minimum_down_payment_share * 100).normalize():f}",
        }
    return told
