"""What customers send besides words: voice notes, pictures, locations and the rest, fetched, read and forgotten."""

import io
import json
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django.fixtures import Settings

from assistant.models import Place
from conversations import attachments, staff, sweep, tasks
from conversations.models import Attachment, Customer, Item, Limits, Message
from conversations.whatsapp import media
from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer, asks, call, ok, says
from tests.conversations.conftest import Answer, Write, sid
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "AC" + "a" * 32
SOUND = b"OggS a voice note"


@pytest.fixture(autouse=True)
def kept_here(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def picture(kind: str = "JPEG", **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, kind, **more)
    return file.getvalue()


def sent(content_type: str, message_type: str = "", **fields: str) -> dict[str, str]:
    """The fields of a message with one file, whose path is `path_of` its SID."""
    message_sid = sid("MM")
    return {
        "MessageSid": message_sid,
        "NumMedia": "1",
        "MessageType": message_type,
        "MediaUrl0": f"https://api.twilio.com{path_of(message_sid)}",
        "MediaContentType0": content_type,
        **fields,
    }


def path_of(message_sid: str) -> str:
    return f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message_sid}/Media/ME{message_sid[2:]}"


def holds(twilio: TwilioServer, fields: dict[str, str], content: bytes, **more: str) -> None:
    """Twilio has this file for the message."""
    headers = {"Content-Type": fields["MediaContentType0"], **more}
    twilio.files[path_of(fields["MessageSid"])] = [(200, headers, content)]


def heard(text: str, languages: list[dict[str, str]] | None = None) -> responses_server.Answer:
    return ok({"text": text, "languages": [{"code": "es"}] if languages is None else languages})


# --- Voice notes --------------------------------------------------------------------------------------------------


def test_a_voice_note_is_heard_and_answered_like_text(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer
) -> None:
    fields = sent("audio/ogg", "audio")
    holds(twilio, fields, SOUND)
    llm.hears = heard("¿tienen sentra?")
    llm.script(
        asks(call("fetch_vehicles_data", {"models": ["sentra"]})), says("Sí, un *Nissan Sentra 2019* en $268,999.")
    )
    assert answer(write(**fields)) == ["Sí, un *Nissan Sentra 2019* en $268,999."]
    message = Message.objects.get(author="customer")
    kept = message.attachments.get()
    assert (message.text, kept.state, kept.size) == ("¿tienen sentra?", "stored", len(SOUND))
    (posted,) = llm.sounds
    for part in (b"gpt-transcribe", b'filename="voice.ogg"', SOUND, b"Mazda", b"Sentra", b"languages"):
        assert part in posted
    assert twilio.files_asked[0][1] is not None
    (said,) = Item.objects.filter(kind="customer").values_list("content", flat=True)
    assert "¿tienen sentra?" in said["text"]


def test_what_was_heard_without_certainty_is_said_back(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer
) -> None:
    fields = sent("audio/ogg", "audio")
    holds(twilio, fields, SOUND)
    llm.hears = heard("busco un marzda", [])
    llm.script(says("¿Un Mazda? ¿De qué año lo buscas?"))
    (text,) = answer(write(**fields))
    assert text.startswith("Entendí: «busco un marzda»")
    assert Attachment.objects.get().is_unsure


@pytest.mark.parametrize("hears", [heard(""), responses_server.error(500), ok([]), responses_server.html()])
def test_a_voice_note_that_cannot_be_made_out_is_asked_for_again(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer, hears: responses_server.Answer
) -> None:
    fields = sent("audio/ogg", "audio")
    holds(twilio, fields, SOUND)
    llm.hears = hears
    (text,) = answer(write(**fields))
    assert "no se alcanza a entender" in text
    assert Attachment.objects.get().state == "stored"


