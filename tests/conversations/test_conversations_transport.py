"""The number on Twilio's Conversations: the same conversation, by other addresses."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from pytest_django.fixtures import Settings

from conversations import delivery, missed, tasks, turns
from conversations.models import Customer, Item, Message
from conversations.whatsapp import Refused, transport
from inventory.models import Vehicle
from tests.conversations.conftest import Post, deliver_all, form, make_due, sid
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/twilio/conversations"
CONVERSATION = "CH" + "c" * 32
SERVICE = "IS" + "5" * 32
ANA = "whatsapp:+5215512345678"


@pytest.fixture(autouse=True)
def on_conversations(settings: Settings) -> None:
    settings.TWILIO_TRANSPORT = "conversations"


def added(text: str = "", **fields: str) -> dict[str, str]:
    """The event that Twilio posts for a customer's message in a conversation."""
    return {
        "EventType": "onMessageAdded",
        "Attributes": "{}",
        "DateCreated": "2026-11-25T18:00:58.111Z",
        "Index": "35",
        "MessageSid": sid("IM"),
        "AccountSid": "AC" + "a" * 32,
        "ChatServiceSid": SERVICE,
        "Source": "WHATSAPP",
        "RetryCount": "0",
        "Author": ANA,
        "ParticipantSid": "MB" + "b" * 32,
        "Body": text,
        "ConversationSid": CONVERSATION,
        **fields,
    }


def delivered(message_sid: str, status: str = "delivered", **fields: str) -> dict[str, str]:
    return {
        "EventType": "onDeliveryUpdated",
        "AccountSid": "AC" + "a" * 32,
        "ConversationSid": CONVERSATION,
        "MessageSid": message_sid,
        "ChannelMessageSid": "SM" + "d" * 32,
        "DeliveryReceiptSid": "DY" + "d" * 32,
        "Status": status,
        **fields,
    }


@pytest.fixture
def customer(post: Post) -> Customer:
    assert _brought(post, added("hola")).status_code == 204
    return Customer.objects.get()


def _brought(post: Post, fields: dict[str, str]) -> HttpResponse:
    return post(fields, PATH)


def outgoing(customer: Customer, text: str = "¡Hola!", **fields: Any) -> Message:
    return Message.objects.create(customer=customer, author="assistant", text=text, delivery="queued", **fields)


def state(message: Message) -> str:
    message.refresh_from_db()
    return message.delivery


# --- In -----------------------------------------------------------------------------------------------------------


def test_a_customers_message_is_stored_once_and_answered_into_its_conversation(
    post: Post, twilio: TwilioServer, stock: dict[int, Vehicle]
) -> None:
    fields = added("¿tienen sentra?")
    assert [_brought(post, fields).status_code for _ in range(2)] == [204, 204]
    message = Message.objects.get()
    assert (message.text, message.sid, message.customer.address) == (
        "¿tienen sentra?",
        fields["MessageSid"],
        CONVERSATION,
    )
    assert [(i.kind, i.value) for i in message.customer.identities.all()] == [("phone", "+525512345678")]
    turns.run(message.customer_id, lambda _: None)
    deliver_all()
    (answered,) = twilio.taken
    assert answered["conversation_sid"] == CONVERSATION
    assert "Sentra" in answered["body"]


def test_the_same_customer_is_known_on_either_way(post: Post, settings: Settings) -> None:
    _brought(post, added("hola"))
    settings.TWILIO_TRANSPORT = "messaging"
    assert post(form("hola otra vez")).status_code == 200
    assert Customer.objects.get().messages.count() == 2


def test_what_whatsapp_alone_knows_is_read_from_the_metadata(post: Post) -> None:
    context = {
        "ProfileName": "Ana Pérez",
        "ExternalUserId": "whatsapp:MX.4566546130240823",
        "ButtonText": "Fotos",
        "ButtonPayload": "photos:101",
        "Forwarded": "false",
        "something": {"new": 1},
    }
    metadata = json.dumps({"type": "whatsapp", "data": {"context": context}})
    _brought(post, added("Fotos", ChannelMetadata=metadata))
    message = Message.objects.get()
    assert (message.kind, message.customer.profile_name) == ("button", "Ana Pérez")
    assert message.details["button"]["payload"] == "photos:101"
    assert message.customer.identities.filter(kind="business_user").exists()


def test_media_are_named_by_their_service(post: Post) -> None:
    media = [{"Sid": "ME" + "3" * 32, "Filename": None, "ContentType": "audio/ogg", "Size": 4096}]
    _brought(post, added("", Media=json.dumps(media)))
    message = Message.objects.get()
    assert message.kind == "audio"
    assert message.details["media"] == [
        {"url": f"https://mcs.us1.twilio.com/v1/Services/{SERVICE}/Media/ME{'3' * 32}", "type": "audio/ogg"}
    ]


