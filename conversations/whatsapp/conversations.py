"""WhatsApp through Twilio's Conversations: every customer has a conversation, and its events come to one address."""

import json
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from twilio.base.exceptions import TwilioRestException

from conversations.whatsapp import (
    Elsewhere,
    Inbound,
    Media,
    Outbound,
    Refused,
    Status,
    Uncertain,
    account,
    content,
    form,
)

logger = logging.getLogger(__name__)

# As whom we write, and by what in a message's attributes its own id of ours is found again.
AUTHOR, OUR_ID = "karlos", "karlos"
EVENTS = ("onMessageAdded", "onDeliveryUpdated")
# Media have a service of their own, which the SDK does not know.
MEDIA_URL = "https://mcs.us1.twilio.com"
# Of a conversation's messages, the latest so many are looked through for one of ours or for one that was missed.
LIST_LIMIT = 40
# There is no list of all messages: so many of the active conversations are looked into for what was missed.
LOOKED_INTO_MOST = 200
# More than a customer writes in all their years.
_ERASED_MOST = 20_000


# --- In ---------------------------------------------------------------------------------------------------------


def is_ours(fields: Mapping[str, str]) -> bool:
    """Whether it is for our account: these events don't name our number, they come from its address configuration."""
    return fields.get("AccountSid") == settings.TWILIO_ACCOUNT_SID


def event(fields: Mapping[str, str], message_id: int | None = None) -> Inbound | Status | Elsewhere | None:
    """A customer's message; our own, come back, which tells its SID; one that a person wrote elsewhere; a delivery report.

    Our id is never in the address here: it comes back with the message itself.
    """
    if fields.get("EventType") == "onDeliveryUpdated":
        return form.status(fields, fields.get("Status", ""))
    if fields.get("Source", "").casefold() == "whatsapp":
        return _from_customer(fields)
    ours = _our_id(fields.get("Attributes", ""))
    if ours is not None:
        return Status(sid=fields["MessageSid"], delivery="sent", message_id=ours)
    return Elsewhere(
        sid=fields["MessageSid"], address=fields["ConversationSid"], text=fields.get("Body", "").replace("\x00", "")
    )


def _from_customer(fields: Mapping[str, str]) -> Inbound:
    """Its fields under the names that Programmable Messaging has for them; what only WhatsApp knows is in the metadata."""
    media = _listed(fields.get("Media", ""))
    service = fields.get("ChatServiceSid", "")
    named = {
        **_context(fields.get("ChannelMetadata", "")),
        "MessageSid": fields["MessageSid"],
        "From": fields.get("Author", ""),
        "Body": fields.get("Body", ""),
        "NumMedia": str(len(media)),
    }
    for n, medium in enumerate(media):
        sid = medium.get("Sid") or medium.get("MediaSid") or medium.get("sid") or ""
        named[f"MediaUrl{n}"] = f"{MEDIA_URL}/v1/Services/{service}/Media/{sid}"
        named[f"MediaContentType{n}"] = str(medium.get("ContentType") or medium.get("content_type") or "")
    return form.message(named, address=fields["ConversationSid"])


