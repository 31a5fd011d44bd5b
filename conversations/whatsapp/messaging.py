"""WhatsApp through Twilio's Programmable Messaging: the only module that knows Twilio's SDK."""

import json
import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
from django.conf import settings
from django.utils.datastructures import MultiValueDict
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from conversations import metrics
from conversations.whatsapp import Inbound, NotTaken, Refused, Status, Uncertain, Unreachable, errors

logger = logging.getLogger(__name__)

SEND_TIMEOUT_SECONDS = 10.0
TYPING_TIMEOUT_SECONDS = 3.0
# A repeated body within this many of the latest messages to a customer is enough to find one of our own.
LIST_LIMIT = 40

# More than customers write in a day; Twilio gives a thousand at a time.
RECEIVED_MOST = 20_000

# How far Twilio's clock may be behind our database's. Earlier messages of the same words are known by their SIDs.
CLOCKS_DIFFER_MOST = timedelta(minutes=2)

# WhatsApp still writes Mexican mobiles with the 1 that was dropped from the numbering plan in 2019.
_MEXICAN_MOBILE = re.compile(r"\+521\d{10}")

_local = threading.local()


# --- In ---------------------------------------------------------------------------------------------------------


def is_signed(url: str, form: MultiValueDict[str, str] | Mapping[str, str], signature: str) -> bool:
    """Whether Twilio signed this form for this address, with either of our tokens. Never raises: what can't be read is not signed."""
    for token in settings.TWILIO_AUTH_TOKENS:
        try:
            if RequestValidator(token).validate(url, form, signature):
                return True
        except (TypeError, ValueError, IndexError, AttributeError):  # what the SDK does with malformed input
            continue
    return False


def is_ours(form: Mapping[str, str]) -> bool:
    """Whether it is for our account and number."""
    return (
        form.get("AccountSid") == settings.TWILIO_ACCOUNT_SID
        and form.get("To", "").casefold() == settings.TWILIO_WHATSAPP_NUMBER.casefold()
    )


def parse(form: Mapping[str, str]) -> Inbound:
    """The message in a form that has MessageSid and From; every other field may be missing or strange."""
    return Inbound(
        sid=form["MessageSid"],
        address=form["From"],
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


def parse_status(form: Mapping[str, str]) -> Status | None:
    """A delivery report. None for a state that means nothing to us."""
    delivery = _DELIVERY.get(form.get("MessageStatus", ""))
    if delivery is None:
        return None
    code = form.get("ErrorCode", "")
    error = errors.in_words(code, form.get("ChannelStatusMessage") or form.get("ErrorMessage", "")) if code else ""
    return Status(sid=form["MessageSid"], delivery=delivery, error=error)


# --- Out --------------------------------------------------------------------------------------------------------


def send(address: str, text: str, *, status_callback: str, media_url: str = "") -> str:
    """Post one message and return its SID: a text, or what Twilio fetches from `media_url`. Beside a picture the text is its caption.

    WhatsApp takes a document without a text only. Raises NotTaken, Refused or Uncertain.
    """
    content = ({"body": text} if text else {}) | ({"media_url": [media_url]} if media_url else {})
    try:
        message = _client().messages.create(
            to=address, from_=settings.TWILIO_WHATSAPP_NUMBER, status_callback=status_callback, **content
        )
    except TwilioRestException as e:
        metrics.TWILIO_ERRORS.labels(e.code or e.status).inc()
        raise _as_ours(e) from e
    except requests.exceptions.RequestException as e:
        metrics.TWILIO_ERRORS.labels("unreachable").inc()
        if _never_connected(e):
            raise NotTaken("Twilio can't be reached.") from e
        raise Uncertain(f"Twilio did not answer: {type(e).__name__}.") from e
    except (TwilioException, ValueError) as e:  # an answer that is not Twilio's
        metrics.TWILIO_ERRORS.labels("unreadable").inc()
        raise Uncertain(f"Twilio's answer can't be read: {type(e).__name__}.") from e
    if not message.sid:
        raise Uncertain("Twilio's answer has no SID.")
    return str(message.sid)


def find(address: str, text: str, *, since: datetime) -> list[str]:
    """The SIDs of messages that we sent with this text since then, as Twilio's own list knows them. Raises Unreachable.

    A picture is found by its caption; a document has no text, and is found by that.
    """
    earliest = since - CLOCKS_DIFFER_MOST
    try:
        messages = _client().messages.list(to=address, from_=settings.TWILIO_WHATSAPP_NUMBER, limit=LIST_LIMIT)
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        raise Unreachable(f"Twilio's list can't be read: {type(e).__name__}.") from e
    return [
        str(message.sid)
        for message in messages
        if (message.body or "") == text and message.date_created and message.date_created >= earliest
    ]


def received(*, since: datetime, until: datetime) -> list[Inbound]:
    """What customers wrote to us between these times, the oldest first, as far as Twilio's list tells. Raises Unreachable."""
    try:
        messages = _client().messages.list(
            to=settings.TWILIO_WHATSAPP_NUMBER, date_sent_after=since, limit=RECEIVED_MOST
        )
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        raise Unreachable(f"Twilio's list can't be read: {type(e).__name__}.") from e
    known = [message for message in messages if message.direction == "inbound" and message.date_sent]
    return [_from_list(message) for message in reversed(known) if since <= message.date_sent <= until]


def _from_list(message: Any) -> Inbound:
    """The list knows less than the webhook: neither the customer's name nor what kind of media it was."""
    form = {"MessageSid": message.sid, "From": message.from_, "Body": message.body or ""}
    return replace(parse(form), written_at=message.date_sent)


def check() -> None:
    """Whether Twilio knows our account, token and number, by reading and nothing else. Raises Unreachable or Refused."""
    try:
        _client().messages.list(to=settings.TWILIO_WHATSAPP_NUMBER, limit=1)
    except TwilioRestException as e:
        if e.status == 429 or e.status >= 500:
            raise Unreachable(f"Twilio answered {e.status}.") from e
        raise _refusal(e) from e
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        raise Unreachable(f"Twilio can't be reached: {type(e).__name__}.") from e


def show_typing(sid: str) -> None:
    """Show "typing…" for up to 25 s and mark the customer's message as read. Best effort: its failure is no failure."""
    try:
        _client(TYPING_TIMEOUT_SECONDS).messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)
    except (TwilioException, requests.exceptions.RequestException, ValueError) as e:
        logger.info("No typing indicator: %s", type(e).__name__)


