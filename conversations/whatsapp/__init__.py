"""WhatsApp in our own words: what comes in, what goes out, and what both of Twilio's ways can do. Twilio's names stay below here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class NotTaken(Exception):
    """It was certainly not taken: sending again after `wait_seconds` is safe."""

    def __init__(self, message: str, wait_seconds: float = 2.0) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Refused(Exception):
    """It was refused for good, and the message says why, for staff; Twilio's words may name the customer, its code doesn't."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Uncertain(Exception):
    """Nobody knows whether it was taken: it must be looked for before it is sent again."""


class Unreachable(Exception):
    """A question to the other side got no answer; nothing has changed."""


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A customer's message as it came. `address` is where replies go; `identities` are (kind, value) pairs, the surest first."""

    sid: str
    address: str
    identities: tuple[tuple[str, str], ...]
    profile_name: str
    kind: str
    text: str
    channel: str = "whatsapp"
    details: dict[str, Any] = field(default_factory=dict)
    # When it was written, if that was not just now: Twilio could not bring it to us and we found it later.
    written_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Status:
    """How far a message that we sent has come: one of sent, delivered, read, failed. `code` is Twilio's for what went wrong."""

    sid: str
    delivery: str
    error: str = ""
    code: str = ""
    # Our own id of the message, where the report carries it; else it is known by its SID.
    message_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What a person of the dealership wrote to the customer at this address with another program than ours."""

    sid: str
    address: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Media:
    """A picture or document of ours: where it can be fetched, and its bytes with their type for who can't fetch it."""

    url: str
    read: Callable[[], tuple[bytes, str]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Something that can be tapped; its id comes back."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Approved:
    """A template that WhatsApp approved, by Twilio's SID, and what fills its gaps."""

    sid: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """One message to be sent: a text, a picture with a caption, a document, a place or a template. `message_id` is our own id, by which it is found again."""

    message_id: int
    language: str = "es"
    text: str = ""
    media: Media | None = None
    # Under the text: a few buttons or, behind a button with this label, a list.
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""
    # Latitude and longitude, in place of the text, which says the same for where no pin arrives.
    place: tuple[float, float] | None = None
    place_label: str = ""
    # In place of all that, also outside of WhatsApp's window; the text says what the customer reads.
    template: Approved | None = None


class Transport(Protocol):
    """One of Twilio's two ways to WhatsApp. Nothing above this package knows which one is in use."""

    def is_ours(self, form: Mapping[str, str]) -> bool:
        """Whether a webhook's form is for our account and, where it names one, our number."""
        ...

    def event(self, form: Mapping[str, str], message_id: int | None = None) -> Inbound | Status | Elsewhere | None:
        """What a webhook's form tells, its essentials checked before; None if it means nothing to us.

        `message_id` is our id of the message that a report is about, where its address carries it.
        """
        ...

    def send(self, address: str, outbound: Outbound) -> str:
        """Post one message and return its SID. Raises NotTaken, Refused or Uncertain."""
        ...

    def find(self, address: str, outbound: Outbound, *, since: datetime) -> list[str]:
        """The SIDs under which this message may have been taken since then, the likeliest first. Raises Unreachable."""
        ...

    def received(self, *, since: datetime, until: datetime) -> list[Inbound]:
        """What customers wrote to us between these times, the oldest first, as far as Twilio's list tells. Raises Unreachable."""
        ...

    def show_typing(self, sid: str) -> None:
        """Show "typing…" and mark the customer's message as read. Best effort: its failure is no failure."""
        ...

    def erase(self, addresses: Collection[str], sids: Collection[str], *, until: datetime) -> int:
        """Delete what Twilio still holds of a customer, media first: these messages, and what went to or came from there until then.

        Done again it finds nothing more. How much there was; raises Unreachable where something is left.
        """
        ...

    def check(self) -> None:
        """Whether Twilio knows our account and token, and our number is on this way, by reading alone. Raises Unreachable or Refused."""
        ...