@pytest.mark.parametrize("written", ["[", "{}", "null", '["x"]', "[" * 5000])
def test_media_that_cannot_be_read_do_not_lose_the_message(post: Post, written: str) -> None:
    assert _brought(post, added("hola", Media=written, ChannelMetadata=written)).status_code == 204
    assert Message.objects.get().text == "hola"


@pytest.mark.parametrize(
    "fields",
    [
        {"EventType": "onConversationAdded"},
        {"EventType": ""},
        {"MessageSid": "SM" + "1" * 32},
        {"ConversationSid": "x"},
        {"Author": "ana"},
    ],
)
def test_a_malformed_event_is_400(post: Post, fields: dict[str, str]) -> None:
    assert _brought(post, added("hola", **fields)).status_code == 400
    assert not Message.objects.exists()


def test_an_event_for_another_account_or_without_a_signature_is_403(post: Post) -> None:
    assert _brought(post, added("hola", AccountSid="AC" + "b" * 32)).status_code == 403
    assert post(added("hola"), PATH, **{"X-Twilio-Signature": "wrong"}).status_code == 403
    assert not Message.objects.exists()


def test_a_number_is_on_one_way_and_the_other_is_refused(post: Post, settings: Settings) -> None:
    assert post(form("hola")).status_code == 403
    settings.TWILIO_TRANSPORT = "messaging"
    assert _brought(post, added("hola")).status_code == 403
    assert not Message.objects.exists()


# --- Out ----------------------------------------------------------------------------------------------------------


