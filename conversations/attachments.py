"""What customers send besides words: fetched by a worker, read where a model can, shown to staff, forgotten in time."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import prefetch_related_objects
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from assistant.items import Picture
from assistant.llm import LLMUnavailable, transcription
from conversations import virus_scan
from conversations.models import Attachment, Limits, Message
from conversations.whatsapp import media
from inventory import photos
from inventory.models import Vehicle
from inventory.photos import PhotoError

logger = logging.getLogger(__name__)

State = Attachment.State
# Whoever fetches one has died after this; after so many deaths it is left alone.
_FETCH_MOST = timedelta(seconds=90)
_GIVEN_UP_AFTER = timedelta(minutes=10)
# What a model sees of one turn.
PICTURES_MOST = 4
_FOLDER = "attachments"


def expect(message: Message) -> None:
    """Note what is to be fetched, within the transaction that stores the message."""
    Attachment.objects.bulk_create(
        Attachment(message=message, source=medium["url"][:500], content_type=medium["type"][:100])
        for medium in message.details.get("media", ())
    )


# --- Fetching -----------------------------------------------------------------------------------------------------


def gather(messages: Sequence[Message], before_call: Callable[[], None]) -> None:
    """Fetch what the messages of a turn came with; no transaction is open. What was said in a voice note becomes its text."""
    for attachment in _of(messages):
        if attachment.state == State.WAITING:
            _fetch(attachment, before_call)
            attachment.message.refresh_from_db(fields=["text"])


def _of(messages: Sequence[Message]) -> list[Attachment]:
    """What these messages came with, read once, in order."""
    with_media = [message for message in messages if message.details.get("media")]
    prefetch_related_objects(with_media, "attachments")
    return [attachment for message in with_media for attachment in message.attachments.all()]


def fetch(attachment_id: int) -> None:
    """Fetch what no turn is going to: a person has the conversation, or the customer opted out."""
    due = Attachment.objects.filter(pk=attachment_id, state=State.WAITING, fetch_at__lte=Now())
    if due.update(fetch_at=Now() + _FETCH_MOST):
        _fetch(Attachment.objects.select_related("message").get(pk=attachment_id), lambda: None)


def due(limit: int) -> list[int]:
    """What is to be fetched and belongs to no turn, the longest waiting first. What was waited for too long is given up."""
    waiting = Attachment.objects.filter(state=State.WAITING, fetch_at__lte=Now())
    waiting = waiting.exclude(message__handling=Message.Handling.WAITING)
    given_up = waiting.filter(created_at__lt=Now() - _GIVEN_UP_AFTER)
    given_up.update(state=State.FAILED, error=_("It could not be fetched in time."))
    return list(waiting.order_by("fetch_at").values_list("pk", flat=True)[:limit])


def _fetch(attachment: Attachment, before_call: Callable[[], None]) -> None:
    before_call()
    try:
        fetched = media.fetch(attachment.source)
        virus_scan.look(fetched.content)
        fetched = _made_anew(fetched)
    except (media.NotFetched, virus_scan.NotClean, PhotoError) as e:
        Attachment.objects.filter(pk=attachment.pk).update(state=State.FAILED, error=str(e)[:255])
        logger.warning("Attachment %s of message %s: %s", attachment.pk, attachment.message_id, e)
        return
    attachment.content_type, attachment.size = fetched.content_type, len(fetched.content)
    attachment.state = State.STORED
    attachment.file.save(uuid4().hex, ContentFile(fetched.content), save=False)
    kept = {name: getattr(attachment, name) for name in ("state", "content_type", "size", "file")}
    if not Attachment.objects.filter(pk=attachment.pk).update(**kept):  # the customer was erased meanwhile
        attachment.file.delete(save=False)
        return
    if attachment.family == "audio":
        before_call()
        _hear(attachment, fetched.content)


def _made_anew(fetched: media.Fetched) -> media.Fetched:
    """A picture as JPEG of our own making: upright, no larger than needed, without the place where it was taken. Raises PhotoError."""
    if not fetched.content_type.startswith("image/"):
        return fetched
    prepared = photos.prepare(ContentFile(fetched.content, name=_("The picture")))
    return media.Fetched(content=prepared.image, content_type="image/jpeg")


def _hear(attachment: Attachment, sound: bytes) -> None:
    """Write down what is said; without a model to do it, staff have the sound."""
    if not transcription.is_offered():
        return
    try:
        heard = transcription.transcribed(sound, attachment.content_type, _names())
    except LLMUnavailable as e:
        attachment.error = str(e)[:255]
        logger.warning("Attachment %s is not transcribed: %s", attachment.pk, e)
    else:
        attachment.is_unsure = heard.is_unsure
        Message.objects.filter(pk=attachment.message_id, text="").update(text=heard.text)
    Attachment.objects.filter(pk=attachment.pk).update(error=attachment.error, is_unsure=attachment.is_unsure)


def _names() -> list[str]:
    """Makes and models of the stock, which are hard to hear."""
    named = Vehicle.objects.for_sale().order_by("make", "model").values_list("make", "model").distinct()
    return list(dict.fromkeys(name for pair in named for name in pair))


# --- For a model --------------------------------------------------------------------------------------------------


def pictures(messages: Sequence[Message]) -> list[Picture]:
    """The pictures of these messages as a model gets them, the last so many."""
    shown = [
        attachment
        for attachment in _of(messages)
        if attachment.state == State.STORED
        and attachment.content_type.startswith("image/")
        and attachment.message.kind != Message.Kind.STICKER
    ]
    return [picture for attachment in shown[-PICTURES_MOST:] if (picture := _picture(attachment))]


def _picture(attachment: Attachment) -> Picture | None:
    """Also one that was kept before they were made anew."""
    try:
        with attachment.file.open("rb") as file:
            return Picture(photos.prepare(file).image)
    except (PhotoError, OSError) as e:
        logger.warning("Attachment %s is no picture that can be shown: %s", attachment.pk, type(e).__name__)
        return None


def heard_unsurely(messages: Sequence[Message]) -> str:
    """What was heard of these messages without certainty, in a line; empty if nothing was."""
    unsure = [attachment.message.text for attachment in _of(messages) if attachment.is_unsure]
    return " ".join(filter(None, unsure))


# --- Forgetting ---------------------------------------------------------------------------------------------------


def forget_old() -> int:
    """Delete files whose time is over, and those whose customer was erased; how many there were."""
    oldest = Now() - timedelta(days=Limits.current().attachment_days)
    old = Attachment.objects.filter(created_at__lt=oldest).exclude(state=State.FORGOTTEN)
    names = [name for name in old.values_list("file", flat=True) if name]
    old.update(state=State.FORGOTTEN, file="", size=0)
    for name in names:
        default_storage.delete(name)
    orphans = _orphans()
    for name in orphans:
        default_storage.delete(name)
    return len(names) + len(orphans)


def _orphans() -> list[str]:
    """Files that no attachment has any more; one that is just being kept has none yet."""
    found = [f"{folder}/{name}" for folder in _folders(_FOLDER) for name in default_storage.listdir(folder)[1]]
    known = set(Attachment.objects.exclude(file="").values_list("file", flat=True))
    yesterday = timezone.now() - timedelta(days=1)
    return [name for name in found if name not in known and default_storage.get_modified_time(name) < yesterday]


def _folders(root: str) -> list[str]:
    """A folder a month: attachments/2026/11."""
    try:
        years = [f"{root}/{year}" for year in default_storage.listdir(root)[0]]
    except FileNotFoundError:  # nothing was ever kept
        return []
    return [f"{year}/{month}" for year in years for month in default_storage.listdir(year)[0]]
