"""The tool that tells what the dealership says of itself."""

from typing import Any, Literal

from pydantic import Field, model_validator

from assistant import dealership, place, questions
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
    """Which topics, or what else."""

    topics: list[Topic] = Field(description="What the customer asks about; empty if no topic fits.")
    question: str | None = Field(
        default=None,
        max_length=500,
        description="What no topic covers, in the customer's words: it is looked up among the dealership's own questions and answers.",
    )

    @model_validator(mode="after")
    def _asks_something(self) -> "InformationRequest":
        if not self.topics and not (self.question or "").strip():
            raise ValueError("name topics or a question")
        return self


def fetch_dealership_information(request: InformationRequest, asked: Asked) -> dict[str, Any]:
    """What the dealership says about its address, opening hours, phone, warranty, returns, documents for a credit, ways to pay, credit conditions, trade-in, test drives, delivery, privacy and itself, and its answers to other questions of customers. Repeat the text, add nothing. What is under "not_known" is not known: say so and offer a person."""
    known, unknown = dealership.tell(list(request.topics), asked.language)
    answered = questions.answers(request.question, asked.language) if request.question else []
    if request.question and not answered:
        unknown = [*unknown, "question"]
    texts = {fact.topic: fact.text for fact in known} | {answer.question: answer.text for answer in answered}
    told: dict[str, Any] = {"information": texts, "not_known": unknown}
    if "address" in texts and place.of_dealership():
        told["map_sent_as"] = "a map pin, right after your answer"
    if "credit" in request.topics:
        terms = CreditTerms.current()
        told["credit_terms"] = {
            "annual_rate_percent": terms.annual_rate_percent,
            "months": sorted(terms.terms_months),
            "minimum_down_payment_percent": f"{(terms.minimum_down_payment_share * 100).normalize():f}",
        }
    return told
