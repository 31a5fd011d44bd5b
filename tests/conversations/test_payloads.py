"""What Twilio posts, form by form as it was captured or is documented: through the real addresses, to a fitting answer, and out again."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from conversations import tasks, turns
from conversations.models import Attachment, Customer, Message
from inventory.models import Vehicle
from tests.conversations.conftest import Post, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(__file__).with_name("payloads")
ADDRESSES = {"messaging": "/api/twilio/inbound", "conversations": "/api/twilio/conversations"}


def _picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, kind)
    return file.getvalue()


_FILES = {
    "audio/ogg": b"OggS a voice note",
    "image/jpeg": _picture("JPEG"),
    "image/webp": _picture("WEBP"),
    "video/mp4": b"xxxxftyp",
    "application/pdf": b"%PDF-1",
    "text/vcard": b"BEGIN:VCARD",
}

# What came -> its kind, whether there is a file with it, and part of what is answered; None: nothing needs to be.
INBOUND: dict[str, tuple[str, bool, str | None]] = {
    "text": ("text", False, "$268,999"),
    "text_without_metadata": ("text", False, "$268,999"),
    "voice_note": ("audio", True, "¿Me lo escribes, por favor?"),
    "voice_note_of_the_event_stream": ("audio", True, "¿Me lo escribes, por favor?"),
    "picture": ("image", True, "¿"),
    "document": ("document", True, "Recibí tu documento"),
    "sticker": ("sticker", True, "¡Qué buen sticker!"),
    "video": ("video", True, "Recibí tu video"),
    "contact": ("contact", True, "Recibí el contacto"),
    "location": ("location", False, "Recibí tu ubicación"),
    "location_of_a_place": ("location", False, "Recibí tu ubicación"),
    "quick_reply": ("button", False, "enganche"),
    "list_reply": ("button", False, "$259,000"),
    "flow_reply": ("button", False, "¡Perfecto!"),
    "ad": ("text", False, "$268,999"),
    "ad_of_a_car_that_is_not_ours": ("text", False, "BMW"),
    "quoted": ("text", False, "¿"),
    "forwarded": ("text", False, "$268,999"),
    "reaction": ("reaction", False, None),
    "unsupported": ("other", False, "no puedo leer ese formato"),
    "username_only": ("text", False, "6 Mazda 3"),
    "username_only_with_its_id_as_wa_id": ("text", False, "6 Mazda 3"),
    "username_only_with_blank_wa_id": ("text", False, "6 Mazda 3"),
}
# Told of a message of ours, whose SID stands in it.
REPORTS = {
    "report_queued": "sent",
    "report_sent": "sent",
    "report_delivered": "delivered",
    "report_read": "read",
    "report_undelivered": "failed",
    "report_failed": "queued",
}
# Not a customer's, and no report.
OTHERS = {"our_own", "of_another_program"}


def read(way: str, name: str) -> dict[str, str]:
    return dict(parse_qsl((FOLDER / way / f"{name}.txt").read_text().strip(), keep_blank_values=True))


def there_are(names: Any) -> list[tuple[str, str]]:
    """Way and name of each of these that Twilio posts on it."""
    return [(way, path.stem) for way in ADDRESSES for path in sorted((FOLDER / way).iterdir()) if path.stem in names]


def test_every_form_has_its_story() -> None:
    told = {*INBOUND, *REPORTS, *OTHERS}
    assert {path.stem for way in ADDRESSES for path in (FOLDER / way).iterdir()} == told


def has_file(twilio: TwilioServer, fields: dict[str, str]) -> None:
    """Twilio has the file that the form names, on either way."""
    message = Message.objects.get(sid=fields["MessageSid"])
    for medium in message.details.get("media", ()):
        headers = {"Content-Type": medium["type"]}
        path = urlsplit(medium["url"]).path
        if path.startswith("/v1/Services/"):
            told = f'{{"links": {{"content_direct_temporary": "{twilio.url}/temporary"}}}}'.encode()
            twilio.files[path] = [(200, {"Content-Type": "application/json"}, told)]
            path = "/temporary"
        twilio.files[path] = [(200, headers, _FILES[medium["type"]])]


@pytest.mark.parametrize(("way", "name"), there_are(INBOUND))
def test_what_a_customer_sends_is_kept_and_gets_a_fitting_answer(  # noqa: PLR0917 (fixtures)
    post: Post, twilio: TwilioServer, stock: dict[int, Vehicle], settings: Settings, tmp_path: Path, way: str, name: str
) -> None:
    settings.TWILIO_TRANSPORT, settings.MEDIA_ROOT = way, tmp_path / "media"
    kind, has_a_file, said = INBOUND[name]
    fields = read(way, name)
    for _ in range(2):  # it comes twice, and counts once
        assert post(fields, ADDRESSES[way]).status_code == (200 if way == "messaging" else 204)
    message = Message.objects.get()
    assert (message.kind, message.sid) == (kind, fields["MessageSid"])
    has_file(twilio, fields)
    turn = turns.run(message.customer_id, lambda _: None)
    deliver_all()
    if said is None:
        assert (turn, twilio.posts) == (None, [])
        return
    assert said in twilio.bodies()[0], twilio.bodies()
    where = [posted.get("To") for posted in twilio.posts] + [sent.get("conversation_sid") for sent in twilio.taken]
    assert (fields["From"] if way == "messaging" else fields["ConversationSid"]) in where
    assert [kept.state for kept in Attachment.objects.all()] == ["stored"] * has_a_file


@pytest.mark.parametrize(("way", "name"), [found for found in there_are(INBOUND) if "username" in found[1]])
def test_who_has_a_username_and_no_phone_is_known_by_the_business_scoped_id_alone(
    post: Post, settings: Settings, way: str, name: str
) -> None:
    settings.TWILIO_TRANSPORT = way
    post(read(way, name), ADDRESSES[way])
    known = [(identity.kind, identity.value) for identity in Customer.objects.get().identities.all()]
    assert known == [("business_user", "MX.1A2B3C4D5E6F7G8H")]


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("location_of_a_place", ("location", "label", "Café de la esquina")),
        ("quick_reply", ("button", "payload", "payments:201")),
        ("list_reply", ("button", "payload", "car:103")),
        ("flow_reply", ("button", "flow", '{"wish":"SUV"}')),
        ("ad", ("ad", "headline", "Nissan Sentra 2019 a meses")),
        ("quoted", ("quoted", "sid", "SM" + "5" * 32)),
        ("forwarded", ("forwarded", "forwarded", "true")),
    ],
)
def test_what_comes_beside_the_words_is_kept(post: Post, name: str, details: tuple[str, str, str]) -> None:
    post(read("messaging", name))
    what, field, value = details
    assert Message.objects.get().details[what][field] == value


@pytest.mark.parametrize(("way", "name"), there_are(REPORTS))
def test_a_report_tells_how_far_a_message_has_come(  # noqa: PLR0917 (fixtures)
    post: Post, twilio: TwilioServer, stock: dict[int, Vehicle], settings: Settings, way: str, name: str
) -> None:
    settings.TWILIO_TRANSPORT = way
    post(read(way, "text"), ADDRESSES[way])
    message = Message.objects.create(
        customer=Customer.objects.get(), author="assistant", text="¡Hola!", delivery="queued"
    )
    tasks.deliver_message(message.pk)
    message.refresh_from_db()
    fields = read(way, name) | {"MessageSid": str(message.sid)}
    address = f"/api/twilio/status?message={message.pk}" if way == "messaging" else ADDRESSES[way]
    for _ in range(2):
        assert post(fields, address).status_code == 204
    message.refresh_from_db()
    assert message.delivery == REPORTS[name]
    assert fields.get("ErrorCode", "") in message.error


def test_our_own_message_and_a_colleagues_are_told_from_a_customers(
    post: Post, twilio: TwilioServer, settings: Settings
) -> None:
    settings.TWILIO_TRANSPORT = "conversations"
    post(read("conversations", "text"), ADDRESSES["conversations"])
    message = Message.objects.create(
        customer=Customer.objects.get(), author="assistant", text="¡Hola!", delivery="queued"
    )
    twilio.script.append("lost")
    tasks.deliver_message(message.pk)
    echo = read("conversations", "our_own")
    echo["Attributes"] = echo["Attributes"].replace("MESSAGE_ID", str(message.pk))
    post(echo | {"MessageSid": twilio.taken[0]["sid"]}, ADDRESSES["conversations"])
    post(read("conversations", "of_another_program"), ADDRESSES["conversations"])
    said = [(m.author, m.text, m.delivery) for m in Message.objects.exclude(author="customer").order_by("id")]
    assert said == [("assistant", "¡Hola!", "sent"), ("staff", "Soy Laura, te ayudo yo", "sent")]
    assert Customer.objects.get().is_with_person
