"""Conversations in the admin: what was said, on what ground, what people must see to, and a place to answer; and Karlos's settings."""

from conversations.admin import commitment, customer, karlos, quote, record, version

__all__ = ("commitment", "customer", "karlos", "quote", "record", "version")
