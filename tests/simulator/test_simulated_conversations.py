"""The stand-in for Twilio's Conversations, asked by Twilio's own SDK."""

import json
from collections.abc import Mapping

import pytest
import requests
from django.conf import settings as django_settings
from django.test import Client
from pytest_django.fixtures import Settings
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client as Twilio
from twilio.rest.content.v1.content import ContentList

from simulator.models import Customer, Message
from tests.simulator.other_end import Karlos, wait_until

# On PostgreSQL a journey goes through all of the simulator.
pytestmark = pytest.mark.anywhere

QUICK = {"twilio/quick-reply": {"body": "{{1}}", "actions": [{"type": "QUICK_REPLY", "title": "Fotos", "id": "{{2}}"}]}}
LIST = {
    "twilio/list-picker": {
        "body": "{{1}}",
        "button": "Ver autos",
        "items": [{"id": "{{2}}", "item": "{{3}}", "description": "{{4}}"}],
    }
}


@pytest.fixture
def on_conversations(simulator: str, settings: Settings) -> None:
    settings.TWILIO_TRANSPORT = "conversations"


def made(twilio: Twilio, types: Mapping[str, object]) -> str:
    asked = ContentList.ContentCreateRequest(
        {"friendly_name": "a shape", "language": "es", "variables": {"1": "x"}, "types": ContentList.Types(dict(types))}
    )
    return str(twilio.content.v1.contents.create(asked).sid)


def test_a_customers_message_comes_as_an_event(
    on_conversations: None, visitor: Client, ana: Customer, karlos: Karlos
) -> None:
    visitor.post(f"/simulator/customers/{ana.pk}/messages", {"kind": "audio"})
    (event,) = wait_until(karlos.events)
    assert (event["EventType"], event["Source"], event["Author"]) == ("onMessageAdded", "WHATSAPP", ana.address)
    assert event["ConversationSid"] == ana.conversation_sid
    assert event["MessageSid"].startswith("IM")
    assert json.loads(event["ChannelMetadata"])["data"]["context"]["ProfileName"] == "Ana Pérez"
    ((media),) = json.loads(event["Media"])
    assert media["ContentType"] == "audio/ogg"
    address = f"{django_settings.TWILIO_API_BASE_URL}/v1/Services/{event['ChatServiceSid']}/Media/{media['Sid']}"
    assert requests.get(address, timeout=5).status_code == 401
    account = (django_settings.TWILIO_ACCOUNT_SID, django_settings.TWILIO_AUTH_TOKENS[0])
    told = requests.get(address, auth=account, timeout=5).json()
    content = requests.get(told["links"]["content_direct_temporary"], timeout=5)
    assert (content.headers["Content-Type"], content.content[:4]) == ("audio/ogg", b"OggS")


def test_our_message_comes_back_and_its_delivery_is_told(
    on_conversations: None, twilio: Twilio, ana: Customer, karlos: Karlos
) -> None:
    messages = twilio.conversations.v1.conversations(ana.conversation_sid).messages
    sent = messages.create(author="karlos", body="¡Hola!", attributes='{"karlos": 7}', x_twilio_webhook_enabled="true")
    echo, *reports = wait_until(lambda: events if len(events := karlos.events()) == 3 else None)
    assert (echo["Source"], echo["MessageSid"], echo["Attributes"]) == ("API", sent.sid, '{"karlos": 7}')
    assert [(report["EventType"], report["Status"]) for report in reports] == [
        ("onDeliveryUpdated", "sent"),
        ("onDeliveryUpdated", "delivered"),
    ]
    (listed,) = messages.list(order="desc", limit=40)
    assert (listed.sid, listed.body, listed.attributes) == (sent.sid, "¡Hola!", '{"karlos": 7}')
    assert twilio.conversations.v1.conversations(ana.conversation_sid).fetch().chat_service_sid.startswith("IS")
    (found,) = twilio.conversations.v1.participant_conversations.list(address=ana.address)
    assert found.conversation_sid == ana.conversation_sid
    (active,) = twilio.conversations.v1.conversations.list(state="active")
    assert active.sid == ana.conversation_sid


def test_a_document_is_uploaded_first(on_conversations: None, twilio: Twilio, ana: Customer) -> None:
    address = f"{django_settings.TWILIO_API_BASE_URL}/v1/Services/IS/Media"
    taken = twilio.request("POST", address, data=b"%PDF-1", headers={"Content-Type": "application/pdf"})
    messages = twilio.conversations.v1.conversations(ana.conversation_sid).messages
    messages.create(media_sid=json.loads(taken.text)["sid"])
    row = Message.objects.get()
    assert row.media is not None
    assert (row.kind, bytes(row.media.content)) == ("document", b"%PDF-1")
    with pytest.raises(TwilioRestException):
        messages.create(media_sid="ME" + "0" * 32)
    with pytest.raises(TwilioRestException):
        messages.create(body=" ")


@pytest.mark.parametrize("is_on_conversations", [True, False])
def test_a_list_is_filled_in_and_can_be_tapped(  # noqa: PLR0917 (fixtures)
    twilio: Twilio, visitor: Client, ana: Customer, karlos: Karlos, settings: Settings, is_on_conversations: bool
) -> None:
    variables = json.dumps({"1": "Tenemos 1", "2": "car:101", "3": "Mazda 3 2013", "4": "98,400 km"})
    content = {"content_sid": made(twilio, LIST), "content_variables": variables}
    if is_on_conversations:
        settings.TWILIO_TRANSPORT = "conversations"
        twilio.conversations.v1.conversations(ana.conversation_sid).messages.create(**content)
    else:
        twilio.messages.create(to=ana.address, from_=django_settings.TWILIO_WHATSAPP_NUMBER, **content)
    row = Message.objects.get()
    assert (row.body, row.choices_label) == ("Tenemos 1", "Ver autos")
    assert row.choices == [{"id": "car:101", "title": "Mazda 3 2013", "description": "98,400 km"}]
    tapped = {"kind": "button", "body": "Mazda 3 2013", "payload": "car:101", "list": "true"}
    visitor.post(f"/simulator/customers/{ana.pk}/messages", tapped)
    if is_on_conversations:
        event = wait_until(lambda: [e for e in karlos.events() if e["EventType"] == "onMessageAdded"])[0]
        told = json.loads(event["ChannelMetadata"])["data"]["context"]
    else:
        told = wait_until(karlos.inbound)[0].form
    assert (told["ListId"], told["ListTitle"]) == ("car:101", "Mazda 3 2013")
    assert "ButtonPayload" not in told


@pytest.mark.parametrize(
    "variables",
    [{"1": "a\nb", "2": "x"}, {"1": "x" * 1100, "2": "x"}, {"1": "", "2": "x"}, {"1": None, "2": "x"}],
)
def test_what_whatsapp_would_not_take_is_refused(
    twilio: Twilio, ana: Customer, variables: dict[str, str | None]
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(
            to=ana.address,
            from_=django_settings.TWILIO_WHATSAPP_NUMBER,
            content_sid=made(twilio, QUICK),
            content_variables=json.dumps(variables),
        )
    assert refused.value.code in {21656, 21658, 92007}
    assert not Message.objects.exists()
