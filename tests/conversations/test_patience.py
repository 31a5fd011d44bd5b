"""Backpressure: when work outruns the workers, who waits long gets one sentence, once, and then the answer."""

from datetime import timedelta

import pytest

from assistant.sentences import say
from conversations import lease, patience, staff
from conversations.models import Customer, Message
from tests.conversations.conftest import Answer, Write, age, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = say("es", "still_working")
LONG = timedelta(minutes=2)


@pytest.fixture
def waiting(write: Write) -> Customer:
    """Someone who has been waiting for long."""
    customer = write("busco un mazda 3")
    age(customer, due_at=LONG, waiting_since=LONG)
    return customer


def told() -> list[str]:
    return list(Message.objects.exclude(author="customer").values_list("text", flat=True))


def test_who_waits_long_is_told_once_and_then_answered(waiting: Customer, twilio: TwilioServer, answer: Answer) -> None:
    patience.ask_for(10)
    patience.ask_for(10)
    answer(waiting)
    deliver_all()
    first, second = twilio.bodies()
    assert first == SENTENCE
    assert "6 Mazda 3" in second


def test_who_wrote_a_moment_ago_is_not_told(write: Write) -> None:
    write("hola")
    patience.ask_for(10)
    assert told() == []


def test_who_waits_long_again_is_told_again(waiting: Customer, answer: Answer, write: Write) -> None:
    patience.ask_for(10)
    answer(waiting)
    Message.objects.filter(text=SENTENCE).update(created_at="2020-01-01T00:00Z")
    write("¿y a crédito?")
    age(waiting, due_at=LONG, waiting_since=LONG)
    patience.ask_for(10)
    assert told().count(SENTENCE) == 2


def test_who_is_being_answered_for_long_is_told_too(waiting: Customer) -> None:
    """The worker may have died: its lease has to end first."""
    lease.claim(waiting.pk)
    patience.ask_for(10)
    assert told() == [SENTENCE]


def test_who_is_with_a_person_is_not_told(waiting: Customer) -> None:
    staff.take_over(waiting)
    patience.ask_for(10)
    assert told() == []


def test_who_opted_out_is_not_told(write: Write) -> None:
    customer = write("alto")
    age(customer, due_at=LONG, waiting_since=LONG)
    patience.ask_for(10)
    assert told() == []
