"""Conversations in the admin: what was said, on what ground, what people must see to, and a place to answer."""

from conversations.admin import commitment, customer, limits, quote, record

__all__ = ("commitment", "customer", "limits", "quote", "record")
