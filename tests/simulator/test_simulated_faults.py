"""Twilio misbehaves when it is told to, as often as it is told to."""

from collections.abc import Iterator

import pytest
import requests
from django.test import Client
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as Twilio

from simulator import faults
from simulator.models import Customer, Message
from tests.simulator import other_end
from tests.simulator.other_end import Karlos, wait_until

# On PostgreSQL a journey goes through all of the simulator.
pytestmark = pytest.mark.anywhere

OURS = "whatsapp:+14155238886"
ANA = "whatsapp:+5215512345678"
CALLBACK = "https://karlos.example/api/twilio/status?o=7"


@pytest.fixture
def impatient(simulator: str) -> Iterator[Twilio]:
    http = TwilioHttpClient(timeout=0.3)
    yield other_end.sdk(http)
    http.session.close()


def create(twilio: Twilio) -> str:
    return str(twilio.messages.create(to=ANA, from_=OURS, body="Hola", status_callback=CALLBACK).sid)


@pytest.mark.parametrize(
    ("name", "status", "code"), [(faults.TOO_MANY_REQUESTS, 429, 20429), (faults.SERVER_ERROR, 500, 20500)]
)
def test_a_refusal_happens_as_often_as_asked_and_takes_nothing(
    twilio: Twilio, name: str, status: int, code: int
) -> None:
    faults.switch_on(name, times=2)
    for _ in range(2):
        with pytest.raises(TwilioRestException) as refused:
            create(twilio)
        assert (refused.value.status, refused.value.code) == (status, code)
    assert not Message.objects.exists()
    assert create(twilio)
    assert faults.switched_on() == {}


def test_a_fault_without_a_number_stays_until_it_is_switched_off(twilio: Twilio) -> None:
    faults.switch_on(faults.SERVER_ERROR)
    for _ in range(3):
        with pytest.raises(TwilioRestException):
            create(twilio)
    faults.switch_off(faults.SERVER_ERROR)
    assert create(twilio)


def test_who_waits_for_a_hanging_twilio_gives_up_first(impatient: Twilio) -> None:
    faults.switch_on(faults.HANG, times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        create(impatient)
    assert not Message.objects.exists()


def test_a_message_whose_answer_is_lost_is_on_the_phone_all_the_same(twilio: Twilio, karlos: Karlos) -> None:
    faults.switch_on(faults.LOST, times=1)
    with pytest.raises(TwilioRestException) as lost:
        create(twilio)
    assert lost.value.status == 500
    wait_until(lambda: karlos.told() == ["sent", "delivered"])
    assert [message.body for message in twilio.messages.list(to=ANA)] == ["Hola"]


def test_whatsapp_refuses_what_twilio_took(twilio: Twilio, karlos: Karlos) -> None:
    faults.switch_on(faults.UNDELIVERED, times=1)
    create(twilio)
    wait_until(lambda: karlos.told() == ["sent", "undelivered"])
    sent, undelivered = [call.form for call in karlos.callbacks()]
    assert "ErrorCode" not in sent
    assert undelivered["ErrorCode"] == "63016"
    assert undelivered["ErrorMessage"] == undelivered["ChannelStatusMessage"] != ""
    create(twilio)
    wait_until(lambda: karlos.told()[2:] == ["sent", "delivered"])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (faults.TWO_CALLBACKS, ["sent", "sent", "delivered", "delivered", "read", "read"]),
        (faults.CALLBACKS_REVERSED, ["delivered", "sent", "read"]),
    ],
)
def test_callbacks_come_in_the_manner_asked_for(
    twilio: Twilio, karlos: Karlos, visitor: Client, name: str, told: list[str]
) -> None:
    faults.switch_on(name, times=1)
    create(twilio)
    wait_until(lambda: karlos.told() == told[: -told.count("read")])
    visitor.post(f"/simulator/customers/{Customer.objects.get().pk}/read")
    wait_until(lambda: karlos.told() == told)


def test_nobody_is_told_when_callbacks_are_off(twilio: Twilio, karlos: Karlos, visitor: Client, ana: Customer) -> None:
    faults.switch_on(faults.NO_CALLBACKS, times=1)
    silent = create(twilio)
    wait_until(lambda: Message.objects.filter(sid=silent, status="delivered").exists())
    told = create(twilio)
    wait_until(lambda: karlos.told() == ["sent", "delivered"])
    assert {call.form["MessageSid"] for call in karlos.callbacks()} == {told}


def test_without_read_receipts_nothing_is_ever_read(
    twilio: Twilio, karlos: Karlos, visitor: Client, ana: Customer
) -> None:
    faults.switch_on(faults.NO_READ_RECEIPTS)
    sid = create(twilio)
    wait_until(lambda: karlos.told() == ["sent", "delivered"])
    visitor.post(f"/simulator/customers/{ana.pk}/read")
    assert Message.objects.get(sid=sid).status == "delivered"


def test_typing_can_fail(twilio: Twilio) -> None:
    faults.switch_on(faults.TYPING_ERROR, times=1)
    with pytest.raises(TwilioRestException) as failed:
        twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id="SM")
    assert failed.value.status == 500


def test_the_page_switches_faults_and_sees_how_many_are_left(visitor: Client) -> None:
    answer = visitor.post("/simulator/faults", {"name": faults.HANG, "on": "true", "times": "3"})
    assert answer.json() == {"faults": {faults.HANG: 3}}
    assert visitor.get("/simulator/state").json()["faults"] == {faults.HANG: 3}
    visitor.post("/simulator/faults", {"name": faults.HANG, "on": "true"})
    assert faults.switched_on() == {faults.HANG: None}
    assert visitor.post("/simulator/faults", {"name": faults.HANG, "on": "false"}).json() == {"faults": {}}
    assert visitor.post("/simulator/faults", {"name": "fire", "on": "true"}).status_code == 400