def test_without_a_key_the_customer_is_asked_to_write_and_staff_have_the_sound(
    write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    fields = sent("audio/ogg", "audio")
    holds(twilio, fields, SOUND)
    (text,) = answer(write(**fields))
    assert "¿Me lo escribes, por favor?" in text
    with Attachment.objects.get().file.open("rb") as file:
        assert file.read() == SOUND


def test_an_opt_out_that_is_spoken_is_obeyed(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer
) -> None:
    fields = sent("audio/ogg", "audio")
    holds(twilio, fields, SOUND)
    llm.hears = heard("Ya no me manden mensajes.")
    customer = write(**fields)
    (text,) = answer(customer)
    assert "ya no te enviaremos mensajes" in text
    customer.refresh_from_db()
    assert customer.opted_out_at


# --- Pictures -----------------------------------------------------------------------------------------------------


def test_a_picture_is_shown_to_the_model_and_not_kept_in_the_thread(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer
) -> None:
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    llm.script(
        asks(call("fetch_vehicles_data", {"models": ["sentra"]})),
        says("Ese Sentra sí lo tenemos: *Nissan Sentra 2019* en $268,999."),
    )
    (text,) = answer(write("¿todavía lo tienen?", **fields))
    assert "sí lo tenemos" in text
    shown = [item for item in llm.requests[0]["input"] if isinstance(item.get("content"), list)]
    ((part,),) = [item["content"] for item in shown]
    assert part["type"] == "input_image"
    assert part["image_url"].startswith("data:image/jpeg;base64,/9j/")
    assert "base64" not in json.dumps(list(Item.objects.values_list("content", flat=True)))


def test_a_picture_alone_goes_to_the_model_too_and_without_one_the_customer_is_told(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer, settings: Settings
) -> None:
    for says_so in (True, False):
        fields = sent("image/jpeg", "image")
        holds(twilio, fields, picture())
        llm.script(says("¿De qué año es el auto de tu foto?") if says_so else responses_server.error(400))
        (text,) = answer(write(**fields))
        assert ("¿De qué año" in text) == says_so
    assert "la guardé para el equipo" in text
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    assert "la guardé para el equipo" in answer(write(**fields))[0]


def test_a_price_in_a_picture_is_not_ours_to_repeat(
    write: Write, answer: Answer, twilio: TwilioServer, llm: ResponsesServer
) -> None:
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    llm.script(says("Te lo dejo en $99,000."), says("Te lo dejo en $99,000."))
    (text,) = answer(write("¿me lo dejas en este precio?", **fields))
    assert "99,000" not in text


# --- What can't be had ---------------------------------------------------------------------------------------------


def test_a_file_that_is_late_is_asked_for_again(write: Write, answer: Answer, twilio: TwilioServer) -> None:
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    twilio.files[path_of(fields["MessageSid"])][:0] = [(404, {}, b""), (404, {}, b"")]
    answer(write(**fields))
    assert Attachment.objects.get().state == "stored"
    assert len(twilio.files_asked) == 3


def test_credentials_do_not_follow_a_redirect(write: Write, answer: Answer, twilio: TwilioServer) -> None:
    fields = sent("image/jpeg", "image")
    twilio.files["/cdn/file"] = [(200, {"Content-Type": "image/jpeg"}, picture())]
    twilio.files[path_of(fields["MessageSid"])] = [(307, {"Location": f"{twilio.url}/cdn/file"}, b"")]
    answer(write(**fields))
    assert [has is not None for _, has in twilio.files_asked] == [True, False]
    assert Attachment.objects.get().state == "stored"


def test_media_of_conversations_are_found_by_what_their_service_tells(twilio: TwilioServer) -> None:
    path = f"/v1/Services/IS{'5' * 32}/Media/ME{'1' * 32}"
    told = {"links": {"content_direct_temporary": f"{twilio.url}/temporary?Expires=1"}}
    twilio.files[path] = [(200, {"Content-Type": "application/json"}, json.dumps(told).encode())]
    twilio.files["/temporary?Expires=1"] = [(200, {"Content-Type": "audio/ogg"}, SOUND)]
    assert media.fetch(f"https://mcs.us1.twilio.com{path}").content == SOUND
    assert [has is not None for _, has in twilio.files_asked] == [True, False]


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "text/html"}, b"<script>", 200),
        ({"Content-Type": "image/svg+xml"}, b"<svg/>", 200),
        ({"Content-Type": "image/jpeg"}, b"<html>not a picture", 200),
        ({"Content-Type": "image/jpeg"}, b"", 200),
        ({"Content-Type": "image/jpeg"}, b"\xff\xd8\xff" + b"x" * (16 * 1024 * 1024), 200),
        ({"Content-Type": "image/jpeg", "Content-Length": "99"}, b"\xff\xd8\xff", 200),
        ({}, b"", 404),
        ({}, b"", 403),
        ({}, b"", 500),
        ({"Location": "http://169.254.169.254/latest/meta-data"}, b"", 302),
        ({"Location": "https://evil.example/file"}, b"", 302),
        ({"Location": "https://evil-twiliocdn.com/file"}, b"", 302),
        ({"Location": "https://x.twiliocdn.com:8443/file"}, b"", 302),
        ({"Location": ""}, b"", 302),
    ],
)
def test_what_cannot_be_had_ends_in_words(  # noqa: PLR0917 (fixtures)
    write: Write, answer: Answer, twilio: TwilioServer, headers: dict[str, str], content: bytes, status: int
) -> None:
    fields = sent("image/jpeg", "image")
    twilio.files[path_of(fields["MessageSid"])] = [(status, headers, content)]
    (text,) = answer(write(**fields))
    assert "No pude abrir" in text
    kept = Attachment.objects.get()
    assert (kept.state, bool(kept.error), bool(kept.file)) == ("failed", True, False)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/file",
        "https://api.twilio.com.evil.example/file",
        "https://api.twilio.com@evil.example/file",
        "https://api.twilio.com:8443/file",
        "https://127.0.0.1/file",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_twilios_hosts_are_asked(twilio: TwilioServer, url: str) -> None:
    with pytest.raises(media.NotFetched):
        media.fetch(url)
    assert twilio.files_asked == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "0.0.0.0"]
)
def test_a_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    with pytest.raises(media.NotFetched):
        media.public_address("mms.twiliocdn.com", lambda _host, _port: ["93.184.215.14", address])
    assert media.public_address("mms.twiliocdn.com", lambda _host, _port: ["93.184.215.14"]) == "93.184.215.14"


