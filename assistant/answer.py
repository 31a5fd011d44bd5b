"""What comes out of a turn: the words to send, what they were based on, and what is to be done besides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from assistant.items import Item, Said


@dataclass(frozen=True, kw_only=True)
class HandOff:
    """Give the conversation to a person."""

    reason: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class BookVisit:
    """Note a visit, or move the one there is."""

    starts_at: datetime
    stock_id: int | None


@dataclass(frozen=True, kw_only=True)
class CancelVisit:
    """Call the customer's visit off."""


@dataclass(frozen=True, kw_only=True)
class RecordInterest:
    """Leave work for a person: callback, offer, trade_in, watch or hold.

    `wish` is the car that is waited for, as `inventory.wish.Wish.as_json` writes it; `wanted_at` when the customer wants to be called.
    """

    kind: str
    stock_id: int | None
    amount_mxn: Decimal | None
    note: str
    wish: Mapping[str, Any] = field(default_factory=dict)
    wanted_at: datetime | None = None


Effect = HandOff | BookVisit | CancelVisit | RecordInterest


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One tool call with what it gave."""

    call_id: str
    name: str
    arguments: dict[str, Any]
    result: dict[str, Any]


@dataclass(frozen=True)
class Document:
    """The schedule of the quote with this folio, sent as a message of its own."""

    folio: str


@dataclass(frozen=True, kw_only=True)
class Photos:
    """The first photos of a car, and the price that it had."""

    stock_id: int
    price: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """Words that a model wanted to send and the guardrails did not let pass, with a sentence for each thing wrong."""

    model: str
    text: str
    violations: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens, summed over the rounds of a turn."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The words for the customer, with their grounds. `items` is what the thread gains, the customer's own words not included."""

    text: str
    model: str
    items: tuple[Item, ...]
    effects: tuple[Effect, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    usage: Usage = field(default_factory=Usage)
    rounds: int = 0
    remarks: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    # The cars it names, by stock id, with the prices it rests on.
    cars: Mapping[int, Decimal] = field(default_factory=dict)
    # Cars that were sold or priced anew while it was made, with the prices before.
    outdated: Mapping[int, Decimal] = field(default_factory=dict)

    def reworded(self, text: str) -> "Answer":
        """The same in other words: the last of the items is what is said."""
        return replace(self, text=text, items=(*self.items[:-1], Said("assistant", text)))

    @property
    def media(self) -> tuple[Document, ...]:
        """What goes out beside the words: the tools said so to the model, which may count on it."""
        estimates = (row for receipt in self.receipts for row in receipt.result.get("estimates", ()))
        return tuple(dict.fromkeys(Document(row["folio"]) for row in estimates if row.get("schedule_sent_as")))

    @property
    def photos(self) -> tuple[Photos, ...]:
        """The photos that go with the words, as the tools said to the model."""
        sent = (receipt.result for receipt in self.receipts if receipt.result.get("photos_sent_as"))
        found = (Photos(stock_id=row["stock_id"], price=row["price"], count=row["photos"]) for row in sent)
        return tuple(dict.fromkeys(found))

    @property
    def shows_place(self) -> bool:
        """Whether the dealership's place goes out beside the words."""
        return any(receipt.result.get("map_sent_as") for receipt in self.receipts)
