"""Reads what the page posts for a customer into a message that is not sent yet."""

from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from simulator import phone
from simulator.models import Customer, Media, Message

SAMPLES = Path(__file__).parent / "static" / "simulator" / "samples"
PICTURE_LIMIT_BYTES = 5 * 1024 * 1024
PICTURE_TYPES = {"image/jpeg", "image/png"}
TEXT_LIMIT_CHARACTERS = 4096
PICTURES = ("hatchback.jpg", "pickup.jpg", "dashboard.jpg")
VOICE_NOTE, STICKER = "voice-note.ogg", "sticker.webp"


class NotUnderstood(Exception):
    """The page posted something that is no message; the sentence is for whoever sent it."""


def read(request: HttpRequest, customer: Customer) -> Message:
    """The message that `kind` and the other fields describe."""
    form = request.POST
    kind = form.get("kind", "text")
    # Browsers post line ends as CRLF; WhatsApp knows only LF. PostgreSQL stores no NUL.
    body = form.get("body", "").replace("\r\n", "\n").replace("\0", "").strip()
    if len(body) > TEXT_LIMIT_CHARACTERS:
        raise NotUnderstood(_("The text is too long."))
    message = Message(customer=customer, body=body)
    match kind:
        case "text" | "ad" | "button" if not body:
            raise NotUnderstood(_("Write something first."))
        case "text":
            pass
        case "ad":
            message.referral_source_id = form.get("source_id", "")[:64] or "120210000000000001"
            message.referral_headline = form.get("headline", "")[:200]
            message.referral_body = form.get("ad_body", "")
        case "button":
            message.kind = Message.Kind.BUTTON
            message.is_of_list = form.get("list") == "true"
            message.button_payload = form.get("payload", "")[:256] or body[:256]
        case "location":
            _put_location(message, request)
        case "image":
            message.kind, message.media = Message.Kind.IMAGE, _picture(request)
        case "audio":
            message.kind, message.media, message.body = Message.Kind.AUDIO, _sample("audio/ogg", VOICE_NOTE), ""
        case "sticker":
            message.kind, message.media, message.body = Message.Kind.STICKER, _sample("image/webp", STICKER), ""
        case _:
            raise NotUnderstood(_("There is no such kind of message."))
    return message


def _put_location(message: Message, request: HttpRequest) -> None:
    try:
        latitude, longitude = float(request.POST.get("latitude", "")), float(request.POST.get("longitude", ""))
    except ValueError as e:
        raise NotUnderstood(_("Latitude and longitude are decimal degrees.")) from e
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise NotUnderstood(_("Latitude and longitude are decimal degrees."))
    message.kind, message.body = Message.Kind.LOCATION, ""
    message.latitude, message.longitude = latitude, longitude
    message.place_label = request.POST.get("label", "")[:200]
    message.place_address = request.POST.get("address", "")[:300]


def _picture(request: HttpRequest) -> Media:
    """The uploaded file, or the sample that is named."""
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        name = request.POST.get("sample", "")
        if name not in PICTURES:
            raise NotUnderstood(_("Choose a picture first."))
        return _sample("image/jpeg", name)
    if upload.content_type not in PICTURE_TYPES:
        raise NotUnderstood(_("WhatsApp takes JPEG and PNG pictures."))
    if (upload.size or 0) > PICTURE_LIMIT_BYTES:
        raise NotUnderstood(_("A picture has 5 MB at most."))
    return phone.new_media(upload.content_type or "", upload.read())


def _sample(content_type: str, name: str) -> Media:
    return phone.new_media(content_type, (SAMPLES / name).read_bytes())
