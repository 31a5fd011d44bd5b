"""WhatsApp through Twilio's Programmable Messaging: a message has an address it goes to and an address it is reported to."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from twilio.base.exceptions import TwilioException, TwilioRestException

from conversations.whatsapp import Elsewhere, Inbound, Outbound, Refused, Status, Uncertain, account, content, form

logger = logging.getLogger(__name__)

TYPING_TIMEOUT_SECONDS = 3.0
# A repeated body within this many of the latest messages to a customer is enough to find one of our own.
LIST_LIMIT = 40

# More than customers write in a day; Twilio gives a thousand at a time.
RECEIVED_MOST = 20_000

# WhatsApp's messages have one.
_MEDIA_MOST = 20

# How far Twilio's clock may be behind our database's. Earlier messages of the same words are known by their SIDs.
CLOCKS_DIFFER_MOST = timedelta(minutes=2)


# --- In ---------------------------------------------------------------------------------------------------------


def is_ours(fields: Mapping[str, str]) -> bool:
    """Whether it is for our account and number."""
    return (
        fields.get("AccountSid") == settings.TWILIO_ACCOUNT_SID
        and fields.get("To", "").casefold() == settings.TWILIO_WHATSAPP_NUMBER.casefold()
    )


def event(fields: Mapping[str, str], message_id: int | None = None) -> Inbound | Status | Elsewhere | None:
    """A customer's message, or how far one of ours has come, whose id stood in the report's address."""
    if message_id is None:
        return form.message(fields, address=fields["From"])
    return form.status(fields, fields["MessageStatus"], message_id=message_id)


# --- Out --------------------------------------------------------------------------------------------------------


def send(address: str, outbound: Outbound) -> str:
    """Post one message and return its SID: a text, or what Twilio fetches; beside a picture the text is its caption.

    WhatsApp takes a document without a text only. Raises NotTaken, Refused or Uncertain.
    """
    if not address.startswith("whatsapp:"):
        raise Refused(_("The customer wrote while our number was on Twilio's Conversations: they must write again."))
    tapped = content.of(outbound)
    try:
        return _posted(address, outbound, tapped or _plain(outbound))
    except Refused as e:
        if not tapped or outbound.template:
            raise
        logger.warning(
            "Message %s goes as plain text, for what can be tapped is refused (%s)", outbound.message_id, e.code
        )
    return _posted(address, outbound, _plain(outbound))


def _plain(outbound: Outbound) -> dict[str, Any]:
    text = {"body": outbound.text} if outbound.text else {}
    return text | ({"media_url": [outbound.media.url]} if outbound.media else {})


def _posted(address: str, outbound: Outbound, options: dict[str, Any]) -> str:
    with account.sending():
        message = account.client().messages.create(
            to=address,
            from_=settings.TWILIO_WHATSAPP_NUMBER,
            status_callback=f"{settings.PUBLIC_BASE_URL}/api/twilio/status?message={outbound.message_id}",
            **options,
        )
    if not message.sid:
        raise Uncertain(_("Twilio's answer can't be read: it is being looked for."))
    return str(message.sid)


def find(address: str, outbound: Outbound, *, since: datetime) -> list[str]:
    """By its text: a picture is found by its caption, and a document by having none. What can be tapped may be listed after it, a pin has none."""
    earliest = since - CLOCKS_DIFFER_MOST
    with account.reading():
        messages = account.client().messages.list(to=address, from_=settings.TWILIO_WHATSAPP_NUMBER, limit=LIST_LIMIT)
    return [
        str(message.sid)
        for message in messages
        if _is_it(message.body or "", outbound) and message.date_created and message.date_created >= earliest
    ]


def _is_it(body: str, outbound: Outbound) -> bool:
    if outbound.template:  # nothing else can have gone to this customer
        return True
    if outbound.place is not None:
        return body in {"", outbound.text, outbound.place_label}
    if outbound.choices:
        return " ".join(body.split()).startswith(" ".join(outbound.text.split()))
    return body == outbound.text


def received(*, since: datetime, until: datetime) -> list[Inbound]:
    """From the list of all messages to our number."""
    with account.reading():
        messages = account.client().messages.list(
            to=settings.TWILIO_WHATSAPP_NUMBER, date_sent_after=since, limit=RECEIVED_MOST
        )
    known = [message for message in messages if message.direction == "inbound" and message.date_sent]
    return [_from_list(message) for message in reversed(known) if since <= message.date_sent <= until]


def _from_list(message: Any) -> Inbound:
    """The list knows less than the webhook: neither the customer's name nor what kind of media it was."""
    fields = {"MessageSid": message.sid, "From": message.from_, "Body": message.body or ""}
    return replace(form.message(fields, address=message.from_), written_at=message.date_sent)


def show_typing(sid: str) -> None:
    """For up to 25 s."""
    try:
        typing = account.client(TYPING_TIMEOUT_SECONDS).messaging.v2.typing_indicator
        typing.create(channel="whatsapp", message_id=sid)
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        logger.info("No typing indicator: %s", type(e).__name__)


def erase(addresses: Collection[str], sids: Collection[str], *, until: datetime) -> int:
    """Each message by itself, and what stands in the lists of both directions though we don't know it."""
    asked = [sid for sid in sids if sid.startswith(("SM", "MM"))]
    found = dict.fromkeys([*asked, *(sid for address in addresses for sid in _listed(address, until))])
    for sid in found:
        _erase(sid)
    return len(found)


def _listed(address: str, until: datetime) -> list[str]:
    """What went there and what came from there, until then."""
    if not address.startswith("whatsapp:"):
        return []
    number, messages = settings.TWILIO_WHATSAPP_NUMBER, account.client().messages
    with account.reading():
        found = messages.list(to=address, from_=number, limit=RECEIVED_MOST)
        found += messages.list(from_=address, to=number, limit=RECEIVED_MOST)
    return [str(message.sid) for message in found if not message.date_created or message.date_created <= until]


def _erase(sid: str) -> None:
    message = account.client().messages(sid)
    found: Any = None
    with account.erasing():
        found = message.fetch()
    if found is None:  # gone already
        return
    media: list[Any] = []
    if found.num_media != "0":
        with account.reading():
            media = message.media.list(limit=_MEDIA_MOST)
    for medium in media:
        with account.erasing():
            message.media(medium.sid).delete()
    with account.erasing():
        message.delete()


def check() -> None:
    """Also that the number is not on Conversations, which would get its messages in our place."""
    with account.checking():
        account.client().messages.list(to=settings.TWILIO_WHATSAPP_NUMBER, limit=1)
        try:
            found = account.client().conversations.v1.address_configurations(settings.TWILIO_WHATSAPP_NUMBER).fetch()
        except TwilioRestException as e:
            if e.status == 404:
                return
            raise
    if (found.auto_creation or {}).get("enabled"):
        raise Refused(
            "The number is on Twilio's Conversations as well: set TWILIO_TRANSPORT=conversations, "
            "or run manage.py configure_conversations --remove."
        )
