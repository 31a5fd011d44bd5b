"""What a customer does on the simulated phone reaches Karlos as Twilio's webhooks do."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings
from twilio.request_validator import RequestValidator
from twilio.rest import Client as Twilio

from simulator import phone
from simulator.models import Customer, Message
from tests.simulator.other_end import Karlos, wait_until

# On PostgreSQL a journey goes through all of the simulator.
pytestmark = pytest.mark.anywhere

ENVELOPE = {
    "SmsMessageSid", "NumMedia", "ProfileName", "MessageType", "SmsSid", "WaId", "SmsStatus", "Body", "To", "NumSegments",
    "ReferralNumMedia", "MessageSid", "AccountSid", "ExternalUserId", "ChannelMetadata", "From", "ApiVersion",
}  # fmt: skip


def send(visitor: Client, customer: Customer, **fields: object) -> dict[str, Any]:
    response = visitor.post(f"/simulator/customers/{customer.pk}/messages", fields)
    assert response.status_code == 201, response.content
    return dict(response.json())


def posted(karlos: Karlos, count: int = 1) -> dict[str, str]:
    """The form of the latest webhook, once there are so many."""
    return wait_until(lambda: (calls := karlos.inbound())[count - 1 :] and calls)[-1].form


def test_a_text_has_the_fields_of_a_real_capture(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    sent = send(visitor, ana, body="Hola, ¿tenéis un Golf? 🚗")
    form = posted(karlos)
    assert set(form) == ENVELOPE
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == sent["sid"]
    assert form["Body"] == "Hola, ¿tenéis un Golf? 🚗"
    assert (form["From"], form["WaId"]) == ("whatsapp:+5215512345678", "5215512345678")
    assert (form["To"], form["AccountSid"]) == (settings.TWILIO_WHATSAPP_NUMBER, settings.TWILIO_ACCOUNT_SID)
    assert form["ExternalUserId"].startswith("whatsapp:MX.")
    assert (form["MessageType"], form["NumMedia"], form["SmsStatus"]) == ("text", "0", "received")
    assert json.loads(form["ChannelMetadata"])["data"]["context"]["ProfileName"] == "Ana Pérez"


def test_the_webhook_is_signed_over_the_public_address(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    send(visitor, ana, body="Hola")
    form = posted(karlos)
    headers = karlos.inbound()[0].headers
    validator = RequestValidator(settings.TWILIO_AUTH_TOKENS[0])
    assert validator.validate("https://karlos.example/api/twilio/inbound", form, headers["X-Twilio-Signature"])
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["I-Twilio-Idempotency-Token"]


def test_a_customer_who_hides_the_number_has_no_phone_anywhere(visitor: Client, karlos: Karlos) -> None:
    send(visitor, phone.add("Eva", None), body="Hola")
    form = posted(karlos)
    assert form["From"] == form["ExternalUserId"]
    assert form["From"].startswith("whatsapp:MX.")
    assert "WaId" not in form


def test_an_ad_that_was_clicked_comes_with_its_referral(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    send(
        visitor,
        ana,
        kind="ad",
        body="Quiero más información",
        headline="Golf 2021",
        ad_body="Reserva",
        source_id="1202",
    )
    form = posted(karlos)
    assert form["Body"] == "Quiero más información"
    assert (form["ReferralHeadline"], form["ReferralBody"], form["ReferralSourceId"]) == (
        "Golf 2021",
        "Reserva",
        "1202",
    )
    assert (form["ReferralSourceType"], form["ReferralNumMedia"], form["MessageType"]) == ("ad", "0", "text")
    assert form["ReferralCtwaClid"]


def test_a_location_comes_with_coordinates_and_place(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    send(visitor, ana, kind="location", latitude="19.4121", longitude="-99.1693", label="Parque México")
    form = posted(karlos)
    assert (form["MessageType"], form["Body"]) == ("location", "")
    assert (form["Latitude"], form["Longitude"], form["Label"]) == ("19.4121", "-99.1693", "Parque México")
    assert "Address" not in form


def test_a_button_names_the_message_it_was_under(
    visitor: Client, ana: Customer, karlos: Karlos, twilio: Twilio
) -> None:
    asked = twilio.messages.create(
        to="whatsapp:+5215512345678", from_=settings.TWILIO_WHATSAPP_NUMBER, body="¿Confirmas tu visita?"
    )
    send(visitor, ana, kind="button", body="Confirmar", payload="visit:confirm")
    form = posted(karlos)
    assert (form["ButtonText"], form["ButtonPayload"], form["Body"]) == ("Confirmar", "visit:confirm", "Confirmar")
    assert form["OriginalRepliedMessageSid"] == asked.sid
    assert form["MessageType"] == "interactive"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "image", "sample": "pickup.jpg", "body": "¿Cuánto?"}, ("image/jpeg", "image", b"\xff\xd8")),
        ({"kind": "audio"}, ("audio/ogg", "audio", b"OggS")),
        ({"kind": "sticker"}, ("image/webp", "sticker", b"RIFF")),
    ],
)
def test_media_is_fetched_with_the_accounts_credentials_only(
    visitor: Client, ana: Customer, karlos: Karlos, fields: dict[str, str], expected: tuple[str, str, bytes]
) -> None:
    content_type, kind, begins = expected
    send(visitor, ana, **fields)
    form = posted(karlos)
    assert (form["NumMedia"], form["MediaContentType0"], form["MessageType"]) == ("1", content_type, kind)
    assert form["MessageSid"].startswith("MM")
    assert form["Body"] == fields.get("body", "")
    assert requests.get(form["MediaUrl0"], timeout=5).status_code == 401
    credentials = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS[0])
    fetched = requests.get(form["MediaUrl0"], auth=credentials, timeout=5)
    assert fetched.headers["Content-Type"] == content_type
    assert fetched.content.startswith(begins)


def test_a_picture_of_ones_own_is_sent_and_shown(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    upload = SimpleUploadedFile("mine.png", b"\x89PNG mine", content_type="image/png")
    sent = send(visitor, ana, kind="image", file=upload)
    assert posted(karlos)["MediaContentType0"] == "image/png"
    assert visitor.get(sent["media"]).content == b"\x89PNG mine"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "text", "body": "  "},
        {"kind": "text", "body": "x" * 4097},
        {"kind": "location", "latitude": "91", "longitude": "0"},
        {"kind": "location", "latitude": "north", "longitude": "0"},
        {"kind": "image", "sample": "../../page.css"},
        {"kind": "image", "file": SimpleUploadedFile("x.svg", b"<svg/>", content_type="image/svg+xml")},
        {"kind": "smoke"},
    ],
)
def test_what_is_no_message_is_refused_with_a_sentence(
    visitor: Client, ana: Customer, fields: dict[str, object]
) -> None:
    response = visitor.post(f"/simulator/customers/{ana.pk}/messages", fields)
    assert response.status_code == 400
    assert response.json()["problem"]
    assert not Message.objects.exists()


def test_a_webhook_that_was_taken_gets_two_ticks(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    sid = send(visitor, ana, body="Hola")["sid"]
    row = wait_until(lambda: Message.objects.filter(sid=sid).exclude(status="queued").first())
    assert (row.status, row.webhook_http_status) == ("delivered", 200)


def test_a_webhook_that_was_not_taken_says_why_and_can_come_again(
    visitor: Client, ana: Customer, karlos: Karlos
) -> None:
    karlos.inbound_status = 503
    sid = send(visitor, ana, body="Hola")["sid"]
    row = wait_until(lambda: Message.objects.filter(sid=sid, status="failed").first())
    assert row.webhook_http_status == 503
    karlos.inbound_status = 200
    assert visitor.post(f"/simulator/messages/{sid}/retry").status_code == 204
    wait_until(lambda: Message.objects.filter(sid=sid, status="delivered").exists())


def test_nobody_at_the_other_end_shows_as_not_delivered(visitor: Client, ana: Customer, settings: Settings) -> None:
    settings.PORT = 1
    sid = send(visitor, ana, body="Hola")["sid"]
    row = wait_until(lambda: Message.objects.filter(sid=sid, status="failed").first())
    assert row.webhook_http_status == 0


def test_the_same_webhook_again_is_the_same_to_the_byte(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    sid = send(visitor, ana, body="Hola")["sid"]
    first = posted(karlos)
    visitor.post(f"/simulator/messages/{sid}/retry")
    assert posted(karlos, 2) == first
    one, two = karlos.inbound()
    for header in ("X-Twilio-Signature", "I-Twilio-Idempotency-Token"):
        assert one.headers[header] == two.headers[header]
    assert Message.objects.count() == 1


def test_typing_marks_what_was_written_as_read(visitor: Client, ana: Customer, karlos: Karlos, twilio: Twilio) -> None:
    first = send(visitor, ana, body="Hola")["sid"]
    second = send(visitor, ana, body="¿Hay alguien?")["sid"]
    wait_until(lambda: Message.objects.filter(status="delivered").count() == 2)
    assert twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=second).success
    assert set(Message.objects.filter(sid__in=[first, second]).values_list("status", flat=True)) == {"read"}
    typing_ms = visitor.get("/simulator/state?after=0").json()["customers"][0]["typing_ms"]
    assert 20_000 < typing_ms <= 25_000


def test_a_phone_that_somebody_has_already_is_refused(visitor: Client, ana: Customer) -> None:
    response = visitor.post("/simulator/customers", {"name": "Otra", "phone": "+5215512345678"})
    assert response.status_code == 400
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "Ana", "phone": "55 1234"}])
def test_a_customer_without_name_or_with_half_a_phone_is_refused(visitor: Client, fields: dict[str, str]) -> None:
    assert visitor.post("/simulator/customers", fields).status_code == 400


def test_a_page_asks_for_what_is_new_only(visitor: Client, ana: Customer, karlos: Karlos) -> None:
    send(visitor, ana, body="Hola")
    wait_until(lambda: Message.objects.filter(status="delivered").exists())
    state = visitor.get("/simulator/state?after=0").json()
    assert [message["body"] for message in state["messages"]] == ["Hola"]
    assert visitor.get(f"/simulator/state?after={state['cursor']}").json() == {"cursor": state["cursor"]}
    visitor.post("/simulator/customers", {"name": "Luis", "phone": "+52 1 55 8765 4321"})
    news = visitor.get(f"/simulator/state?after={state['cursor']}").json()
    assert [customer["name"] for customer in news["customers"]] == ["Luis"]
    assert news["messages"] == []


def test_a_page_from_before_the_database_was_emptied_begins_anew(visitor: Client, ana: Customer) -> None:
    state = visitor.get("/simulator/state?after=99999").json()
    assert state["is_whole"]
    assert [customer["id"] for customer in state["customers"]] == [ana.pk]


def test_the_sample_files_are_small() -> None:
    samples = Path(__file__).parents[2] / "simulator" / "static" / "simulator" / "samples"
    assert all(sample.stat().st_size < 64_000 for sample in samples.iterdir())