def _context(written: str) -> dict[str, str]:
    """The customer's name, the button they pressed: the texts among the channel's metadata."""
    try:
        context = json.loads(written)["data"]["context"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return (
        {str(name): value for name, value in context.items() if isinstance(value, str)}
        if isinstance(context, dict)
        else {}
    )


def _listed(written: str) -> list[dict[str, Any]]:
    try:
        listed = json.loads(written or "[]")
    except (ValueError, RecursionError):
        return []
    return [medium for medium in listed if isinstance(medium, dict)][:10] if isinstance(listed, list) else []


def _our_id(attributes: str) -> int | None:
    """Our own id of the message that has these attributes, if it is one of ours."""
    try:
        found = json.loads(attributes or "{}")
    except (ValueError, RecursionError):
        return None
    ours = found.get(OUR_ID) if isinstance(found, dict) else None
    return ours if isinstance(ours, int) and not isinstance(ours, bool) else None


# --- Out --------------------------------------------------------------------------------------------------------


def send(address: str, outbound: Outbound) -> str:
    """Post it into the customer's conversation, with our id, by which the event that it causes and the list tell it apart."""
    with account.preparing():
        conversation = _conversation(address)
        media = {"media_sid": _uploaded(conversation, outbound.media)} if outbound.media else {}
    plain = media | ({"body": outbound.text} if outbound.text else {})
    tapped = content.of(outbound)
    try:
        return _posted(conversation, outbound, tapped or plain)
    except Refused as e:
        if not tapped or outbound.template:
            raise
        logger.warning(
            "Message %s goes as plain text, for what can be tapped is refused (%s)", outbound.message_id, e.code
        )
    return _posted(conversation, outbound, plain)


def _posted(conversation: Any, outbound: Outbound, options: dict[str, str]) -> str:
    with account.sending():
        message = conversation.messages.create(
            author=AUTHOR,
            attributes=json.dumps({OUR_ID: outbound.message_id}),
            x_twilio_webhook_enabled="true",
            **options,
        )
    if not message.sid:
        raise Uncertain(_("Twilio's answer can't be read: it is being looked for."))
    return str(message.sid)


def _conversation(address: str) -> Any:
    """The conversation at this address. Of a customer who last wrote on the other way, the one that they are in by now."""
    conversations = account.client().conversations.v1
    if address.startswith("CH"):
        return conversations.conversations(address)
    for found in conversations.participant_conversations.list(address=address, limit=LIST_LIMIT):
        if found.conversation_state == "active":
            return conversations.conversations(found.conversation_sid)
    raise Refused(
        _("The customer has not written since our number is on Twilio's Conversations: they must write again.")
    )


def _uploaded(conversation: Any, media: Media) -> str:
    """The SID of the media, which Conversations wants to have before the message that shows them."""
    content, content_type = media.read()
    service = conversation.fetch().chat_service_sid
    answer = account.client().request(
        "POST", f"{MEDIA_URL}/v1/Services/{service}/Media", data=content, headers={"Content-Type": content_type}
    )
    if answer.status_code >= 300:
        raise TwilioRestException(answer.status_code, "/Media", **_error(answer.text))
    return str(json.loads(answer.text)["sid"])


def _error(text: str) -> dict[str, Any]:
    told = json.loads(text)
    return {"msg": str(told.get("message", "")), "code": told.get("code")}


def find(address: str, outbound: Outbound, *, since: datetime) -> list[str]:
    """By our own id, which the list has with each message."""
    try:
        with account.reading():
            messages = _conversation(address).messages.list(order="desc", limit=LIST_LIMIT)
    except Refused:  # there is no conversation that it could be in
        return []
    return [str(message.sid) for message in messages if _our_id(message.attributes) == outbound.message_id]


def received(*, since: datetime, until: datetime) -> list[Inbound]:
    """From the latest messages of the active conversations: there is no list of all of them."""
    with account.reading():
        found = [inbound for inbound in _latest() if inbound.written_at and since <= inbound.written_at <= until]
    return sorted(found, key=lambda inbound: inbound.written_at or since)


def _latest() -> Iterator[Inbound]:
    conversations = account.client().conversations.v1.conversations
    for conversation in conversations.list(state="active", limit=LOOKED_INTO_MOST):
        for message in conversations(conversation.sid).messages.list(order="desc", limit=LIST_LIMIT):
            if str(message.author).startswith("whatsapp:"):
                yield _from_list(message, conversation.chat_service_sid)


def _from_list(message: Any, service: str) -> Inbound:
    fields = {
        "MessageSid": message.sid,
        "ConversationSid": message.conversation_sid,
        "Author": message.author,
        "Body": message.body or "",
        "Media": json.dumps(message.media or []),
        "ChatServiceSid": service,
    }
    return replace(_from_customer(fields), written_at=message.date_created)


def show_typing(sid: str) -> None:
    """Twilio offers none here: its indicator wants a SID that Conversations doesn't tell."""


def erase(addresses: Collection[str], sids: Collection[str], *, until: datetime) -> int:
    """Whole conversations, the media of their messages first: those have a service of their own."""
    known = [address for address in addresses if address.startswith("CH")]
    with account.reading():
        found = dict.fromkeys([*known, *(sid for address in addresses for sid in _conversations_of(address))])
    return sum(_erased(sid, until) for sid in found)


def _conversations_of(address: str) -> list[str]:
    """Those that Twilio knows the address to be in, ended ones too."""
    if not address.startswith("whatsapp:"):
        return []
    every = account.client().conversations.v1.participant_conversations
    return [str(found.conversation_sid) for found in every.list(address=address, limit=LOOKED_INTO_MOST)]


def _erased(sid: str, until: datetime) -> int:
    """How many messages there were. One that has gone on since loses what was said before."""
    conversation = account.client().conversations.v1.conversations(sid)
    found: Any = None
    with account.erasing():
        found = conversation.fetch()
    if found is None:  # gone already
        return 0
    with account.reading():
        messages = conversation.messages.list(limit=_ERASED_MOST)
    before = [message for message in messages if message.date_created <= until]
    _erase_media(str(found.chat_service_sid), before)
    if len(before) == len(messages):
        with account.erasing():
            conversation.delete()
        return len(before)
    for message in before:
        with account.erasing():
            conversation.messages(message.sid).delete()
    return len(before)


def _erase_media(service: str, messages: list[Any]) -> None:
    media = [str(medium.get("sid") or medium.get("Sid")) for message in messages for medium in message.media or ()]
    for medium in media:
        _erase_medium(f"{MEDIA_URL}/v1/Services/{service}/Media/{medium}")


def _erase_medium(url: str) -> None:
    with account.erasing():
        answer = account.client().request("DELETE", url)
        if answer.status_code >= 300:
            raise TwilioRestException(answer.status_code, "/Media", **_error(answer.text))


# --- The number ---------------------------------------------------------------------------------------------------


def webhook() -> str:
    """Where the events of our number's conversations are to come."""
    return f"{settings.PUBLIC_BASE_URL}/api/twilio/conversations"


def configure() -> None:
    """Let Twilio make a conversation for each customer of our number, and bring its events to us. Raises Unreachable or Refused."""
    wanted = {
        "auto_creation_enabled": True,
        "auto_creation_type": "webhook",
        "auto_creation_webhook_url": webhook(),
        "auto_creation_webhook_method": "POST",
        "auto_creation_webhook_filters": list(EVENTS),
    }
    addresses = account.client().conversations.v1.address_configurations
    with account.checking():
        if _configuration() is None:
            addresses.create(type="whatsapp", address=settings.TWILIO_WHATSAPP_NUMBER, **wanted)
        else:
            addresses(settings.TWILIO_WHATSAPP_NUMBER).update(**wanted)


def remove() -> None:
    """Take our number out of Conversations: its messages come by Programmable Messaging again. Raises Unreachable or Refused."""
    with account.checking():
        if _configuration() is not None:
            account.client().conversations.v1.address_configurations(settings.TWILIO_WHATSAPP_NUMBER).delete()


def check() -> None:
    """That our number is configured, and to bring its events here."""
    with account.checking():
        found = _configuration()
    auto_creation = (found.auto_creation if found else None) or {}
    if not auto_creation.get("enabled") or auto_creation.get("webhook_url") != webhook():
        raise Refused("Conversations does not bring our number's messages here: run manage.py configure_conversations.")


def _configuration() -> Any:
    """The address configuration of our number; None if there is none."""
    try:
        return account.client().conversations.v1.address_configurations(settings.TWILIO_WHATSAPP_NUMBER).fetch()
    except TwilioRestException as e:
        if e.status == 404:
            return None
        raise
