"""Quotes that customers were told, and the addresses of their schedules as documents."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core import signing
from django.urls import reverse

from assistant.answer import Answer
from assistant.sentences import pesos, say
from conversations.models import Customer, Quote, Turn
from inventory.models import Vehicle

CREDIT = "fetch_credit_estimate"
# Whoever has the address has the document, for this long.
ADDRESS_LASTS = timedelta(days=30)
_SALT = "conversations.quotes"


def record(customer: Customer, turn: Turn, answer: Answer, language: str) -> None:
    """Keep every estimate of an answer that it says or sends. One that the customer was told before stays as it is."""
    said = {Decimal(figure) for figure in re.findall(r"\d+(?:\.\d+)?", answer.text.replace(",", ""))}
    sent = {document.folio for document in answer.media}
    Quote.objects.bulk_create(
        (
            _quote(customer, turn, result, estimate, language)
            for result, estimate in _estimates(answer)
            if Decimal(estimate["monthly"]) in said or estimate["folio"] in sent
        ),
        ignore_conflicts=True,
    )


def _estimates(answer: Answer) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for receipt in answer.receipts:
        if receipt.name == CREDIT:
            yield from ((receipt.result, estimate) for estimate in receipt.result.get("estimates", ()))


def _quote(customer: Customer, turn: Turn, result: dict[str, Any], estimate: dict[str, Any], language: str) -> Quote:
    return Quote(
        folio=estimate["folio"],
        customer=customer,
        turn=turn,
        vehicle=Vehicle.objects.filter(stock_id=result["stock_id"]).first(),
        stock_id=result["stock_id"],
        car=result["vehicle"],
        price_mxn=Decimal(result["price"]),
        down_payment_mxn=Decimal(estimate["down_payment"]),
        months=estimate["months"],
        annual_rate=Decimal(result["annual_rate_percent"]) / 100,
        monthly_mxn=Decimal(estimate["monthly"]),
        last_payment_mxn=Decimal(estimate["last_payment"]),
        interest_total_mxn=Decimal(estimate["interest_total"]),
        assumptions=result["assumptions"],
        language=language,
    )


def documents(answer: Answer) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of each document that goes with an answer, and the car in it with its price."""
    sent = {document.folio for document in answer.media}
    for result, estimate in _estimates(answer):
        if estimate["folio"] in sent:
            sent.remove(estimate["folio"])
            yield address(estimate["folio"]), {str(result["stock_id"]): result["price"]}


def address(folio: str) -> str:
    """Where the quote's schedule can be fetched as a document, below our public address."""
    return reverse("quote_document", args=[signing.TimestampSigner(salt=_SALT).sign(folio)])


def in_words(quote: Quote) -> str:
    """The schedule as text, for where no document arrives."""
    lines = (
        say(
            quote.language,
            "schedule_line",
            number=line.number,
            payment=pesos(line.payment),
            interest=pesos(line.interest),
            principal=pesos(line.principal),
            balance=pesos(line.balance),
        )
        for line in quote.schedule
    )
    return "\n".join([say(quote.language, "schedule_head"), *lines])


def at(token: str) -> Quote | None:
    """The quote whose address holds this token; None if it is not ours or too old."""
    try:
        folio = signing.TimestampSigner(salt=_SALT).unsign(token, max_age=ADDRESS_LASTS)
    except signing.BadSignature:
        return None
    return Quote.objects.filter(folio=folio).first()
