"""Where the data of one customer is: every table, the files beside them, and the words by which it would be found elsewhere."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

from conversations.models import Attachment, Customer, Identity, Message

# Model -> the way to its customer. Whatever has a customer is here: a test looks for models that are not.
PLACES = {
    "conversations.customer": "pk",
    "conversations.identity": "customer",
    "conversations.message": "customer",
    "conversations.attachment": "message__customer",
    "conversations.thread": "customer",
    "conversations.item": "thread__customer",
    "conversations.turn": "customer",
    "conversations.tooluse": "turn__customer",
    "conversations.replayedturn": "turn__customer",
    "conversations.quote": "customer",
    "conversations.handoff": "customer",
    "conversations.visit": "customer",
    "conversations.lead": "customer",
    "conversations.arrival": "lead__customer",
    "conversations.gap": "customer",
    "conversations.note": "customer",
}
# So many of the customer's own sentences are searched for, the longest; shorter ones anybody may have said.
SENTENCES_MOST, SENTENCE_LEAST = 20, 12
# How people group the ten figures of a number.
_GROUPS = ((2, 4, 4), (3, 3, 4), (2, 2, 2, 2, 2), (5, 5))
_NATIONAL = 10


def rows(customer: Customer) -> Iterator[tuple[type[Model], QuerySet[Any]]]:
    """Every table with the customer's rows in it."""
    for label, path in PLACES.items():
        model = apps.get_model(label)
        yield model, model._default_manager.filter(**{path: customer.pk})


def files(customer: Customer) -> list[str]:
    """The names of the files that the customer sent, in the storage."""
    kept = Attachment.objects.filter(message__customer=customer).exclude(file="")
    return list(kept.values_list("file", flat=True))


def addresses(customer: Customer) -> list[str]:
    """By which Twilio knows the customer: where they last wrote from, and each of their numbers and ids."""
    if customer.channel != Customer.Channel.WHATSAPP:
        return []
    known = [form for identity in customer.identities.all() for form in _written(identity)]
    return list(dict.fromkeys(filter(None, [customer.address, *(f"whatsapp:{form}" for form in known)])))


def _written(identity: Identity) -> list[str]:
    """A Mexican mobile may have the 1 that WhatsApp still writes."""
    value = identity.value
    return [value, f"+521{value[3:]}"] if re.fullmatch(r"\+52\d{10}", value) else [value]


# --- Words --------------------------------------------------------------------------------------------------------


def marks(customer: Customer) -> list[str]:
    """What points at this customer and nobody else: numbers as people write them, ids, address."""
    identities = list(customer.identities.all())
    phones = [identity.value for identity in identities if identity.kind == Identity.Kind.PHONE]
    numbers = [form for phone in filter(None, (*phones, customer.told_phone)) for form in _forms(phone)]
    ids = [identity.value for identity in identities if identity.kind != Identity.Kind.PHONE]
    return _distinct([*numbers, *ids, customer.address])


def full_name(customer: Customer) -> list[str]:
    """As often as it is known. One name alone is many people's; even both may be two people's."""
    name = " ".join(customer.profile_name.split())
    return [name] if " " in name else []


def sentences(customer: Customer) -> list[str]:
    """The longest of what the customer wrote. What they were told, everybody is."""
    written = customer.messages.filter(author=Message.Author.CUSTOMER)
    said = {" ".join(text.split()) for text in written.values_list("text", flat=True)}
    long = sorted((text for text in said if len(text) >= SENTENCE_LEAST), key=len, reverse=True)
    return long[:SENTENCES_MOST]


def _forms(phone: str) -> Iterator[str]:
    digits = re.sub(r"\D", "", phone)
    national = digits[-_NATIONAL:]
    yield from (phone, digits, national)
    if len(national) == _NATIONAL:
        for groups, between in product(_GROUPS, (" ", "-", ".")):
            ends = [sum(groups[: n + 1]) for n in range(len(groups))]
            yield between.join(national[end - size : end] for size, end in zip(groups, ends, strict=True))


def as_stored(word: str) -> list[str]:
    """The word as text has it, and as JSON may."""
    return _distinct([word, json.dumps(word)[1:-1]])


def _distinct(words: list[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word]
