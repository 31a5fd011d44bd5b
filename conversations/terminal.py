"""A customer at the terminal: the same message, turn and records as on WhatsApp, answered at once and in this process."""

import contextlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from assistant.items import storable
from assistant.llm import LanguageModel
from conversations import inbound, turns
from conversations.models import Customer, Identity, Message, Turn
from conversations.whatsapp import Inbound


class NotAnswered(Exception):
    """The turn broke off; the log says why."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """One message, with the headline of the ad that was clicked, if any."""

    text: str
    ad: str = ""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One message's answer. An empty reply: a person has the conversation, or the customer wants none."""

    reply: str
    model: str
    tool_calls: tuple[dict[str, Any], ...]
    handed_off: bool
    # Where the documents that go with the reply can be fetched.
    documents: tuple[str, ...] = ()

    @property
    def tools(self) -> list[str]:
        return [call["name"] for call in self.tool_calls]

    def as_data(self) -> dict[str, Any]:
        """For JSON; documents only where there are any."""
        told = {
            "reply": self.reply,
            "model": self.model,
            "tool_calls": list(self.tool_calls),
            "handed_off": self.handed_off,
        }
        return told | {"documents": list(self.documents)} if self.documents else told


def customer(name: str) -> Customer:
    """The terminal's customer of that name."""
    known = Identity.objects.filter(kind=Identity.Kind.TERMINAL, value=name).select_related("customer").first()
    return known.customer if known else new_customer(name)


@transaction.atomic
def new_customer(name: str) -> Customer:
    """A customer without a past who has that name from now on."""
    made = Customer.objects.create(channel=Customer.Channel.TERMINAL, profile_name="Terminal")
    Identity.objects.update_or_create(kind=Identity.Kind.TERMINAL, value=name, defaults={"customer": made})
    return made


def exchange(customer: Customer, text: str) -> Exchange:
    """Say it and get the answer. Raises NotAnswered."""
    return exchange_all(customer, [Words(text=text)])


def exchange_all(
    customer: Customer,
    said: Sequence[Words],
    *,
    now: datetime | None = None,
    models: Sequence[LanguageModel] | None = None,
) -> Exchange:
    """Say several things at once, which get one answer, at a time and by models that may be given. Raises NotAnswered."""
    for_karlos = [_is_for_karlos(customer, words) for words in said]
    if not any(for_karlos):
        return Exchange(reply="", model="", tool_calls=(), handed_off=customer.is_with_person)
    Customer.objects.filter(pk=customer.pk).update(due_at=Now())
    turn = turns.run(customer.pk, _nothing_to_show, now=now, models=models)
    if turn is None:
        raise NotAnswered("The message could not be answered; see the log above. It is stored: write again to retry.")
    return _exchange(customer, turn)


def history(customer: Customer) -> list[tuple[str, str]]:
    """Who said what, in order."""
    return [(message.get_author_display(), message.text) for message in customer.messages.order_by("id")]


def _is_for_karlos(customer: Customer, said: Words) -> bool:
    """Store the message. False if it is not for Karlos to answer."""
    name = customer.identities.get(kind=Identity.Kind.TERMINAL).value
    message = inbound.store(
        Inbound(
            sid=f"terminal-{uuid.uuid4().hex}",
            address="",
            identities=((Identity.Kind.TERMINAL, name),),
            profile_name="",
            kind=Message.Kind.TEXT,
            text=storable(said.text),
            channel=Customer.Channel.TERMINAL,
            details={"ad": {"headline": said.ad}} if said.ad else {},
        )
    )
    return message is not None and message.handling == Message.Handling.WAITING


def _nothing_to_show(turn: Turn) -> None:
    """A terminal has no typing indicator."""


def _exchange(customer: Customer, turn: Turn) -> Exchange:
    sent = turn.messages.filter(author=Message.Author.ASSISTANT).order_by("part")
    uses = turn.tool_uses.order_by("position").values("name", "arguments", "result")
    return Exchange(
        reply="\n\n".join(message.text for message in sent if message.text),
        model=turn.model,
        tool_calls=tuple(dict(use) for use in uses),
        handed_off=customer.is_with_person,
        documents=tuple(f"{settings.PUBLIC_BASE_URL}{message.media}" for message in sent if message.media),
    )


@contextlib.contextmanager
def quiet(level: int) -> Iterator[None]:
    """No line of our log below this level between what is printed."""
    loggers = [logging.getLogger(name) for name in ("assistant", "conversations")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.setLevel(was)
