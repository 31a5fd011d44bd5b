"""Messages that Twilio could not bring to us are found in its list and answered, late and saying so."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
import time_machine
from django.db.models.functions import Now
from django.utils import timezone

from assistant.sentences import say
from conversations import missed, tasks
from conversations.models import Customer, Message
from inventory.models import Vehicle
from tests.conftest import redis_is_emptied
from tests.conversations.conftest import NUMBER, Answer, Write, deliver_all, sid
from tests.conversations.twilio_server import TwilioServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis")]

MINUTE = timedelta(minutes=1)
ANA = "whatsapp:+5215512345678"


def left_behind(twilio: TwilioServer, text: str, ago: timedelta, *, message_sid: str = "", **fields: str) -> str:
    """Twilio has it, and could not bring it to us."""
    moment = format_datetime(timezone.now() - ago)
    message = {
        "sid": message_sid or sid(),
        "from": ANA,
        "to": NUMBER,
        "body": text,
        "status": "received",
        "direction": "inbound",
        "num_media": "0",
        "date_created": moment,
        "date_sent": moment,
        "date_updated": moment,
    }
    twilio.received.append(message | fields)
    return str(message["sid"])


def test_a_message_that_was_missed_is_answered_and_the_answer_says_that_it_is_late(
    twilio: TwilioServer, stock: dict[int, Vehicle]
) -> None:
    found = left_behind(twilio, "busco un mazda 3", 30 * MINUTE)
    tasks.collect_missed()
    message = Message.objects.get(sid=found)
    tasks.answer_customer(message.customer_id)
    deliver_all()
    (body,) = twilio.bodies()
    assert body.startswith(say("es", "late"))
    assert "6 Mazda 3" in body


def test_a_message_that_came_in_is_not_taken_twice(twilio: TwilioServer, write: Write) -> None:
    known = sid()
    write("Hola", MessageSid=known)
    left_behind(twilio, "Hola", 5 * MINUTE, message_sid=known)
    assert missed.collect() == 0
    assert Message.objects.count() == 1


def test_several_are_taken_in_their_order(twilio: TwilioServer) -> None:
    for number, ago in ((1, 9), (2, 8), (3, 7)):
        left_behind(twilio, f"Mensaje {number}", ago * MINUTE)
    missed.collect()
    assert list(Message.objects.values_list("text", flat=True)) == ["Mensaje 1", "Mensaje 2", "Mensaje 3"]


def test_one_that_may_still_be_on_its_way_is_left_to_the_webhook(twilio: TwilioServer) -> None:
    """It brings the customer's name, the ad and the button."""
    left_behind(twilio, "Hola", MINUTE)
    assert missed.collect() == 0


def test_a_worker_whose_clock_is_ahead_does_not_overtake_the_webhook(twilio: TwilioServer) -> None:
    left_behind(twilio, "Hola", MINUTE)
    with time_machine.travel(timezone.now() + 3 * MINUTE):
        assert missed.collect() == 0


def test_whatsapps_window_counts_from_when_it_was_written(twilio: TwilioServer) -> None:
    left_behind(twilio, "Hola", 23 * 60 * MINUTE)
    missed.collect()
    customer = Customer.objects.get()
    assert customer.last_inbound_at is not None
    assert timezone.now() - customer.last_inbound_at > 22 * 60 * MINUTE


def test_a_later_message_keeps_the_window_open(twilio: TwilioServer, write: Write) -> None:
    write("Hola")
    left_behind(twilio, "¿Siguen ahí?", 60 * MINUTE)
    assert missed.collect() == 1
    assert Customer.objects.filter(last_inbound_at__gt=Now() - 5 * MINUTE).exists()


def test_after_the_window_nothing_is_taken_in(twilio: TwilioServer) -> None:
    left_behind(twilio, "Hola", 24 * 60 * MINUTE)
    assert missed.collect() == 0
    assert not Customer.objects.exists()


def test_what_we_sent_ourselves_is_no_message_of_a_customer(twilio: TwilioServer) -> None:
    left_behind(twilio, "Hola", 5 * MINUTE, direction="outbound-api")
    assert missed.collect() == 0


def test_a_list_that_cannot_be_read_is_read_from_the_same_place_next_time(twilio: TwilioServer) -> None:
    left_behind(twilio, "Hola", 30 * MINUTE)
    twilio.list_status = 503
    assert missed.collect() == 0
    twilio.list_status = 200
    assert missed.collect() == 1


def test_the_next_look_begins_where_the_last_ended(twilio: TwilioServer) -> None:
    missed.collect()
    left_behind(twilio, "Hola", 60 * MINUTE)
    assert missed.collect() == 0
    redis_is_emptied()  # what was only there is looked for anew
    assert missed.collect() == 1


def test_words_of_farewell_are_obeyed_though_late(twilio: TwilioServer, write: Write, answer: Answer) -> None:
    customer = write("Hola")
    answer(customer)
    left_behind(twilio, "ALTO", 5 * MINUTE)
    missed.collect()
    customer.refresh_from_db()
    assert customer.opted_out_at is not None
