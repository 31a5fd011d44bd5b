"""Conversations in the admin: what was said, on what ground, what people must see to, and a place to answer; and Karlos's settings."""

from conversations.admin import commitment, customer, erasure, gap, karlos, lead, quote, record, replay, version, visit

__all__ = (
    "commitment",
    "customer",
    "erasure",
    "gap",
    "karlos",
    "lead",
    "quote",
    "record",
    "replay",
    "version",
    "visit",
)