def _as_ours(error: TwilioRestException) -> NotTaken | Refused | Uncertain:
    if error.status == 429:
        return NotTaken("Twilio asks to wait (429).", wait_seconds=_retry_after())
    if error.status >= 500:
        return Uncertain(f"Twilio answered {error.status}.")
    return _refusal(error)


def _refusal(error: TwilioRestException) -> Refused:
    code = str(error.code or error.status)
    return Refused(errors.in_words(code, error.msg), code)


def _never_connected(error: requests.exceptions.RequestException) -> bool:
    """Whether it failed before a byte went out."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _retry_after() -> float:
    """What Twilio's last answer to this thread asked for, within bounds."""
    value = getattr(_local, "retry_after", "")
    return min(float(value), 60.0) if value.isdecimal() else 2.0


class _HttpClient(TwilioHttpClient):  # type: ignore[misc] # the SDK has no types
    """Twilio's own client with two things it lacks: another host for a stand-in, and the Retry-After header kept."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        if settings.TWILIO_API_BASE_URL:
            base, asked = urlsplit(settings.TWILIO_API_BASE_URL), urlsplit(url)
            url = urlunsplit((base.scheme, base.netloc, base.path + asked.path, asked.query, ""))
        response = super().request(method, url, *args, **kwargs)
        _local.retry_after = (response.headers or {}).get("Retry-After", "")
        if response.status_code >= 300:
            response = Response(response.status_code, _as_error(response.text), response.headers)
        return response


def _as_error(text: str) -> str:
    """An error body that the SDK can read, whatever stands between us and Twilio sent."""
    try:
        is_readable = isinstance(json.loads(text), dict)
    except ValueError:
        is_readable = False
    return text if is_readable else json.dumps({"message": "not Twilio's answer", "code": None})


def _client(timeout_seconds: float = SEND_TIMEOUT_SECONDS) -> Client:
    """One client per thread, account and timeout: its session keeps connections, and sessions are not shared between threads."""
    key = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS[0], timeout_seconds)
    clients: dict[Any, Client] = _local.__dict__.setdefault("clients", {})
    if key not in clients:
        clients[key] = Client(key[0], key[1], http_client=_HttpClient(timeout=timeout_seconds))
    return clients[key]
