"""What a thread is made of: words, tool calls and their results, the same for every language model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Author = Literal["customer", "assistant", "staff"]


@dataclass(frozen=True)
class Said:
    """Words of one of the three who speak in a conversation."""

    author: Author
    text: str


@dataclass(frozen=True)
class ToolCall:
    """A model's request for a tool; `arguments` is the JSON text as the model wrote it."""

    call_id: str
    name: str
    arguments: str
    # The model's own form of the call, which it wants back as it was within the same turn. Never stored.
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ToolResult:
    """What a tool gave, as JSON text."""

    call_id: str
    output: str


@dataclass(frozen=True)
class Opaque:
    """Something that only the model that made it understands, such as its reasoning. Kept within the turn only."""

    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Remark:
    """A word of ours to the model within the turn: facts that we read, or what was wrong with its last answer."""

    text: str
    # Whether an answer may take its figures from here.
    is_ground: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture that came with the customer's last words, as JPEG, for models that see. Kept within the turn only."""

    jpeg: bytes = field(repr=False)


Item = Said | ToolCall | ToolResult | Opaque | Remark | Picture


def storable(text: str) -> str:
    """The text without what a database refuses and nobody can read: zero characters and halves of characters."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def to_json(item: Item) -> tuple[str, dict[str, str]] | None:
    """Kind and content for storing. None for what does not outlive the turn."""
    match item:
        case Said(author, text):
            return author, {"text": text}
        case ToolCall(call_id, name, arguments):
            return "tool_call", {"call_id": call_id, "name": name, "arguments": arguments}
        case ToolResult(call_id, output):
            return "tool_result", {"call_id": call_id, "output": output}
        case Opaque() | Remark() | Picture():
            return None


def from_json(kind: str, content: Mapping[str, str]) -> Item:
    """The item that `to_json` stored."""
    match kind:
        case "tool_call":
            return ToolCall(content["call_id"], content["name"], content["arguments"])
        case "tool_result":
            return ToolResult(content["call_id"], content["output"])
        case "customer" | "assistant" | "staff":
            return Said(kind, content["text"])
        case _:
            raise ValueError(f"No thread item is of kind {kind!r}.")
