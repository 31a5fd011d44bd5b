"""The fields of Twilio's webhooks, as real captures have them."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from simulator import number
from simulator.models import Customer, Message

API_VERSION = "2010-04-01"
INSTALL_SID = "XE" + "0" * 32
ERRORS = {
    63016: "Outside the 24 hours in which a free-form message may be sent.",
    63019: "The media file could not be fetched.",
    63021: "The channel does not take this kind of media.",
}


def media_path(message_sid: str, media_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages/{message_sid}/Media/{media_sid}"


def inbound(message: Message) -> dict[str, str]:
    """What Twilio posts when a customer's message comes in."""
    customer = message.customer
    return {
        **_media(message),
        **_location(message),
        **_button(message),
        **_referral(message),
        "SmsMessageSid": message.sid,
        "NumMedia": "1" if message.media else "0",
        "ProfileName": customer.profile_name,
        "MessageType": message.kind,
        "SmsSid": message.sid,
        **_wa_id(customer),
        "SmsStatus": "received",
        "Body": message.body,
        "To": settings.TWILIO_WHATSAPP_NUMBER,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": message.sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ExternalUserId": f"whatsapp:{customer.bsuid}",
        "ChannelMetadata": _channel_metadata(message),
        "From": customer.address,
        "ApiVersion": API_VERSION,
    }


def added(message: Message) -> dict[str, str]:
    """What Twilio posts when a message joins a conversation: the customer's, or one of ours."""
    customer = message.customer
    media = [
        {"Sid": medium["sid"], "ContentType": medium["content_type"], "Size": medium["size"], "Filename": None}
        for medium in listed(message)
    ]
    form = {
        "EventType": "onMessageAdded",
        "Attributes": message.attributes,
        "DateCreated": iso(message.created_at),
        "Index": str(message.pk or 0),
        "MessageSid": message.sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ChatServiceSid": number.SERVICE_SID,
        "ConversationSid": customer.conversation_sid,
        "RetryCount": "0",
        "Source": "WHATSAPP" if message.is_inbound else "API",
        "Author": customer.address if message.is_inbound else "karlos",
        "Body": message.body,
    }
    if media:
        form["Media"] = json.dumps(media)
    if message.is_inbound:
        form |= {"ParticipantSid": f"MB{customer.pk:032x}", "ChannelMetadata": _whole_metadata(message)}
    return form


def listed(row: Message) -> list[dict[str, Any]]:
    """A message's media as the list has them."""
    if row.media is None:
        return []
    size = len(row.media.content)
    return [{"sid": row.media.sid, "content_type": row.media.content_type, "size": size, "filename": None}]


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole_metadata(message: Message) -> str:
    """Where WhatsApp's own fields are when a conversation's event has no room for them."""
    context = {
        **_location(message),
        **_button(message),
        **_referral(message),
        "MessageType": message.kind,
        "ProfileName": message.customer.profile_name,
        "ExternalUserId": f"whatsapp:{message.customer.bsuid}",
        **_wa_id(message.customer),
    }
    return json.dumps({"type": "whatsapp", "data": {"context": context}}, ensure_ascii=False, separators=(",", ":"))


def report(message: Message, status: str) -> dict[str, str]:
    """What Twilio posts when a message of ours has come further, on the way that it went."""
    return _delivery(message, status) if message.sid.startswith("IM") else _status(message, status)


def _delivery(message: Message, status: str) -> dict[str, str]:
    form = {
        "EventType": "onDeliveryUpdated",
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ChatServiceSid": number.SERVICE_SID,
        "ConversationSid": message.customer.conversation_sid,
        "MessageSid": message.sid,
        "ChannelMessageSid": f"SM{message.sid[2:]}",
        "DeliveryReceiptSid": f"DY{message.sid[2:]}",
        "ParticipantSid": f"MB{message.customer_id:032x}",
        "Status": status,
    }
    if message.error_code and status in {Message.Status.UNDELIVERED, Message.Status.FAILED}:
        form["ErrorCode"] = str(message.error_code)
    return form


def _status(message: Message, status: str) -> dict[str, str]:
    """What Twilio posts to the status callback of an outbound message."""
    to = message.customer.address
    form = {
        "EventType": status.upper(),
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "ChannelToAddress": to.removeprefix("whatsapp:"),
        "To": to,
        "ChannelPrefix": "whatsapp",
        "MessageSid": message.sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "StructuredMessage": "false",
        "From": settings.TWILIO_WHATSAPP_NUMBER,
        "ApiVersion": API_VERSION,
        "ChannelInstallSid": INSTALL_SID,
    }
    if message.error_code and status in {Message.Status.UNDELIVERED, Message.Status.FAILED}:
        reason = ERRORS[message.error_code]
        form |= {
            "ErrorCode": str(message.error_code),
            "ErrorMessage": reason,
            "ChannelStatusMessage": reason,
            "ExternalUserId": f"whatsapp:{message.customer.bsuid}",
        }
    return form


def _wa_id(customer: Customer) -> dict[str, str]:
    return {"WaId": customer.phone.removeprefix("+")} if customer.phone else {}


def _media(message: Message) -> dict[str, str]:
    if not message.media:
        return {}
    return {
        "MediaContentType0": message.media.content_type,
        "MediaUrl0": settings.TWILIO_API_BASE_URL + media_path(message.sid, message.media.sid),
    }


def _location(message: Message) -> dict[str, str]:
    if message.kind != Message.Kind.LOCATION:
        return {}
    place = {"Label": message.place_label, "Address": message.place_address}
    return {
        "Latitude": str(message.latitude),
        "Longitude": str(message.longitude),
        **{name: value for name, value in place.items() if value},
    }


def _button(message: Message) -> dict[str, str]:
    if message.kind != Message.Kind.BUTTON:
        return {}
    pressed_on = {"ListTitle": message.body, "ListId": message.button_payload}
    if not message.is_of_list:
        pressed_on = {"ButtonText": message.body, "ButtonPayload": message.button_payload}
    form = {
        **pressed_on,
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
    }
    pressed = message.customer.messages.filter(direction=Message.Direction.OUTBOUND).last()
    if pressed:
        form |= {
            "OriginalRepliedMessageSid": pressed.sid,
            "OriginalRepliedMessageSender": settings.TWILIO_WHATSAPP_NUMBER,
        }
    return form


def _referral(message: Message) -> dict[str, str]:
    if not message.referral_source_id:
        return {}
    return {
        "ReferralSourceType": "ad",
        "ReferralSourceId": message.referral_source_id,
        "ReferralSourceUrl": f"https://fb.me/{message.referral_source_id}",
        "ReferralHeadline": message.referral_headline,
        "ReferralBody": message.referral_body,
        "ReferralCtwaClid": f"ARsimulator{message.sid[2:]}",
    }


def _channel_metadata(message: Message) -> str:
    context: dict[str, str] = {}
    if message.kind == Message.Kind.BUTTON:
        context |= {"ButtonText": message.body, "Forwarded": "false", "FrequentlyForwarded": "false"}
    context |= {"ProfileName": message.customer.profile_name, **_wa_id(message.customer)}
    return json.dumps({"type": "whatsapp", "data": {"context": context}}, ensure_ascii=False, separators=(",", ":"))
