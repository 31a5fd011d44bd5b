"""A message as words in a thread: what is not text is named in brackets."""

from collections.abc import Sequence

from assistant.sentences import say
from conversations.models import Message

_UNREAD_KINDS = {
    Message.Kind.IMAGE: "picture",
    Message.Kind.AUDIO: "voice_note",
    Message.Kind.VIDEO: "video",
    Message.Kind.STICKER: "sticker",
    Message.Kind.DOCUMENT: "document",
    Message.Kind.CONTACT: "contact",
    Message.Kind.LOCATION: "location",
    Message.Kind.OTHER: "other",
}


def of(message: Message) -> str:
    """What the customer said, with the ad they came from and the kind of what can't be read yet."""
    parts = []
    if ad := message.details.get("ad"):
        told = " - ".join(filter(None, (ad.get("headline"), ad.get("body"))))
        parts.append(f"[anuncio: {told}]" if told else "[anuncio]")
    if kind := _UNREAD_KINDS.get(Message.Kind(message.kind)):
        parts.append(f"[{say('es', f'marker_{kind}')}]")
    if message.text:
        parts.append(read_part(message))
    return "\n".join(parts)


def read_part(message: Message) -> str:
    """The text or, of one that was longer than the limit when it came, its beginning."""
    return message.text[: message.details.get("characters_read")]


def for_unreadable(messages: Sequence[Message], language: str) -> str | None:
    """The sentence for messages in which there is nothing to read, by the kind of the last one; None if there are words."""
    if any(message.text.strip() or message.details.get("ad") for message in messages):
        return None
    kind = _UNREAD_KINDS.get(Message.Kind(messages[-1].kind), "other")
    return say(language, f"can_not_read_{kind}")
