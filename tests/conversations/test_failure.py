"""What becomes of a message that WhatsApp did not deliver, by the reason that it gives."""

import pytest
from django.core import mail

from conversations import delivery
from conversations.models import Customer, Limits, Message
from conversations.whatsapp import Status, errors
from tests.conversations.conftest import Write, deliver_all, make_due
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(write: Write, twilio: TwilioServer) -> Message:
    message = Message.objects.create(customer=write("hola"), author="assistant", text="¡Hola!", delivery="queued")
    delivery.deliver(message.pk)
    message.refresh_from_db()
    assert message.delivery == "sent"
    return message


def fails(message: Message, code: str) -> None:
    delivery.record(message.pk, Status(sid=str(message.sid), delivery="failed", error=f"no ({code})", code=code))
    message.refresh_from_db()


@pytest.mark.parametrize("code", sorted(errors.LATER))
def test_what_is_worth_another_try_goes_out_again_after_a_while(sent: Message, twilio: TwilioServer, code: str) -> None:
    first = sent.sid
    fails(sent, code)
    assert (sent.delivery, sent.sid, code in sent.error) == ("queued", None, True)
    assert sent.next_step_at is not None
    deliver_all()
    assert len(twilio.posts) == 1, "not at once"
    delivery.record(sent.pk, Status(sid=str(first), delivery="failed", code=code))
    make_due(sent)
    deliver_all()
    sent.refresh_from_db()
    assert (sent.delivery, len(twilio.posts)) == ("sent", 2)
    assert sent.sid != first


def test_it_is_not_tried_for_ever(sent: Message, twilio: TwilioServer) -> None:
    for _ in range(6):
        fails(sent, "63018")
        if sent.delivery == "queued":
            make_due(sent)
            deliver_all()
            sent.refresh_from_db()
    assert (sent.delivery, len(twilio.posts)) == ("failed", 6)


def test_without_a_reason_there_is_one_more_try(sent: Message, twilio: TwilioServer) -> None:
    fails(sent, "30008")
    assert sent.delivery == "queued"
    make_due(sent)
    deliver_all()
    sent.refresh_from_db()
    fails(sent, "30008")
    assert (sent.delivery, len(twilio.posts)) == ("failed", 2)


def test_later_messages_wait_for_one_that_is_tried_again(sent: Message, twilio: TwilioServer) -> None:
    fails(sent, "63018")
    later = Message.objects.create(customer=sent.customer, author="assistant", text="después", delivery="queued")
    delivery.deliver(later.pk)
    assert len(twilio.posts) == 1


@pytest.mark.parametrize("code", ["63003", "63005", "63013", "63016", "63024", "63032", "21211"])
def test_what_no_try_helps_ends_with_the_reason_in_words(sent: Message, twilio: TwilioServer, code: str) -> None:
    fails(sent, code)
    deliver_all()
    assert (sent.delivery, len(twilio.posts)) == ("failed", 1)
    assert errors.in_words(code, "") != f"No se dio ningún motivo. ({code})"


def test_who_told_whatsapp_to_stop_has_opted_out(sent: Message) -> None:
    fails(sent, "21610")
    assert Customer.objects.get().opted_out_at


@pytest.mark.parametrize("code", sorted(errors.OURS))
def test_what_is_wrong_with_our_account_is_told_to_staff_once(
    sent: Message, code: str, redis: None, caplog: pytest.LogCaptureFixture
) -> None:
    Limits.objects.create(alert_email="staff@example.com")
    fails(sent, code)
    other = Message.objects.create(
        customer=sent.customer, author="assistant", text="x", delivery="sent", sid="SM" + "e" * 32
    )
    fails(other, code)
    assert [message.to for message in mail.outbox] == [["staff@example.com"]]
    assert code in mail.outbox[0].body
    assert code in caplog.text


@pytest.mark.parametrize(("code", "follows"), [("21656", True), ("63021", True), ("63003", False)])
def test_what_can_be_tapped_follows_as_text_where_only_its_form_is_refused(
    sent: Message, twilio: TwilioServer, code: str, follows: bool
) -> None:
    Message.objects.filter(pk=sent.pk).update(
        details={"choices": [{"id": "visit:1", "title": "Visita", "description": ""}]}
    )
    fails(sent, code)
    deliver_all()
    assert len(twilio.posts) == (2 if follows else 1)
    assert "ContentSid" not in twilio.posts[-1]


def test_every_code_of_the_table_has_words() -> None:
    for code in (*errors.LATER, *errors.ONCE_MORE, *errors.OPTED_OUT, *errors.OURS, *errors.AS_TEXT):
        assert errors.in_words(code, "") != errors.in_words("99999", "").replace("99999", code)
