"""Who wrote what: customers, their threads and turns, messages and how far each has come, and what people must see to."""

from conversations.models.attachment import Attachment
from conversations.models.clearance import Clearance
from conversations.models.commitment import Handoff, Lead, Visit
from conversations.models.content_shape import ContentShape
from conversations.models.customer import Customer, Identity
from conversations.models.erasure import ErasedMessage, Erasure
from conversations.models.figures import DailyFigures
from conversations.models.gap import Gap
from conversations.models.limits import Limits
from conversations.models.message import Message
from conversations.models.note import Note
from conversations.models.quote import Quote
from conversations.models.replay import Replay, ReplayedTurn
from conversations.models.settings_version import SettingsVersion
from conversations.models.template import Template
from conversations.models.turn import Item, Thread, ToolUse, Turn
from conversations.models.watch import Arrival, SeenForSale

__all__ = (
    "Arrival",
    "Attachment",
    "Clearance",
    "ContentShape",
    "Customer",
    "DailyFigures",
    "ErasedMessage",
    "Erasure",
    "Gap",
    "Handoff",
    "Identity",
    "Item",
    "Lead",
    "Limits",
    "Message",
    "Note",
    "Quote",
    "Replay",
    "ReplayedTurn",
    "SeenForSale",
    "SettingsVersion",
    "Template",
    "Thread",
    "ToolUse",
    "Turn",
    "Visit",
)
