"""A message as words in a thread: what is not text is named in brackets."""

from collections.abc import Sequence

from assistant import dealership, place
from assistant.llm import transcription
from assistant.sentences import say
from conversations import choices
from conversations.models import Attachment, Message

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


# So much of a message that the customer answers is told to a model.
_QUOTED_MOST = 300


def of(message: Message) -> str:
    """What the customer said, with the ad they came from, what they answer, and the kind of what is not text."""
    parts = []
    if ad := message.details.get("ad"):
        told = " - ".join(filter(None, (ad.get("headline"), ad.get("body"))))
        parts.append(f"[anuncio: {told}]" if told else "[anuncio]")
    if (quoted := _quoted(message)) and len(quoted.cars) == 1:
        parts.append(f"[{say('es', 'marker_about', stock_id=next(iter(quoted.cars)))}]")
    if "forwarded" in message.details:
        parts.append(f"[{say('es', 'marker_forwarded')}]")
    if kind := _UNREAD_KINDS.get(Message.Kind(message.kind)):
        parts.append(f"[{say('es', f'marker_{kind}')}]")
    if message.text:
        parts.append(choices.said(message) or read_part(message))
    return "\n".join(parts)


def quotations(messages: Sequence[Message]) -> list[str]:
    """For a language model: which of the earlier messages the customer answers."""
    pairs = ((message, _quoted(message)) for message in messages)
    return [
        f"With “{message.text[:80]}” the customer answers this earlier message: “{quoted.text[:_QUOTED_MOST]}”"
        for message, quoted in pairs
        if quoted and quoted.text
    ]


def _quoted(message: Message) -> Message | None:
    """The message that this one answers, if it is of the same conversation. A tapped button answers, too, and says so itself."""
    sid = message.details.get("quoted", {}).get("sid")
    if not sid or message.kind == Message.Kind.BUTTON:
        return None
    return Message.objects.filter(customer=message.customer_id, sid=sid).first()


def read_part(message: Message) -> str:
    """The text or, of one that was longer than the limit when it came, its beginning."""
    return message.text[: message.details.get("characters_read")]


def for_unreadable(messages: Sequence[Message], language: str) -> str | None:
    """The sentence for messages in which there is nothing to read, by the kind of the last one; None if there are words."""
    if any(message.text.strip() or message.details.get("ad") for message in messages):
        return None
    last = messages[-1]
    if last.kind == Message.Kind.LOCATION and (told := _way(last, language)):
        return told
    if last.attachments.filter(state=Attachment.State.FAILED).exists():
        return say(language, "can_not_open")
    if last.kind == Message.Kind.AUDIO and transcription.is_offered():
        return say(language, "can_not_hear")
    kind = _UNREAD_KINDS.get(Message.Kind(last.kind), "other")
    return say(language, f"can_not_read_{kind}")


def _way(message: Message, language: str) -> str | None:
    """How far the customer is from the dealership, and the way; None while staff have not said where it is."""
    sent = message.details.get("location", {})
    customer, ours = place.read(sent.get("latitude", ""), sent.get("longitude", "")), place.of_dealership()
    if customer is None or ours is None:
        return None
    km = place.distance_km(customer, ours)
    figures = {"km": f"{km:.1f}" if km < 10 else f"{km:,.0f}", "way": place.way(customer, ours)}
    return say(language, "distance", name=dealership.name(), **figures)
