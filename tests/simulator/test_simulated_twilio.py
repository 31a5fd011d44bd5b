"""Twilio's SDK finds in the simulator what it would find at Twilio."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client as Twilio

from simulator import phone
from simulator.models import Customer, Media, Message
from tests.simulator import other_end
from tests.simulator.other_end import PICTURE, Karlos, wait_until

OURS = "whatsapp:+14155238886"
ANA = "whatsapp:+5215512345678"
CALLBACK = "https://karlos.example/api/twilio/status?o=7#rc=3"


def status_of(sid: str | None) -> str:
    return str(Message.objects.get(sid=sid).status)


def is_delivered(sid: str | None) -> bool:
    return status_of(sid) == "delivered"


def test_a_message_is_taken_and_reaches_the_phone(twilio: Twilio, ana: Customer) -> None:
    message = twilio.messages.create(to=ANA, from_=OURS, body="*Hola*")
    assert (message.status, message.direction) == ("queued", "outbound-api")
    assert (message.from_, message.to, message.body) == (OURS, ANA, "*Hola*")
    assert message.account_sid == settings.TWILIO_ACCOUNT_SID
    assert (message.num_media, message.error_code) == ("0", None)
    assert message.date_created is not None
    wait_until(lambda: is_delivered(message.sid))
    assert twilio.messages(str(message.sid)).fetch().status == "delivered"


def test_someone_unknown_gets_a_phone(twilio: Twilio) -> None:
    twilio.messages.create(to="whatsapp:MX.1A2B3C4D", from_=OURS, body="Hola")
    twilio.messages.create(to="whatsapp:+5215500000000", from_=OURS, body="Hola")
    assert [customer.address for customer in Customer.objects.all()] == [
        "whatsapp:MX.1A2B3C4D",
        "whatsapp:+5215500000000",
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "+5215512345678"}, 21211),
        ({"to": "whatsapp:5215512345678"}, 21211),
        ({"from_": "whatsapp:+15550000000"}, 63007),
        ({"body": ""}, 21619),
        ({"body": "x" * 1601}, 21617),
        ({"media_url": ["https://karlos.example/a.jpg", "https://karlos.example/b.jpg"]}, 21623),
        ({"media_url": ["file:///etc/passwd"]}, 21620),
        ({"content_sid": "HX" + "0" * 32}, 21655),
    ],
)
def test_what_twilio_does_not_take_is_refused_with_its_code(
    twilio: Twilio, fields: dict[str, object], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(**{"to": ANA, "from_": OURS, "body": "Hola"} | fields)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert not Message.objects.exists()


def test_1600_characters_are_taken(twilio: Twilio) -> None:
    assert twilio.messages.create(to=ANA, from_=OURS, body="ñ" * 1600).sid


def test_a_wrong_token_is_refused_everywhere(http: TwilioHttpClient) -> None:
    stranger = other_end.sdk(http, token="wrong")
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=ANA, from_=OURS, body="Hola")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    with pytest.raises(TwilioRestException):
        stranger.messaging.v2.typing_indicator.create(channel="whatsapp", message_id="SM")


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic !!", "Bearer abc", "Basic w7HDsQ=="])
def test_credentials_that_are_none_are_refused(simulator: str, authorization: str) -> None:
    url = f"{settings.TWILIO_API_BASE_URL}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages.json"
    answer = requests.get(url, headers={"Authorization": authorization}, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_another_account_and_an_unknown_message_are_not_found(twilio: Twilio) -> None:
    with pytest.raises(TwilioRestException) as unknown:
        twilio.messages("SM" + "0" * 32).fetch()
    with pytest.raises(TwilioRestException) as elsewhere:
        twilio.api.accounts("AC" + "b" * 32).messages.create(to=ANA, from_=OURS, body="Hola")
    assert (unknown.value.status, elsewhere.value.code) == (404, 20404)


def test_the_list_has_both_directions_newest_first_over_many_pages(
    twilio: Twilio, visitor: Client, ana: Customer
) -> None:
    visitor.post(f"/simulator/customers/{ana.pk}/messages", {"body": "busco un mazda"})
    for number in range(4):
        twilio.messages.create(to=ANA, from_=OURS, body=f"{number}")
    twilio.messages.create(to="whatsapp:+5215500000000", from_=OURS, body="a Luis")
    listed = twilio.messages.list(page_size=2)
    assert [message.body for message in listed] == ["a Luis", "3", "2", "1", "0", "busco un mazda"]
    assert [message.body for message in twilio.messages.list(to=ANA, page_size=1)] == ["3", "2", "1", "0"]
    inbound = twilio.messages.list(to=OURS)
    assert [(message.body, message.status, message.direction) for message in inbound] == [
        ("busco un mazda", "received", "inbound")
    ]
    assert [message.sid for message in twilio.messages.list(from_=ANA)] == [inbound[0].sid]
    assert len(twilio.messages.list(limit=3)) == 3


def test_messages_that_come_in_between_shift_no_page(twilio: Twilio) -> None:
    for number in range(3):
        twilio.messages.create(to=ANA, from_=OURS, body=f"{number}")
    first = twilio.messages.page(page_size=2)
    twilio.messages.create(to=ANA, from_=OURS, body="meanwhile")
    second = first.next_page()
    assert [message.body for message in second] == ["0"]
    assert second.next_page() is None
    assert [message.body for message in second.previous_page()] == ["meanwhile", "2"]


def test_the_list_is_filtered_by_when_it_was_sent(twilio: Twilio, ana: Customer) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    for hours in (0, 24, 48):
        sid = twilio.messages.create(to=ANA, from_=OURS, body=f"{hours}").sid
        wait_until(partial(is_delivered, sid))
        Message.objects.filter(sid=sid).update(sent_at=noon + timedelta(hours=hours))
    after = noon + timedelta(hours=24)

    def bodies(**filters: object) -> list[str | None]:
        return [message.body for message in twilio.messages.list(**filters)]

    assert bodies(date_sent_after=after) == ["48", "24"]
    assert bodies(date_sent_before=after) == ["24", "0"]
    assert bodies(date_sent="2026-11-21") == ["24"]


def test_a_date_that_is_none_is_refused(twilio: Twilio) -> None:
    url = (
        f"{settings.TWILIO_API_BASE_URL}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Messages.json?DateSent=soon"
    )
    answer = requests.get(url, auth=(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS[0]), timeout=5)
    assert answer.json()["code"] == 20001


def test_callbacks_tell_what_became_of_it_signed_and_in_order(
    twilio: Twilio, karlos: Karlos, visitor: Client, ana: Customer
) -> None:
    sid = twilio.messages.create(to=ANA, from_=OURS, body="Hola", status_callback=CALLBACK).sid
    wait_until(lambda: karlos.told() == ["sent", "delivered"])
    visitor.post(f"/simulator/customers/{ana.pk}/read")
    wait_until(lambda: karlos.told() == ["sent", "delivered", "read"])
    call = karlos.callbacks()[1]
    assert call.path == "/api/twilio/status?o=7"
    signed = "https://karlos.example/api/twilio/status?o=7"
    validator = RequestValidator(settings.TWILIO_AUTH_TOKENS[0])
    assert validator.validate(signed, call.form, call.headers["X-Twilio-Signature"])
    assert call.form == {
        "EventType": "DELIVERED",
        "SmsSid": sid,
        "SmsStatus": "delivered",
        "MessageStatus": "delivered",
        "ChannelToAddress": "+5215512345678",
        "To": ANA,
        "ChannelPrefix": "whatsapp",
        "MessageSid": sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "StructuredMessage": "false",
        "From": OURS,
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "XE" + "0" * 32,
    }


def test_a_callback_elsewhere_than_this_machine_is_never_called(twilio: Twilio, karlos: Karlos) -> None:
    for url in (
        "https://elsewhere.example/status",
        "https://karlos.example.evil/status",
        "https://karlos.example@evil/",
    ):
        sid = twilio.messages.create(to=ANA, from_=OURS, body="Hola", status_callback=url).sid
        wait_until(partial(is_delivered, sid))
    assert karlos.told() == []


def test_a_picture_is_fetched_and_shown(twilio: Twilio, visitor: Client, karlos: Karlos) -> None:
    message = twilio.messages.create(to=ANA, from_=OURS, body="Mira", media_url=["https://karlos.example/foto.jpg"])
    assert (message.num_media, str(message.sid)[:2]) == ("1", "MM")
    wait_until(lambda: is_delivered(message.sid))
    shown = visitor.get("/simulator/state").json()["messages"][0]
    assert shown["kind"] == "image"
    assert visitor.get(shown["media"]).content == PICTURE


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://karlos.example/missing", 63019),
        ("https://elsewhere.example/a.jpg", 63019),
        ("https://karlos.example/api/twilio/inbound", 63021),
    ],
)
def test_media_that_cannot_be_shown_leaves_the_message_undelivered(
    twilio: Twilio, karlos: Karlos, url: str, code: int
) -> None:
    sid = twilio.messages.create(to=ANA, from_=OURS, media_url=[url], status_callback=CALLBACK).sid
    wait_until(lambda: karlos.told() == ["sent", "undelivered"])
    assert karlos.callbacks()[1].form["ErrorCode"] == str(code)
    assert twilio.messages(str(sid)).fetch().error_code == code
    assert not Media.objects.exists()


def test_a_reply_more_than_24_hours_later_is_undelivered(
    twilio: Twilio, visitor: Client, karlos: Karlos, ana: Customer
) -> None:
    visitor.post(f"/simulator/customers/{ana.pk}/messages", {"body": "Hola"})
    Message.objects.update(created_at=timezone.now() - timedelta(hours=25))
    sid = twilio.messages.create(to=ANA, from_=OURS, body="Perdón por la demora").sid
    wait_until(lambda: status_of(sid) == "undelivered")
    assert twilio.messages(str(sid)).fetch().error_code == 63016


def test_the_page_says_which_model_or_person_wrote(twilio: Twilio, visitor: Client, karlos: Karlos) -> None:
    one = twilio.messages.create(to=ANA, from_=OURS, body="Hola").sid
    wait_until(lambda: Message.objects.get(sid=one).written_by == "rules")
    karlos.author = {"author": "staff"}
    two = twilio.messages.create(to=ANA, from_=OURS, body="Hola").sid
    wait_until(lambda: Message.objects.get(sid=two).written_by == "staff")
    asked = next(call for call in karlos.calls if call.path == f"/api/messages/{one}/author")
    validator = RequestValidator(settings.TWILIO_AUTH_TOKENS[0])
    assert validator.validate(f"https://karlos.example{asked.path}", {}, asked.headers["X-Twilio-Signature"])
    assert [message["written_by"] for message in visitor.get("/simulator/state").json()["messages"]] == [
        "rules",
        "staff",
    ]


def test_the_author_is_asked_for_again_while_nobody_knows(twilio: Twilio, karlos: Karlos) -> None:
    karlos.author = None
    sid = twilio.messages.create(to=ANA, from_=OURS, body="Hola").sid
    wait_until(lambda: [call for call in karlos.calls if call.path.endswith("/author")])
    karlos.author = {"author": "assistant", "model": "gpt-6-luna"}
    wait_until(lambda: Message.objects.get(sid=sid).written_by == "gpt-6-luna")


def test_typing_about_no_message_of_a_customer_is_refused(twilio: Twilio) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id="SM" + "0" * 32)
    assert refused.value.status == 400


def test_a_reply_ends_the_typing(twilio: Twilio, visitor: Client, ana: Customer) -> None:
    sent = visitor.post(f"/simulator/customers/{ana.pk}/messages", {"body": "Hola"}).json()
    twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sent["sid"])
    twilio.messages.create(to=ANA, from_=OURS, body="Hola")
    wait_until(lambda: Customer.objects.get(pk=ana.pk).typing_until is None)


def test_a_customer_is_found_again_by_either_identity(simulator: str) -> None:
    eva = phone.add("Eva", None)
    assert phone.find_or_add(eva.address) == eva
