"""The fields of Twilio's webhooks in our own words, the same on both of its ways."""

import re
from collections.abc import Mapping
from typing import Any

from conversations.whatsapp import Inbound, Status, errors

# WhatsApp still writes Mexican mobiles with the 1 that was dropped from the numbering plan in 2019.
_MEXICAN_MOBILE = re.compile(r"\+521\d{10}")


def message(form: Mapping[str, str], *, address: str) -> Inbound:
    """The message in a form that has MessageSid and From; every other field may be missing or strange."""
    return Inbound(
        sid=form["MessageSid"],
        address=address,
        identities=_identities(form),
        profile_name=form.get("ProfileName", "").replace("\x00", "")[:255],
        kind=_kind(form),
        text=_text(form),
        details=_details(form),
    )


def _identities(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A business-scoped user id before a phone: phones change hands. An address that is no phone is such an id."""
    found: list[tuple[str, str]] = []
    for field in ("ExternalUserId", "From"):
        value = form.get(field, "").removeprefix("whatsapp:").strip()[:160]
        kind = "phone" if value.startswith("+") else "business_user"
        if _MEXICAN_MOBILE.fullmatch(value):
            value = "+52" + value[4:]
        if value and (kind, value) not in found:
            found.append((kind, value))
    return tuple(found)


def _text(form: Mapping[str, str]) -> str:
    text = form.get("Body", "") or form.get("ButtonText", "") or form.get("ListTitle", "")
    return text.replace("\x00", "")


def _kind(form: Mapping[str, str]) -> str:
    if form.get("ButtonPayload") or form.get("ButtonText") or form.get("ListId"):
        return "button"
    if form.get("MessageType") == "reaction":
        return "reaction"
    if form.get("Latitude"):
        return "location"
    if media_type := form.get("MediaContentType0", ""):
        return _media_kind(media_type, form.get("MessageType", ""))
    return "text" if _text(form) else "other"


def _media_kind(media_type: str, message_type: str) -> str:
    if message_type == "sticker" or media_type == "image/webp":
        return "sticker"
    if "vcard" in media_type:
        return "contact"
    family = media_type.partition("/")[0]
    return family if family in {"image", "audio", "video"} else "document"


# What is kept beside the text: our name -> Twilio's fields and their names with us.
_DETAILS: dict[str, dict[str, str]] = {
    "location": {"Latitude": "latitude", "Longitude": "longitude", "Address": "address", "Label": "label"},
    "button": {
        "ButtonText": "text",
        "ButtonPayload": "payload",
        "ButtonType": "type",
        "ListId": "payload",
        "ListTitle": "text",
        "InteractiveData": "interactive",
        "FlowData": "flow",
    },
    "ad": {
        "ReferralSourceId": "source_id",
        "ReferralSourceType": "source_type",
        "ReferralSourceUrl": "url",
        "ReferralHeadline": "headline",
        "ReferralBody": "body",
        "ReferralMediaUrl": "media_url",
        "ReferralMediaContentType": "media_type",
        "ReferralCtwaClid": "click_id",
    },
    "quoted": {"OriginalRepliedMessageSid": "sid", "OriginalRepliedMessageSender": "sender"},
    "forwarded": {"Forwarded": "forwarded", "FrequentlyForwarded": "frequently"},
}


def _details(form: Mapping[str, str]) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for name, fields in _DETAILS.items():
        found = {
            ours: form[theirs].replace("\x00", "") for theirs, ours in fields.items() if form.get(theirs, "").strip()
        }
        # Blank fields of an ad come with every message, and "false" with every quotation.
        if found and set(found.values()) != {"false"}:
            details[name] = found
    count = form.get("NumMedia", "0")
    media = [
        {"url": form.get(f"MediaUrl{n}", ""), "type": form.get(f"MediaContentType{n}", "")}
        for n in range(min(int(count), 10) if count.isdecimal() else 0)
    ]
    if media:
        details["media"] = media
    return details


# Twilio's states of a message that we sent, as ours.
_DELIVERY = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}


def status(form: Mapping[str, str], said: str, *, message_id: int | None = None) -> Status | None:
    """A delivery report that says this of a message. None for a state that means nothing to us."""
    delivery = _DELIVERY.get(said)
    if delivery is None:
        return None
    code = form.get("ErrorCode", "")
    code = "" if code == "0" else code
    error = errors.in_words(code, form.get("ChannelStatusMessage") or form.get("ErrorMessage", "")) if code else ""
    return Status(sid=form["MessageSid"], delivery=delivery, error=error, code=code, message_id=message_id)
