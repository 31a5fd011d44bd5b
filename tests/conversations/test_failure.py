"""What becomes of a message that did not arrive, by the reason that Twilio gives: at once, or in a report."""

import io
from pathlib import Path

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from PIL import Image
from pytest_django.fixtures import Settings

from conversations import delivery
from conversations.models import Customer, Limits, Message
from conversations.whatsapp import Status, errors
from inventory import photos
from inventory.models import Vehicle
from tests.conversations.conftest import Post, Write, deliver_all, make_due
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

WAYS = pytest.mark.parametrize("way", ["messaging", "conversations"])

# What follows of each of Twilio's codes.
LATER, ONCE_MORE, ENDS, OPT_OUT, ALERT, AS_TEXT, SHORTER = (
    "later", "once more", "ends", "opt-out", "alert", "as text", "shorter"
)  # fmt: skip
FOLLOWS = {
    "20003": ALERT, "20404": ALERT,
    "21211": ENDS, "21614": ENDS, "21608": ENDS,
    "21610": OPT_OUT,
    "21617": SHORTER, "21658": SHORTER,
    "21620": AS_TEXT, "63019": AS_TEXT, "63021": AS_TEXT, "92007": AS_TEXT,
    "30001": LATER, "30008": ONCE_MORE,
    "63001": ALERT, "63007": ALERT, "63020": ALERT, "63051": ALERT, "63112": ALERT,
    "63003": ENDS, "63024": ENDS, "63005": ENDS, "63013": ENDS,
    "63012": LATER, "63018": LATER, "63038": LATER,
    "63015": ENDS, "63016": ENDS, "63032": ENDS, "63049": ENDS,
}  # fmt: skip
CODES = pytest.mark.parametrize(("code", "follows"), sorted(FOLLOWS.items()))
LONG = "Tenemos varios autos que te pueden gustar. " * 30


@pytest.fixture
def outgoing(
    write: Write, twilio: TwilioServer, stock: dict[int, Vehicle], settings: Settings, tmp_path: Path
) -> Message:
    """A picture with a caption."""
    settings.MEDIA_ROOT = tmp_path / "media"
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, "JPEG")
    photos.add(stock[201], [photos.prepare(ContentFile(file.getvalue(), "front.jpg"))])
    photo = photos.address(stock[201].photos.get())
    return Message.objects.create(
        customer=write("hola"), author="assistant", text="¡Hola!", delivery="queued", kind="image", media=photo
    )


@pytest.fixture
def sent(write: Write, twilio: TwilioServer) -> Message:
    message = Message.objects.create(customer=write("hola"), author="assistant", text="¡Hola!", delivery="queued")
    delivery.deliver(message.pk)
    message.refresh_from_db()
    assert message.delivery == "sent"
    return message


def on(way: str, settings: Settings, message: Message) -> None:
    """The number, and this message's customer, are on that way."""
    settings.TWILIO_TRANSPORT = way
    if way == "conversations":
        Customer.objects.filter(pk=message.customer_id).update(address="CH" + "c" * 32)


def reported(post: Post, way: str, message: Message, code: str) -> int:
    """Twilio reports to the way's own address that the message failed."""
    if way == "messaging":
        fields = {"MessageSid": str(message.sid), "MessageStatus": "undelivered", "ErrorCode": code}
        return post(fields, f"/api/twilio/status?message={message.pk}").status_code
    fields = {
        "EventType": "onDeliveryUpdated",
        "AccountSid": "AC" + "a" * 32,
        "ConversationSid": "CH" + "c" * 32,
        "MessageSid": str(message.sid),
        "Status": "undelivered",
        "ErrorCode": code,
    }
    return post(fields, "/api/twilio/conversations").status_code


def fails(message: Message, code: str) -> None:
    delivery.record(message.pk, Status(sid=str(message.sid), delivery="failed", error=f"no ({code})", code=code))
    message.refresh_from_db()


