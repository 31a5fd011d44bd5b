"""Finding customers by name, number or words: each by an index of its own, the newest first, and never more than some."""

from dataclasses import dataclass
from itertools import islice

from conversations.models import Customer, Identity, Message

CUSTOMERS_MOST = 500
MESSAGES_MOST = 1000
# PostgreSQL's index holds groups of three letters; less would read every message.
LETTERS_LEAST = 3


@dataclass(frozen=True, kw_only=True)
class Found:
    """Customers by id; `is_cut` when there were more of them, or of their messages, than are looked at."""

    customer_ids: frozenset[int]
    is_cut: bool


def find(words: str) -> Found:
    """Who is called so, has this number, or wrote or was told these words."""
    named = Customer.objects.filter(profile_name__icontains=words).order_by("-last_inbound_at")
    found = [list(named.values_list("pk", flat=True)[: CUSTOMERS_MOST + 1])]
    digits = "".join(filter(str.isdigit, words))
    if len(digits) >= LETTERS_LEAST:
        numbered = Identity.objects.filter(value__icontains=digits).values_list("customer", flat=True)
        found.append(list(numbered[: CUSTOMERS_MOST + 1]))
    said: list[int] = []
    if len(words) >= LETTERS_LEAST:
        saying = Message.objects.filter(text__icontains=words).order_by("-id").values_list("customer", flat=True)
        said = list(saying[: MESSAGES_MOST + 1])
    newest_said = islice(dict.fromkeys(said), CUSTOMERS_MOST)
    return Found(
        customer_ids=frozenset(newest_said).union(*found),
        is_cut=len(said) > MESSAGES_MOST or any(len(ids) > CUSTOMERS_MOST for ids in found),
    )
