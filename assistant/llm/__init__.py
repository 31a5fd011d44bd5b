"""The language models: one Protocol, and what goes in and out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from assistant.answer import Usage
from assistant.items import Item, ToolCall

# How the model that is no language model signs.
RULES = "rules"


class LLMUnavailable(Exception):
    """The model cannot serve this turn; the message says why, for staff. Another model may."""


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """A tool as the model is told of it; `parameters` is a strict JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One round. Everything constant comes first, so that it is the same prefix for every customer."""

    instructions: str
    tools: tuple[ToolSpec, ...]
    items: Sequence[Item]
    language: str
    now: datetime
    # A keyed hash: it tells customers apart and tells nobody who they are.
    customer_ref: str
    # The stock id of the car that an earlier conversation ended with.
    earlier_car: int | None = None
    # The arguments of the estimate that was made of it: its figures may be others by now.
    earlier_quote: Mapping[str, Any] | None = None
    # Nothing more may be looked up: answer with what is there.
    must_speak: bool = False
    seconds_left: float = 25.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a model gave in one round: tool calls to run, or text for the customer. `items` is its output to send back as it is."""

    model: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    items: tuple[Item, ...] = ()
    usage: Usage = field(default_factory=Usage)


class LanguageModel(Protocol):
    """Something that continues a thread."""

    def respond(self, request: Request) -> Reply:
        """One round. Raises LLMUnavailable, and nothing else that the model or the network can cause."""
        ...
