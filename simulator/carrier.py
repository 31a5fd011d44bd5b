"""What becomes of a message that was taken: it reaches the phone, and status callbacks tell its sender."""

import contextlib
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from simulator import background, courier, envelope
from simulator.models import Customer, Media, Message, new_sid

SENT_AFTER_SECONDS = 0.2
DELIVERED_AFTER_SECONDS = 0.3
WINDOW = timedelta(hours=24)
OUTSIDE_WINDOW, MEDIA_NOT_FETCHED, MEDIA_NOT_TAKEN = 63016, 63019, 63021
# The sender learns the SID from our answer, so at first nobody may know who wrote it.
AUTHOR_ASKED_AFTER_SECONDS = (0.3, 1, 3, 10, 30, 60)
KINDS = {
    "image/jpeg": Message.Kind.IMAGE,
    "image/png": Message.Kind.IMAGE,
    "image/webp": Message.Kind.STICKER,
    "audio/ogg": Message.Kind.AUDIO,
    "audio/mpeg": Message.Kind.AUDIO,
    "video/mp4": Message.Kind.VIDEO,
    "application/pdf": Message.Kind.DOCUMENT,
}


def carry(message: Message, *, is_refused: bool = False) -> None:
    """Start a message on its way, and ask who wrote it."""
    background.start(_deliver, message.sid, is_refused=is_refused)
    background.start(_learn_author, message.sid)


def report(sid: str, statuses: Sequence[str]) -> None:
    """Post the status callbacks of a message, in the manner that was chosen when it was taken."""
    message = Message.objects.select_related("customer").get(sid=sid)
    manner = message.callbacks
    if not message.status_callback or manner == Message.Callbacks.NONE:
        return
    if manner == Message.Callbacks.REVERSED:
        statuses = statuses[::-1]
    for status in statuses:
        for _ in range(2 if manner == Message.Callbacks.TWICE else 1):
            try:
                courier.post(message.status_callback, envelope.report(message, status), str(uuid.uuid4()))
            except courier.NotDelivered:
                continue  # Twilio does not repeat a status callback either


def _deliver(sid: str, *, is_refused: bool) -> None:
    message = Message.objects.select_related("customer").get(sid=sid)
    itself = Message.objects.filter(sid=sid)
    _echo(message)
    time.sleep(SENT_AFTER_SECONDS)
    itself.change(status=Message.Status.SENT, sent_at=timezone.now())
    in_order = message.callbacks != Message.Callbacks.REVERSED
    if in_order:
        report(sid, [Message.Status.SENT])
    time.sleep(DELIVERED_AFTER_SECONDS)
    error_code = OUTSIDE_WINDOW if is_refused or _is_too_late(message) else _fetch_media(message)
    end = Message.Status.UNDELIVERED if error_code else Message.Status.DELIVERED
    itself.change(status=end, error_code=error_code)
    Customer.objects.filter(pk=message.customer_id).change(typing_until=None)
    report(sid, [end] if in_order else [Message.Status.SENT, end])


def _echo(message: Message) -> None:
    """A conversation tells of everything that is written in it, if whoever wrote it wants that: of our own messages, too."""
    if message.echoes and message.callbacks != Message.Callbacks.NONE:
        with contextlib.suppress(courier.NotDelivered):
            courier.post(message.status_callback, envelope.added(message), str(uuid.uuid4()))


def _is_too_late(message: Message) -> bool:
    """Whether the customer last wrote more than 24 hours ago. Who never wrote through the simulator is let pass, and so is a template."""
    last = message.customer.messages.filter(direction=Message.Direction.INBOUND).last()
    return last is not None and not message.is_template and message.created_at - last.created_at > WINDOW


def _fetch_media(message: Message) -> int | None:
    """Store what the message's media address gives; the error code when it cannot be shown."""
    if not message.media_url or message.media_id:
        return None
    try:
        response = courier.get_media(message.media_url)
    except courier.NotDelivered:
        return MEDIA_NOT_FETCHED
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if response.status_code != 200:
        return MEDIA_NOT_FETCHED
    if content_type not in KINDS or len(response.content) > courier.MEDIA_LIMIT_BYTES:
        return MEDIA_NOT_TAKEN
    media = Media.objects.create(sid=new_sid("ME"), content_type=content_type, content=response.content)
    Message.objects.filter(pk=message.pk).change(media=media, kind=KINDS[content_type])
    return None


def _learn_author(sid: str) -> None:
    """Ask Karlos which model or person wrote the message."""
    for seconds in AUTHOR_ASKED_AFTER_SECONDS:
        time.sleep(seconds)
        try:
            answer = courier.get_signed(f"{settings.PUBLIC_BASE_URL}/api/messages/{sid}/author")
        except courier.NotDelivered:
            continue
        if answer.status_code == 200:
            told = answer.json()
            written_by = told["model"] if told["author"] == "assistant" else told["author"]
            Message.objects.filter(sid=sid).change(written_by=written_by[:100])
            return
