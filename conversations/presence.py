"""Who of staff has a conversation open now, and who is writing: said anew with every look, forgotten soon after the last."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.cache import cache

from conversations import staff

# A page looks every few seconds; one that is closed or hidden is forgotten after this.
FORGOTTEN_AFTER_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class Present:
    """Somebody else in the same conversation."""

    name: str
    is_typing: bool


def say(customer_id: int, user: AbstractBaseUser, *, is_typing: bool) -> None:
    """This member of staff has the conversation open."""
    cache.set(key(customer_id, user.pk), is_typing, FORGOTTEN_AFTER_SECONDS)


def others(customer_id: int, user: AbstractBaseUser) -> Sequence[Present]:
    """Everyone else who has it open."""
    colleagues = User.objects.filter(is_active=True, is_staff=True).exclude(pk=user.pk)
    by_key = {key(customer_id, colleague.pk): colleague for colleague in colleagues}
    # Without a cache nobody is seen, and what would be sent unseen is still refused.
    found = cache.get_many(by_key) or {}
    return [
        Present(name=staff.name(by_key[found_key]), is_typing=bool(typing))
        for found_key, typing in sorted(found.items())
    ]


def key(customer_id: int, user_id: int) -> str:
    """Under which the cache has that this member of staff has the conversation open."""
    return f"presence:{customer_id}:{user_id}"
