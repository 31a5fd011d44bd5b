"""WhatsApp in our own words: what comes in, what can happen to what goes out. Twilio's names stay below here."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class NotTaken(Exception):
    """It was certainly not taken: sending again after `wait_seconds` is safe."""

    def __init__(self, message: str, wait_seconds: float = 2.0) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Refused(Exception):
    """It was refused for good, and the message says why, for staff; Twilio's words may name the customer, its code doesn't."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Uncertain(Exception):
    """Nobody knows whether it was taken: it must be looked for before it is sent again."""


class Unreachable(Exception):
    """A question to the other side got no answer; nothing has changed."""


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A customer's message as it came. `identities` are (kind, value) pairs, the surest first."""

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
    """How far a message that we sent has come: one of sent, delivered, read, failed."""

    sid: str
    delivery: str
    error: str = ""