def test_a_twilio_that_is_away_is_no_end_of_the_turn(write: Write, answer: Answer) -> None:
    (text,) = answer(write(**sent("image/jpeg", "image")))
    assert "No pude abrir" in text


# --- Without a turn -------------------------------------------------------------------------------------------------


def test_what_comes_while_a_person_has_the_conversation_is_fetched_for_them(
    write: Write, twilio: TwilioServer, rung: list[tuple[str, int]]
) -> None:
    customer = write("hola")
    staff.take_over(customer)
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    write(**fields)
    attachment = Attachment.objects.get()
    assert ("conversations.tasks.fetch_attachment", attachment.pk) in rung
    tasks.fetch_attachment(attachment.pk)
    tasks.fetch_attachment(attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.state, len(twilio.files_asked)) == ("stored", 1)


def test_the_sweep_finds_what_nobody_fetched_and_gives_up_at_last(write: Write, twilio: TwilioServer) -> None:
    staff.take_over(write("hola"))
    write(**sent("image/jpeg", "image"))
    attachment = Attachment.objects.get()
    assert (tasks.fetch_attachment, attachment.pk) in sweep.look()
    Attachment.objects.update(created_at=Now() - timedelta(minutes=11))
    assert attachments.due(10) == []
    attachment.refresh_from_db()
    assert (attachment.state, bool(attachment.error)) == ("failed", True)


# --- The rest -------------------------------------------------------------------------------------------------------


def test_a_location_gets_the_distance_and_the_way(write: Write, answer: Answer) -> None:
    here = {"Latitude": "19.4121", "Longitude": "-99.1693", "MessageType": "location"}
    assert "Recibí tu ubicación" in answer(write(**here))[0]
    Place.objects.create(latitude="19.5121", longitude="-99.1693")
    (text,) = answer(write(**here))
    assert "a unos 11 km" in text
    assert "google.com/maps/dir/?api=1&origin=19.412100%2C-99.169300&destination=19.512100%2C-99.169300" in text
    assert "Recibí tu ubicación" in answer(write(**here | {"Latitude": "north"}))[0]


def test_what_answers_a_message_about_one_car_is_about_that_car(write: Write, answer: Answer) -> None:
    customer = write("¿tienen sentra?")
    answer(customer)
    Message.objects.filter(author="assistant").update(sid=sid())
    quoted = Message.objects.get(author="assistant")
    assert quoted.cars
    write("busco un mazda 3")
    answer(customer)
    write("¿qué kilometraje tiene?", OriginalRepliedMessageSid=str(quoted.sid), OriginalRepliedMessageSender="x")
    assert "20,300" in answer(customer)[0]


def test_a_model_is_told_what_the_customer_answers(write: Write, answer: Answer, llm: ResponsesServer) -> None:
    customer = write("hola")
    llm.script(says("¡Hola! ¿Qué auto buscas?"), says("Con gusto, ¿qué modelo?"))
    answer(customer)
    Message.objects.filter(author="assistant").update(sid=sid())
    quoted = Message.objects.get(author="assistant")
    write("uno automático", OriginalRepliedMessageSid=str(quoted.sid), OriginalRepliedMessageSender="x")
    answer(customer)
    assert "answers this earlier message: “¡Hola! ¿Qué auto buscas?”" in json.dumps(llm.requests[1], ensure_ascii=False)


