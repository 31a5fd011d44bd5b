"""Getting a message out: once, in order, and never to someone who must not get it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from conversations import delivery, staff, sweep, tasks, turns
from conversations.models import Customer, Item, Message, Turn
from conversations.whatsapp import NotTaken, Status
from inventory.models import Vehicle
from tests.conversations.conftest import Post, Write, age, deliver_all, make_due, sid
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(write: Write) -> Customer:
    return write("hola")


def outgoing(customer: Customer, text: str = "¡Hola!", **fields: object) -> Message:
    return Message.objects.create(
        customer=customer,
        **{"author": "assistant", "text": text, "delivery": "queued", **fields},
    )


def state(message: Message) -> str:
    message.refresh_from_db()
    return message.delivery


def test_a_message_is_posted_with_our_id_in_its_callback(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert twilio.posts == [
        {
            "To": "whatsapp:+5215512345678",
            "From": "whatsapp:+14155238886",
            "Body": "¡Hola!",
            "StatusCallback": f"https://karlos.example/api/twilio/status?message={message.pk}",
        }
    ]
    assert state(message) == "sent"
    assert message.sid == twilio.taken[0]["sid"]


def test_running_the_task_twice_sends_once(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    tasks.deliver_message(message.pk)
    assert len(twilio.posts) == 1


def test_a_message_that_was_erased_meanwhile_is_no_error(customer: Customer) -> None:
    message = outgoing(customer)
    message_id = message.pk
    message.delete()
    tasks.deliver_message(message_id)


def test_messages_to_a_customer_keep_their_order(
    customer: Customer, twilio: TwilioServer, rung: list[tuple[str, int]]
) -> None:
    first, second = outgoing(customer, "uno"), outgoing(customer, "dos")
    tasks.deliver_message(second.pk)
    assert twilio.bodies() == []
    tasks.deliver_message(first.pk)
    tasks.deliver_message(second.pk)
    assert twilio.bodies() == ["uno", "dos"]


def test_delivering_one_message_rings_for_the_next(
    customer: Customer, twilio: TwilioServer, rung: list[tuple[str, int]]
) -> None:
    first = outgoing(customer, "uno")
    second = outgoing(customer, "dos", next_step_at=customer.created_at)
    rung.clear()
    tasks.deliver_message(first.pk)
    assert rung == [("conversations.tasks.deliver_message", second.pk)]


# --- Pictures -----------------------------------------------------------------------------------------------------

PHOTO = {"kind": "image", "media": "/media/photos/a-token.jpg"}


def test_a_picture_goes_out_with_its_caption(customer: Customer, twilio: TwilioServer) -> None:
    tasks.deliver_message(outgoing(customer, "Así se ve", **PHOTO).pk)
    (posted,) = twilio.posts
    assert (posted["Body"], posted["MediaUrl"]) == ("Así se ve", "https://karlos.example/media/photos/a-token.jpg")


def test_a_picture_whose_fate_is_unknown_is_found_by_its_caption(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append("lost")
    picture = outgoing(customer, "Así se ve", **PHOTO)
    tasks.deliver_message(picture.pk)
    assert state(picture) == "unknown"
    make_due(picture)
    tasks.deliver_message(picture.pk)
    assert (state(picture), picture.sid) == ("sent", twilio.taken[0]["sid"])
    assert len(twilio.posts) == 1


def test_the_caption_of_a_picture_that_whatsapp_cannot_get_follows_as_text(
    customer: Customer, twilio: TwilioServer
) -> None:
    picture = outgoing(customer, "Así se ve", author="staff", **PHOTO)
    tasks.deliver_message(picture.pk)
    for _ in range(2):  # the report may come twice
        delivery.record(picture.pk, Status(sid=str(twilio.taken[0]["sid"]), delivery="failed", error="63019"))
    deliver_all()
    assert state(picture) == "failed"
    assert twilio.bodies() == ["Así se ve", "Así se ve"]
    assert "MediaUrl" not in twilio.posts[1]


# --- What must not go out -----------------------------------------------------------------------------------------


def test_nothing_goes_out_after_the_24_hours(customer: Customer, twilio: TwilioServer) -> None:
    age(customer, last_inbound_at=timedelta(hours=24))
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert twilio.posts == []
    assert state(message) == "cancelled"
    assert "24" in message.error


def test_nothing_goes_to_someone_who_opted_out_but_the_confirmation(customer: Customer, twilio: TwilioServer) -> None:
    age(customer, opted_out_at=timedelta(seconds=1))
    withheld, confirmation = outgoing(customer, "oferta"), outgoing(customer, "Listo", is_notice=True)
    tasks.deliver_message(withheld.pk)
    tasks.deliver_message(confirmation.pk)
    assert twilio.bodies() == ["Listo"]
    assert state(withheld) == "cancelled"


def test_karlos_sends_nothing_while_a_person_has_the_conversation_but_staff_do(
    customer: Customer, twilio: TwilioServer
) -> None:
    karlos = outgoing(customer, "de Karlos")
    staff.reply(customer, "de una persona")
    deliver_all()
    tasks.deliver_message(karlos.pk)
    deliver_all()
    assert twilio.bodies() == ["de una persona"]
    assert state(karlos) == "cancelled"


def test_what_staff_wrote_of_a_car_that_was_repriced_since_is_withheld_and_karlos_does_not_build_on_it(
    customer: Customer, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    (message,) = staff.reply(customer, "El Sentra cuesta $268,999")
    Message.objects.filter(pk=message.pk).update(cars={"201": "268999.00"})
    Vehicle.objects.filter(stock_id=201).update(price_mxn=275_000)
    deliver_all()
    assert twilio.posts == []
    assert state(message) == "cancelled"
    assert message.error
    assert not Item.objects.filter(kind="staff").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "sold"}, "el *Nissan Sentra 2019* (id 201) se acaba de vender"),
        ({"status": "reserved"}, "el *Nissan Sentra 2019* (id 201) se acaba de apartar"),
        ({"status": "withdrawn"}, "el *Nissan Sentra 2019* (id 201) ya no está a la venta"),
        ({"price_mxn": 275_000}, "acaba de cambiar de precio, ahora cuesta $275,000"),
    ],
)
def test_an_answer_about_a_car_that_is_gone_or_repriced_is_given_anew_and_says_so(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer, change: dict[str, Any], said: str
) -> None:
    customer = write("¿cuánto cuesta el sentra 2019?")
    turns.run(customer.pk, lambda _: None)
    Vehicle.objects.filter(stock_id=201).update(**change)
    deliver_all()
    assert twilio.bodies() == []
    assert Message.objects.get(author="assistant").delivery == "cancelled"
    tasks.answer_customer(customer.pk)
    deliver_all()
    (sent,) = twilio.bodies()
    assert "$268,999" not in sent
    assert said in sent
    withdrawn, given = Turn.objects.order_by("pk")
    assert (withdrawn.state, withdrawn.replaced_by, given.state) == ("withdrawn", given, "done")


def test_a_repriced_car_that_the_answer_does_not_name_changes_nothing(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    turns.run(write("¿cuánto cuesta el sentra 2019?").pk, lambda _: None)
    Vehicle.objects.filter(stock_id=202).update(price_mxn=1)
    deliver_all()
    assert "$268,999" in twilio.bodies()[0]


def test_a_repriced_car_among_the_nearest_is_noticed_too(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    turns.run(write("busco un mazda 3 por menos de 120 mil").pk, lambda _: None)
    assert "$159,000" in Message.objects.get(author="assistant").text
    Vehicle.objects.filter(stock_id=101).update(price_mxn=165_000)
    deliver_all()
    assert twilio.bodies() == []


def test_what_must_not_go_out_anyway_is_not_answered_anew(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    customer = write("¿cuánto cuesta el sentra 2019?")
    turns.run(customer.pk, lambda _: None)
    age(customer, opted_out_at=timedelta(seconds=-1))
    Vehicle.objects.filter(stock_id=201).update(status="sold")
    deliver_all()
    assert Message.objects.get(author="assistant").delivery == "cancelled"
    assert Message.objects.get(author="customer").handling == "answered"


def test_an_answer_that_another_worker_sent_meanwhile_is_not_given_anew(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    turns.run(write("¿cuánto cuesta el sentra 2019?").pk, lambda _: None)
    as_read_before = Message.objects.get(author="assistant")
    deliver_all()
    Vehicle.objects.filter(stock_id=201).update(status="sold")
    assert not delivery._take(as_read_before)
    assert Message.objects.get(author="customer").handling == "answered"
    assert state(as_read_before) == "sent"


def test_the_notice_of_a_handoff_goes_out_without_the_car_that_was_sold_meanwhile(
    customer: Customer, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    staff.take_over(customer)
    message = outgoing(customer, "El Sentra cuesta $268,999. Te paso.", is_notice=True, cars={"201": "268999.00"})
    Vehicle.objects.filter(stock_id=201).update(status="sold")
    tasks.deliver_message(message.pk)
    assert state(message) == "sent"
    (sent,) = twilio.bodies()
    assert "268,999" not in sent
    assert "persona del equipo" in sent
    assert message.text == sent


def test_the_notice_of_a_handoff_does_not_go_out_after_an_opt_out(customer: Customer, twilio: TwilioServer) -> None:
    notice = outgoing(customer, "Te paso con una persona", is_notice=True)
    age(customer, opted_out_at=timedelta(seconds=-1))
    tasks.deliver_message(notice.pk)
    assert state(notice) == "cancelled"


# --- When Twilio does not say yes ---------------------------------------------------------------------------------


def test_429_is_tried_again_when_twilio_says(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append(429)
    twilio.retry_after = "7"
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert state(message) == "queued"
    assert delivery.due(10) == []
    make_due(message)
    deliver_all()
    assert twilio.bodies() == ["¡Hola!"]
    assert state(message) == "sent"


def test_a_refused_connection_is_tried_again(customer: Customer) -> None:
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert state(message) == "queued"
    assert "Twilio" in message.error


def test_it_is_tried_again_until_the_24_hours_are_over(customer: Customer) -> None:
    message = outgoing(customer, attempts=200)
    tasks.deliver_message(message.pk)
    assert state(message) == "queued"
    assert Message.objects.filter(next_step_at__lte=Now() + timedelta(minutes=5)).exists()
    age(customer, last_inbound_at=timedelta(hours=24))
    make_due(message)
    tasks.deliver_message(message.pk)
    assert state(message) == "cancelled"


def test_a_400_ends_it_with_words_for_staff(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append(400)
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert state(message) == "failed"
    assert message.error.endswith("(21211)")


@pytest.mark.parametrize("step", ["lost", "gone", 502, "html"])
def test_an_answer_that_is_none_is_unknown_and_not_sent_again_at_once(
    customer: Customer, twilio: TwilioServer, step: int | str
) -> None:
    twilio.script.append(step)
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    assert state(message) == "unknown"
    tasks.deliver_message(message.pk)
    assert len(twilio.posts) == 1


def test_an_unknown_message_that_twilio_has_is_adopted(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append("lost")
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    make_due(message)
    deliver_all()
    assert state(message) == "sent"
    assert message.sid == twilio.taken[0]["sid"]
    assert len(twilio.posts) == 1


def test_an_unknown_message_that_twilio_has_not_is_sent_once_more_and_flagged(
    customer: Customer, twilio: TwilioServer
) -> None:
    twilio.script.extend(["gone", 201])
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    make_due(message)
    deliver_all()
    assert state(message) == "unknown", "one look is not enough"
    make_due(message)
    deliver_all()
    deliver_all()
    assert twilio.bodies() == ["¡Hola!"]
    assert state(message) == "sent"
    assert message.possible_duplicate


def test_a_second_unknown_is_looked_for_again_and_then_given_up(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.extend(["gone", "gone"])
    message = outgoing(customer)
    for _ in range(8):
        make_due(message)
        tasks.deliver_message(message.pk)
    assert state(message) == "failed"
    assert len(twilio.posts) == 2


def test_a_list_that_can_not_be_read_settles_nothing(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append("gone")
    twilio.list_status = 503
    message = outgoing(customer)
    for _ in range(4):
        make_due(message)
        tasks.deliver_message(message.pk)
    assert state(message) == "unknown"
    assert len(twilio.posts) == 1


def test_a_list_that_can_not_be_read_for_a_day_ends_it(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer, delivery="unknown", sending_at=Now() - timedelta(hours=24))
    twilio.list_status = 503
    make_due(message)
    tasks.deliver_message(message.pk)
    assert state(message) == "failed"


def test_twilios_clock_may_be_a_minute_behind_ours(customer: Customer, twilio: TwilioServer) -> None:
    twilio.script.append("lost")
    message = outgoing(customer)
    tasks.deliver_message(message.pk)
    Message.objects.filter(pk=message.pk).update(sending_at=Now() + timedelta(minutes=1))
    make_due(message)
    deliver_all()
    assert state(message) == "sent"


def test_a_worker_that_comes_late_does_not_touch_the_next_attempt(customer: Customer) -> None:
    message = outgoing(customer)
    assert delivery._take(message)
    Message.objects.filter(pk=message.pk).update(attempts=2)
    delivery._try_later(message, NotTaken("Twilio asks to wait (429)."))
    assert state(message) == "sending"


def test_a_yes_that_comes_late_stops_the_next_attempt(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer)
    assert delivery._take(message)
    Message.objects.filter(pk=message.pk).update(delivery="queued", possible_duplicate=True)
    delivery._sent(message, sid())
    assert state(message) == "sent"
    tasks.deliver_message(message.pk)
    assert twilio.posts == []


def test_messages_that_wait_for_another_do_not_keep_the_sweep_from_the_rest(customer: Customer, write: Write) -> None:
    first = outgoing(customer, "uno", delivery="unknown", next_step_at=Now() + timedelta(seconds=30))
    for n in range(3):
        make_due(outgoing(customer, str(n)))
    other = outgoing(write("hola", From="whatsapp:+5215500000002"))
    Message.objects.filter(pk=other.pk).update(next_step_at=Now())
    assert delivery.due(2) == [other.pk]
    make_due(first)
    assert delivery.due(2) == [first.pk, other.pk]


def test_a_message_of_the_same_words_is_not_mistaken_for_another(customer: Customer, twilio: TwilioServer) -> None:
    first = outgoing(customer, "¿Hola?")
    tasks.deliver_message(first.pk)
    twilio.script.append("gone")
    second = outgoing(customer, "¿Hola?")
    tasks.deliver_message(second.pk)
    make_due(second)
    deliver_all()
    assert state(second) == "unknown"


def test_a_message_whose_worker_died_while_sending_is_looked_for(customer: Customer, twilio: TwilioServer) -> None:
    message = outgoing(customer)
    assert delivery._take(message)
    assert delivery.due(10) == []
    make_due(message)
    deliver_all()
    assert state(message) == "unknown"


def test_whose_worker_died_long_ago_is_looked_for_in_that_very_step(customer: Customer, twilio: TwilioServer) -> None:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    message = outgoing(customer, delivery="sending", sending_at=an_hour_ago, next_step_at=an_hour_ago)
    delivery.deliver(message.pk)
    message.refresh_from_db()
    assert (message.delivery, message.looks) == ("unknown", 1)


def test_the_sweep_takes_up_messages_left_behind(customer: Customer) -> None:
    message = outgoing(customer)
    make_due(message)
    age(customer, lease_until=-timedelta(seconds=60))
    assert sweep.look() == [(tasks.deliver_message, message.pk)]


# --- POST /api/twilio/status ----------------------------------------------------------------------------------------


def report(post: Post, message: Message, status: str, **fields: str) -> int:
    form = {"MessageSid": message.sid or sid(), "MessageStatus": status, "AccountSid": "AC" + "a" * 32, **fields}
    return post(form, path=f"/api/twilio/status?message={message.pk}").status_code


def test_delivery_is_recorded_and_only_moves_forward(customer: Customer, post: Post) -> None:
    message = outgoing(customer, delivery="sent", sid=sid())
    for status, expected in (
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
        ("failed", "read"),
    ):
        assert report(post, message, status) == 204
        assert state(message) == expected


def test_a_failure_is_recorded_in_words(customer: Customer, post: Post) -> None:
    message = outgoing(customer, delivery="sent", sid=sid())
    report(post, message, "undelivered", ErrorCode="63016")
    assert state(message) == "failed"
    assert "(63016)" in message.error


def test_a_report_settles_an_unknown_message(customer: Customer, post: Post, twilio: TwilioServer) -> None:
    message = outgoing(customer, delivery="unknown")
    theirs = sid()
    report(post, message, "delivered", MessageSid=theirs)
    assert state(message) == "delivered"
    assert message.sid == theirs
    make_due(message)
    deliver_all()
    assert twilio.lists_asked == 0


def test_a_failure_of_one_copy_says_nothing_of_the_other(customer: Customer, post: Post) -> None:
    message = outgoing(customer, delivery="sent", sid=sid(), possible_duplicate=True)
    report(post, message, "failed", MessageSid=sid(), ErrorCode="63018")
    assert state(message) == "sent"
    report(post, message, "delivered", MessageSid=sid())
    assert state(message) == "delivered"


def test_a_report_that_comes_before_the_answer_to_the_post_is_kept(customer: Customer, post: Post) -> None:
    message = outgoing(customer, delivery="sending", sending_at=customer.created_at)
    theirs = sid()
    report(post, message, "delivered", MessageSid=theirs)
    delivery._sent(message, theirs)
    assert state(message) == "delivered"


def test_a_report_without_a_right_signature_is_403(customer: Customer, post: Post) -> None:
    message = outgoing(customer, delivery="sent")
    form = {"MessageSid": sid(), "MessageStatus": "read"}
    path = f"/api/twilio/status?message={message.pk}"
    assert post(form, path=path, **{"X-Twilio-Signature": "nonsense"}).status_code == 403
    assert state(message) == "sent"


def test_a_report_on_an_unknown_message_is_taken_so_that_twilio_stops_asking(customer: Customer, post: Post) -> None:
    form = {"MessageSid": sid(), "MessageStatus": "read"}
    assert post(form, path="/api/twilio/status?message=999999").status_code == 204


@pytest.mark.parametrize(
    "path", ["/api/twilio/status", "/api/twilio/status?message=x", "/api/twilio/status?message=-1"]
)
def test_a_report_that_names_no_message_is_400(customer: Customer, post: Post, path: str) -> None:
    assert post({"MessageSid": sid(), "MessageStatus": "read"}, path=path).status_code == 400


def test_a_report_can_not_touch_a_message_that_came_in(customer: Customer, post: Post) -> None:
    message = Message.objects.get(author="customer")
    report(post, message, "read")
    assert state(message) == ""