def test_a_message_is_posted_with_our_id_in_its_attributes(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    attributes = json.dumps({"karlos": message.pk})
    assert twilio.posts == [{"Author": "karlos", "Body": "¡Hola!", "Attributes": attributes}]
    assert twilio.headers[0]["X-Twilio-Webhook-Enabled"] == "true"
    assert (state(message), message.sid) == ("sent", twilio.taken[0]["sid"])


def test_our_own_message_comes_back_and_is_not_taken_for_a_customers(
    customer: Customer, twilio: TwilioServer, post: Post
) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    echo = added(
        "¡Hola!",
        MessageSid=twilio.taken[0]["sid"],
        Source="API",
        Author="karlos",
        Attributes=f'{{"karlos": {message.pk}}}',
    )
    assert _brought(post, echo).status_code == 204
    assert Message.objects.count() == 2
    assert state(message) == "sent"


def test_what_comes_back_settles_a_message_whose_answer_was_lost(
    customer: Customer, twilio: TwilioServer, post: Post
) -> None:
    twilio.script.append("lost")
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert state(message) == "unknown"
    taken = twilio.taken[0]["sid"]
    _brought(
        post, added("¡Hola!", MessageSid=taken, Source="API", Author="karlos", Attributes=f'{{"karlos": {message.pk}}}')
    )
    assert (state(message), message.sid, len(twilio.posts)) == ("sent", taken, 1)


def test_a_message_whose_fate_is_unknown_is_found_by_our_id_whatever_its_words(
    customer: Customer, twilio: TwilioServer
) -> None:
    tasks.deliver_message(outgoing(customer, "sí").pk)
    twilio.script.append("lost")
    message = outgoing(customer, "sí")
    tasks.deliver_message(message.pk)
    make_due(message)
    tasks.deliver_message(message.pk)
    assert (state(message), message.sid, len(twilio.posts)) == ("sent", twilio.taken[1]["sid"], 2)


def test_a_message_that_is_not_found_twice_is_sent_once_more_flagged(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append("gone")
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    for _ in range(3):
        make_due(message)
        tasks.deliver_message(message.pk)
    assert state(message) == "sent"
    assert message.possible_duplicate
    assert (len(twilio.posts), len(twilio.taken)) == (2, 1)


def test_reports_move_a_message_on_by_its_sid_and_never_back(
    customer: Customer, twilio: TwilioServer, post: Post
) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    taken = twilio.taken[0]["sid"]
    for status in ("read", "sent", "delivered"):
        assert _brought(post, delivered(taken, status)).status_code == 204
    assert state(message) == "read"
    assert _brought(post, delivered("IM" + "9" * 32)).status_code == 204


def test_a_report_of_failure_tells_staff_why(customer: Customer, twilio: TwilioServer, post: Post) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    _brought(post, delivered(twilio.taken[0]["sid"], "undelivered", ErrorCode="63016"))
    assert state(message) == "failed"
    assert "63016" in message.error


def test_a_document_is_uploaded_and_sent_by_its_sid(
    customer: Customer, twilio: TwilioServer, post: Post, stock: dict[int, Vehicle]
) -> None:
    _brought(post, added("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización"))
    turns.run(customer.pk, lambda _: None)
    deliver_all()
    ((content_type, content),) = twilio.media
    assert (content_type, content[:4]) == ("application/pdf", b"%PDF")
    assert twilio.posts[-1]["MediaSid"] == f"ME{1:032x}"
    assert "Body" not in twilio.posts[-1]


def test_a_document_that_is_gone_is_refused_in_words(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer, "", kind="document", media="/media/quotes/no-token.pdf")
    tasks.deliver_message(message.pk)
    assert state(message) == "failed"
    assert message.error
    assert twilio.posts == []


def test_whoever_last_wrote_on_the_other_way_is_found_by_their_address(
    customer: Customer, twilio: TwilioServer, settings: Settings
) -> None:
    Customer.objects.update(address=ANA)
    tasks.deliver_message(outgoing(customer).pk)
    assert twilio.taken[0]["conversation_sid"] == CONVERSATION
    Customer.objects.update(address=CONVERSATION)
    settings.TWILIO_TRANSPORT = "messaging"
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert state(message) == "failed"
    assert "Conversations" in message.error


# --- A person with another program --------------------------------------------------------------------------------


def test_what_a_person_writes_elsewhere_is_kept_once_and_karlos_is_silent_from_then_on(
    customer: Customer, post: Post, twilio: TwilioServer
) -> None:
    fields = added("Soy Laura, te ayudo yo", Source="SDK", ClientIdentity="laura", Author="laura")
    for _ in range(2):
        assert _brought(post, fields).status_code == 204
    message = Message.objects.get(author="staff")
    assert (message.text, message.delivery) == ("Soy Laura, te ayudo yo", "sent")
    assert customer.is_with_person
    assert Item.objects.filter(kind="staff").count() == 1
    _brought(post, delivered(fields["MessageSid"]))
    assert state(message) == "delivered"


def test_a_picture_that_a_person_sends_elsewhere_makes_the_conversation_theirs_too(
    customer: Customer, post: Post
) -> None:
    media = json.dumps([{"Sid": "ME" + "3" * 32, "ContentType": "image/jpeg"}])
    _brought(post, added("", Source="SDK", Author="laura", Media=media))
    message = Message.objects.get(author="staff")
    assert (message.kind, message.text) == ("other", "")
    assert customer.is_with_person
    assert not Item.objects.exists()


def test_what_is_written_to_nobody_we_know_is_left_alone(post: Post) -> None:
    _brought(post, added("hola", Source="API", Author="system"))
    assert not Message.objects.exists()


# --- What was missed ------------------------------------------------------------------------------------------------


def test_what_could_not_be_brought_is_found_in_the_conversations(
    customer: Customer, twilio: TwilioServer, redis: None
) -> None:
    written_at = datetime.now(UTC) - timedelta(minutes=10)
    known = Message.objects.get().sid
    for number, (message_sid, author) in enumerate([(known, ANA), (sid("IM"), ANA), (sid("IM"), "karlos")]):
        twilio.received.append(
            {
                "sid": message_sid,
                "conversation_sid": CONVERSATION,
                "author": author,
                "body": f"mensaje {number}",
                "attributes": "{}",
                "media": None,
                "date_created": written_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )
    assert missed.collect() == 1
    assert missed.collect() == 0
    assert list(Message.objects.order_by("id").values_list("text", flat=True)) == ["hola", "mensaje 1"]


def test_there_is_no_typing_indicator_here_and_nobody_is_asked_for_one(
    customer: Customer, twilio: TwilioServer
) -> None:
    tasks.answer_customer(customer.pk)
    assert twilio.typing == []


# --- The number ------------------------------------------------------------------------------------------------------


def test_the_number_is_put_on_conversations_and_taken_off(
    twilio: TwilioServer, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    with pytest.raises(Refused, match="configure_conversations"):
        transport.current().check()
    for _ in range(2):  # made, then mended
        call_command("configure_conversations")
        assert twilio.address is not None
        assert twilio.address["AutoCreation.WebhookUrl"] == "https://karlos.example/api/twilio/conversations"
    transport.current().check()
    settings.TWILIO_TRANSPORT = "messaging"
    with pytest.raises(Refused, match="--remove"):
        transport.current().check()
    call_command("configure_conversations", "--remove")
    transport.current().check()
    assert "no longer on Conversations" in capsys.readouterr().out


def test_a_number_that_cannot_be_configured_says_why(settings: Settings) -> None:
    with pytest.raises(CommandError, match="reached"):
        call_command("configure_conversations")


def test_reports_do_not_find_customers_messages(customer: Customer) -> None:
    message = Message.objects.get()
    delivery.record(message.pk, transport.current().event(delivered(str(message.sid))))  # type: ignore[arg-type]
    message.refresh_from_db()
    assert message.delivery == ""
