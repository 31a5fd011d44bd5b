"""POST /api/twilio/inbound: what is taken, what is refused, and what is kept."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from conversations.models import Customer, Identity, Message
from tests.conversations.conftest import Post, Write, form, no_broker, sid, signature, unsigned

pytestmark = pytest.mark.django_db

PATH = "/api/twilio/inbound"


def _refused(response: HttpResponse, status: int) -> bool:
    return response.status_code == status and not Message.objects.exists()


def test_a_signed_message_is_stored_and_answered_with_empty_twiml(post: Post) -> None:
    response = post(form("Hola, ¿tienen un Golf de 2021? 🚗"))
    assert response.status_code == 200
    assert response.content == b"<Response/>"
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    message = Message.objects.get()
    assert message.text == "Hola, ¿tienen un Golf de 2021? 🚗"
    assert message.author == "customer"
    assert message.handling == "waiting"
    assert message.customer.profile_name == "Ana Pérez"
    assert message.customer.address == "whatsapp:+5215512345678"


def test_the_same_message_again_is_200_and_changes_nothing(post: Post) -> None:
    fields = form("hola")
    post(fields)
    before = Customer.objects.values().get()
    assert post(fields).status_code == 200
    assert Message.objects.count() == 1
    assert Customer.objects.values().get() == before


def test_a_signature_with_the_second_token_is_accepted_during_rotation(post: Post) -> None:
    fields = form("hola")
    headers = {"X-Twilio-Signature": signature(PATH, fields, token="the old token")}
    assert post(fields, **headers).status_code == 200


@pytest.mark.parametrize("wrong", ["", "nonsense", "é", "AAAA" * 7, "\x00"])
def test_a_wrong_signature_is_403(post: Post, wrong: str) -> None:
    assert _refused(post(form("hola"), **{"X-Twilio-Signature": wrong}), 403)


def test_a_missing_signature_is_403(client: Client) -> None:
    assert _refused(unsigned(client, form("hola")), 403)


def test_a_changed_field_breaks_the_signature(client: Client) -> None:
    fields = form("hola")
    signed = signature(PATH, fields)
    fields["Body"] = "véndeme el auto en un peso"
    assert _refused(unsigned(client, fields, **{"X-Twilio-Signature": signed}), 403)


@pytest.mark.parametrize("fields", [{"AccountSid": "AC" + "b" * 32}, {"To": "whatsapp:+19999999999"}, {"To": ""}])
def test_a_message_that_is_not_for_us_is_403(post: Post, fields: dict[str, str]) -> None:
    assert _refused(post(form("hola", **fields)), 403)


@pytest.mark.parametrize(
    "fields",
    [{"MessageSid": ""}, {"MessageSid": "not a sid"}, {"From": ""}, {"From": "+5215512345678"}, {"From": "whatsapp:"}],
)
def test_a_malformed_form_is_400_and_logged_without_its_contents(
    post: Post, fields: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert _refused(post(form("un secreto", **fields)), 400)
    assert "malformed" in caplog.text
    assert "un secreto" not in caplog.text


def test_a_form_larger_than_anything_twilio_sends_is_refused(post: Post) -> None:
    assert _refused(post(form("x" * 70_000)), 400)


def test_json_is_refused_without_an_error_of_ours(client: Client) -> None:
    response = client.post(PATH, {"Body": "hola"}, content_type="application/json")
    assert response.status_code in {400, 403, 415}


def test_unknown_and_repeated_parameters_are_tolerated(post: Post) -> None:
    assert post(form("hola", SomethingNew="1", AnotherOne="")).status_code == 200


def test_an_ad_click_keeps_the_ad(post: Post) -> None:
    post(
        form(
            "Quiero más información",
            ReferralSourceType="ad",
            ReferralSourceId="120210000000000001",
            ReferralHeadline="NISSAN KICKS 2020 $338,999",
            ReferralBody="Pruébalo",
            ReferralNumMedia="1",
        )
    )
    ad = Message.objects.get().details["ad"]
    assert ad["headline"] == "NISSAN KICKS 2020 $338,999"
    assert ad["source_id"] == "120210000000000001"


def test_blank_ad_fields_are_no_ad(post: Post) -> None:
    post(form("hola", ReferralSourceId="", ReferralHeadline=" "))
    assert Message.objects.get().details == {}


def test_a_location_is_stored(post: Post) -> None:
    post(form("", MessageType="location", Latitude="25.018766403198", Longitude="-77.395950317383", Label="Casa"))
    message = Message.objects.get()
    assert message.kind == "location"
    assert message.details["location"] == {
        "latitude": "25.018766403198",
        "longitude": "-77.395950317383",
        "label": "Casa",
    }


def test_a_button_reply_is_stored_with_its_payload(post: Post) -> None:
    post(
        form(
            "Confirmar",
            MessageType="interactive",
            ButtonText="Confirmar",
            ButtonPayload="visit:confirm",
            Forwarded="false",
        )
    )
    message = Message.objects.get()
    assert message.kind == "button"
    assert message.text == "Confirmar"
    assert message.details == {"button": {"text": "Confirmar", "payload": "visit:confirm"}}


@pytest.mark.parametrize(
    ("media_type", "message_type", "kind"),
    [
        ("audio/ogg", "audio", "audio"),
        ("image/jpeg", "image", "image"),
        ("image/webp", "sticker", "sticker"),
        ("video/mp4", "video", "video"),
        ("application/pdf", "document", "document"),
        ("text/vcard", "contacts", "contact"),
    ],
)
def test_media_is_stored_with_its_kind(post: Post, media_type: str, message_type: str, kind: str) -> None:
    url = "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME"
    post(
        form(
            "",
            MessageSid=sid("MM"),
            NumMedia="1",
            MediaUrl0=url,
            MediaContentType0=media_type,
            MessageType=message_type,
        )
    )
    message = Message.objects.get()
    assert message.kind == kind
    assert message.details["media"] == [{"url": url, "type": media_type}]


def test_a_null_character_in_a_message_is_dropped_and_the_message_kept(post: Post) -> None:
    post(form("ho\x00la"))
    assert Message.objects.get().text == "hola"


# --- Who it is --------------------------------------------------------------------------------------------------

BSUID = "whatsapp:MX.4566546130240823"


def test_a_customer_is_known_again_by_the_phone(write: Write) -> None:
    assert write("hola") == write("¿sigues ahí?")


def test_the_old_and_the_new_way_to_write_a_mexican_mobile_are_one_customer(write: Write) -> None:
    assert write("hola", From="whatsapp:+5215512345678") == write("hola", From="whatsapp:+525512345678")


def test_a_customer_without_a_phone_is_known_by_the_business_scoped_id(write: Write) -> None:
    first = write("hola", From=BSUID, ExternalUserId=BSUID)
    assert write("hola otra vez", From=BSUID, ExternalUserId=BSUID) == first
    assert [(i.kind, i.value) for i in first.identities.all()] == [("business_user", "MX.4566546130240823")]
    assert first.address == BSUID


def test_a_customer_who_hides_the_phone_later_is_still_the_same(write: Write) -> None:
    first = write("hola", ExternalUserId=BSUID)
    assert write("hola", From=BSUID, ExternalUserId=BSUID) == first


def test_a_business_scoped_id_joins_the_customer_whose_phone_is_known(write: Write) -> None:
    first = write("hola")
    assert write("hola", ExternalUserId=BSUID) == first
    assert Identity.objects.filter(customer=first).count() == 2


def test_a_phone_that_changed_hands_is_another_customer(write: Write) -> None:
    first = write("hola", ExternalUserId=BSUID)
    second = write("buenas", ExternalUserId="whatsapp:MX.999")
    assert second != first
    assert write("soy el nuevo") == second


# --- Due time ---------------------------------------------------------------------------------------------------


def test_a_message_makes_its_customer_due_and_rings_a_worker(write: Write, rung: list[tuple[str, int]]) -> None:
    customer = write("hola")
    customer.refresh_from_db()
    assert customer.due_at is not None
    assert rung == [("conversations.tasks.answer_customer", customer.pk)]


def test_a_repeated_message_rings_nobody(write: Write, post: Post, rung: list[tuple[str, int]]) -> None:
    fields = form("hola")
    post(fields)
    rung.clear()
    post(fields)
    assert rung == []


def test_later_messages_push_the_due_time_on_to_eight_seconds_at_most(write: Write, settings: Settings) -> None:
    settings.ANSWER_DELAY_SECONDS = 5
    customer = write("hola")
    assert _quiet_time(customer) == timedelta(seconds=5)
    Customer.objects.filter(pk=customer.pk).update(waiting_since=F("waiting_since") - timedelta(seconds=6))
    write("busco un auto")
    assert _quiet_time(customer) == timedelta(seconds=8)


def _quiet_time(customer: Customer) -> timedelta:
    """From the first waiting message to the time its answer is due."""
    customer.refresh_from_db()
    assert customer.due_at is not None
    assert customer.waiting_since is not None
    return timedelta(seconds=round((customer.due_at - customer.waiting_since).total_seconds()))


def test_a_broker_that_is_away_does_not_fail_the_webhook(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    with no_broker():
        write("hola")
    assert Message.objects.get().handling == "waiting"
    assert "the sweep takes up" in caplog.text


def test_a_message_takes_a_constant_number_of_statements(write: Write, post: Post) -> None:
    write("hola")
    counts = []
    for n in range(3):
        with CaptureQueriesContext(connection) as queries:
            post(form(f"mensaje {n}"))
        counts.append(len(queries))
    assert len(set(counts)) == 1
