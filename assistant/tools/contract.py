"""What makes a function a tool: its arguments as a strict schema, its docstring for the model, data out of it."""

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from assistant.answer import Effect
from assistant.diary import Diary
from assistant.llm import ToolSpec


class ToolError(Exception):
    """The tool can't do what was asked; the message is a sentence that the model can act on."""


class Arguments(BaseModel):
    """Arguments of a tool. Those that may be left out are nullable: a strict schema requires every one to be named."""

    model_config = ConfigDict(extra="forbid")


# JSON numbers to the model, exact decimals to us; beyond these bounds nothing about a car can be meant.
AMOUNT_MOST = Decimal(10) ** 9
Amount = Annotated[Decimal, Field(ge=-AMOUNT_MOST, le=AMOUNT_MOST), WithJsonSchema({"type": "number"})]
Count = Annotated[int, Field(ge=0, le=2**31 - 1), WithJsonSchema({"type": "integer"})]


# A strict schema may not have these: https://platform.openai.com/docs/guides/structured-outputs
NOT_STRICT = frozenset({"title", "default", "minLength", "maxLength"})


# Beside what a person shall see to, where the customer can't be called.
PHONE_ASKED = {"phone": "not known, for WhatsApp hides it: ask the customer for a number to reach them at"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the code knows of a turn and a model must never say: the time, the customer's language and visit, and the diary.

    `customer_ref` tells customers apart and tells nobody who they are.
    """

    now: datetime
    language: str
    customer_ref: str = ""
    visit_at: datetime | None = None
    diary: Diary = field(default_factory=Diary)
    # Whether the team could call the customer: WhatsApp hides the number of whoever has a user name.
    has_phone: bool = True


@dataclass(frozen=True)
class Tool:
    """A function with the schema of its arguments."""

    spec: ToolSpec
    arguments: type[Arguments]
    function: Callable[[Any, Asked], Any]

    @classmethod
    def of(cls, function: Callable[[Any, Asked], Any]) -> "Tool":
        """The tool that a function is: its first parameter's type gives the schema, its docstring the description."""
        hints = typing.get_type_hints(function)
        arguments: type[Arguments] = hints[next(iter(inspect.signature(function).parameters))]
        spec = ToolSpec(
            name=function.__name__,
            description=inspect.cleandoc(function.__doc__ or ""),
            parameters=_strict(arguments.model_json_schema()),
        )
        return cls(spec=spec, arguments=arguments, function=function)

    def call(self, arguments: Arguments, asked: Asked) -> tuple[dict[str, Any], Effect | None]:
        """The result as data, and the effect if the tool has one."""
        returned = self.function(arguments, asked)
        return returned if isinstance(returned, tuple) else (returned, None)


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as strict function calling wants it: every property required, none unnamed, and no keyword it refuses.

    What is left out (the length of a text) is still checked when the arguments come.
    """
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"properties", "$defs"}:
            kept[key] = {name: _strict(inner) for name, inner in value.items()}
        elif isinstance(value, dict):
            kept[key] = _strict(value)
        elif isinstance(value, list):
            kept[key] = [_strict(inner) if isinstance(inner, dict) else inner for inner in value]
        elif key not in NOT_STRICT:
            kept[key] = value
    if kept.get("type") == "object":
        kept |= {"required": list(kept.get("properties", {})), "additionalProperties": False}
    return kept