def come_of_it(
    message: Message, code: str, follows: str, twilio: TwilioServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The message, its customer, what was posted besides, and whom it was told are as the table says."""
    deliver_all()
    message.refresh_from_db()
    assert f"({code})" in message.error
    assert message.error != errors.in_words("99999", "").replace("99999", code), "there are words for it"
    assert message.delivery == ("queued" if follows in {LATER, ONCE_MORE} else "failed")
    assert bool(Customer.objects.get().opted_out_at) == (follows == OPT_OUT)
    assert [sent.to for sent in mail.outbox] == ([["staff@example.com"]] if follows == ALERT else [])
    assert (f"refuses our messages ({code})" in caplog.text) == (follows == ALERT)
    instead = [sent.text for sent in Message.objects.filter(author="assistant", pk__gt=message.pk)]
    if follows == AS_TEXT:
        assert instead == ["¡Hola!"]
    elif follows == SHORTER:
        assert len(instead) == 2
        assert " ".join(instead) == LONG.strip()
    else:
        assert instead == []
    assert Message.objects.filter(pk__gt=message.pk, delivery="sent").count() == len(instead)


@WAYS
@CODES
def test_a_report_of_failure_is_followed_as_its_code_says(  # noqa: PLR0917 (fixtures)
    outgoing: Message,
    post: Post,
    twilio: TwilioServer,
    settings: Settings,
    redis: None,
    caplog: pytest.LogCaptureFixture,
    way: str,
    code: str,
    follows: str,
) -> None:
    Limits.objects.create(alert_email="staff@example.com")
    on(way, settings, outgoing)
    if follows == SHORTER:
        Message.objects.filter(pk=outgoing.pk).update(text=LONG, kind="text", media="")
    delivery.deliver(outgoing.pk)
    outgoing.refresh_from_db()
    assert outgoing.delivery == "sent", outgoing.error
    assert reported(post, way, outgoing, code) == 204
    come_of_it(outgoing, code, follows, twilio, caplog)


@WAYS
@pytest.mark.parametrize(("code", "follows"), [found for found in sorted(FOLLOWS.items()) if found[1] != ONCE_MORE])
def test_a_refusal_is_followed_as_its_code_says(  # noqa: PLR0917 (fixtures)
    outgoing: Message,
    twilio: TwilioServer,
    settings: Settings,
    redis: None,
    caplog: pytest.LogCaptureFixture,
    way: str,
    code: str,
    follows: str,
) -> None:
    Limits.objects.create(alert_email="staff@example.com")
    on(way, settings, outgoing)
    if follows == SHORTER:
        Message.objects.filter(pk=outgoing.pk).update(text=LONG, kind="text", media="")
    twilio.script.append((401 if code == "20003" else 400, int(code)))
    delivery.deliver(outgoing.pk)
    come_of_it(outgoing, code, follows, twilio, caplog)


@WAYS
@pytest.mark.parametrize(
    ("status", "code", "comes_to"),
    [(429, 20429, "queued"), (500, 20500, "unknown"), (503, 20503, "unknown"), (502, 0, "unknown")],
)
def test_what_is_no_refusal_is_tried_again_or_looked_for(  # noqa: PLR0917 (fixtures)
    outgoing: Message, twilio: TwilioServer, settings: Settings, way: str, status: int, code: int, comes_to: str
) -> None:
    on(way, settings, outgoing)
    twilio.script.append((status, code))
    delivery.deliver(outgoing.pk)
    outgoing.refresh_from_db()
    assert outgoing.delivery == comes_to
    assert f"({code or 20500})" in outgoing.error
    assert "Twilio" in outgoing.error


def test_why_whatsapp_refuses_what_is_in_a_message_is_told_in_its_own_words(sent: Message, post: Post) -> None:
    fields = {"MessageSid": str(sent.sid), "MessageStatus": "undelivered", "ErrorCode": "63013"}
    post({**fields, "ChannelStatusMessage": "Policy 7"}, f"/api/twilio/status?message={sent.pk}")
    sent.refresh_from_db()
    assert sent.error.endswith("Policy 7 (63013)")


def test_what_is_worth_another_try_goes_out_again_after_a_while(sent: Message, twilio: TwilioServer) -> None:
    first = sent.sid
    fails(sent, "63018")
    assert sent.sid is None
    deliver_all()
    assert len(twilio.posts) == 1, "not at once"
    delivery.record(sent.pk, Status(sid=str(first), delivery="failed", code="63018"))
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


def test_of_many_messages_that_fail_of_our_account_staff_are_told_once(sent: Message, redis: None) -> None:
    Limits.objects.create(alert_email="staff@example.com")
    fails(sent, "63112")
    other = Message.objects.create(
        customer=sent.customer, author="assistant", text="x", delivery="sent", sid="SM" + "e" * 32
    )
    fails(other, "63112")
    assert len(mail.outbox) == 1


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


def test_what_a_person_wrote_stays_theirs_when_it_is_cut_shorter(
    sent: Message, twilio: TwilioServer, django_user_model: type
) -> None:
    laura = django_user_model.objects.create_user("laura")  # type: ignore[attr-defined]
    Message.objects.filter(pk=sent.pk).update(author="staff", user=laura, text=LONG)
    sent.refresh_from_db()
    fails(sent, "21617")
    deliver_all()
    assert list(Message.objects.filter(pk__gt=sent.pk).values_list("user", "delivery")) == [(laura.pk, "sent")] * 2


def test_every_code_that_the_product_knows_has_words() -> None:
    known = (*errors.LATER, *errors.ONCE_MORE, *errors.OPTED_OUT, *errors.OURS, *errors.AS_TEXT, *errors.TOO_LONG)
    for code in known:
        assert errors.in_words(code, "") != errors.in_words("99999", "").replace("99999", code)