def test_a_reaction_needs_no_answer(write: Write) -> None:
    customer = write("❤️", MessageType="reaction")
    assert Message.objects.get().handling == "answered"
    customer.refresh_from_db()
    assert customer.due_at is None


@pytest.mark.parametrize(
    ("content_type", "message_type", "content", "said"),
    [
        ("application/pdf", "document", b"%PDF-1", "documento"),
        ("text/vcard", "contacts", b"BEGIN:VCARD", "contacto"),
        ("image/webp", "sticker", picture("WEBP"), "sticker"),
        ("video/mp4", "video", b"xxxxftyp", "video"),
    ],
)
def test_the_rest_is_kept_for_staff_and_acknowledged(  # noqa: PLR0917 (fixtures)
    write: Write, answer: Answer, twilio: TwilioServer, content_type: str, message_type: str, content: bytes, said: str
) -> None:
    fields = sent(content_type, message_type)
    holds(twilio, fields, content)
    assert said in answer(write(**fields))[0]
    assert Attachment.objects.get().state == "stored"


# --- Who may see it, and for how long --------------------------------------------------------------------------------


@pytest.fixture
def kept(write: Write, answer: Answer, twilio: TwilioServer) -> Attachment:
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, picture())
    answer(write(**fields))
    return Attachment.objects.get()


def test_staff_see_what_was_sent_and_nobody_else_does(
    kept: Attachment, client: Client, admin_client: Client, django_user_model: Any
) -> None:
    address = reverse("attachment", args=[kept.pk])
    assert client.get(address).status_code == 404
    response = admin_client.get(address)
    assert b"".join(response).startswith(b"\xff\xd8\xff")
    assert response["Content-Type"] == "image/jpeg"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    page = admin_client.get(reverse("admin:conversations_customer_change", args=[kept.message.customer_id]))
    assert address in page.content.decode()
    client.force_login(django_user_model.objects.create_user("seller", is_staff=True))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("content_type", ["application/pdf", "text/vcard", "image/jpeg"])
def test_a_document_comes_as_a_download_under_a_name_of_ours(
    kept: Attachment, admin_client: Client, content_type: str
) -> None:
    Attachment.objects.update(content_type=content_type)
    response = admin_client.get(reverse("attachment", args=[kept.pk]))
    assert response.getvalue().startswith(b"\xff\xd8\xff")
    told = response.headers["Content-Disposition"]
    kind = "inline" if content_type == "image/jpeg" else "attachment"
    assert told == f'{kind}; filename="{kept.pk}.{content_type.rpartition("/")[2]}"'


def test_a_picture_is_kept_without_the_place_where_it_was_taken(
    write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (19.0, 25.0, 57.4)}
    taken_at = picture(exif=exif)
    assert Image.open(io.BytesIO(taken_at)).getexif()
    fields = sent("image/jpeg", "image")
    holds(twilio, fields, taken_at)
    answer(write(**fields))
    with Attachment.objects.get().file.open("rb") as file:
        assert not Image.open(file).getexif()


def test_a_picture_that_unpacks_without_end_is_refused(write: Write, answer: Answer, twilio: TwilioServer) -> None:
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    assert len(file.getvalue()) < 100_000
    fields = sent("image/png", "image")
    holds(twilio, fields, file.getvalue())
    assert "No pude abrir" in answer(write(**fields))[0]
    assert "megapixels" in Attachment.objects.get().error or "megapíxeles" in Attachment.objects.get().error


def test_what_was_sent_is_deleted_after_the_days_that_staff_set(kept: Attachment) -> None:
    Limits.objects.create(attachment_days=30)
    assert attachments.forget_old() == 0
    Attachment.objects.update(created_at=Now() - timedelta(days=31))
    name = kept.file.name
    assert attachments.forget_old() == 1
    kept.refresh_from_db()
    assert kept.state == "forgotten"
    assert not default_storage.exists(str(name))


def test_the_files_of_an_erased_customer_go_too(kept: Attachment) -> None:
    Customer.objects.all().delete()
    attachments.forget_old()
    assert default_storage.exists(str(kept.file.name)), "it may be another's, just being kept"
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(kept.file.path, (two_days_ago, two_days_ago))
    attachments.forget_old()
    assert not default_storage.exists(str(kept.file.name))
