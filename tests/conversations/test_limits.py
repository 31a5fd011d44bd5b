"""Nobody gets a free ride, and no message is lost: what a customer may ask in a minute and in a day, and what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models.functions import Now
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import say
from conversations import sweep, tasks, turns
from conversations.models import Customer, Handoff, Limits, Message, Turn
from inventory.models import Vehicle
from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer
from tests.conversations.conftest import Answer, Write, age, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model(llm: ResponsesServer) -> ResponsesServer:
    """A language model that answers everything with the same words."""
    llm.behave(lambda _: responses_server.says("¡Claro! ¿Qué buscas?"))
    return llm


# --- Messages a minute ------------------------------------------------------------------------------------------


def test_too_many_messages_in_a_minute_wait_for_one_answer_and_are_told_so_once(
    write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    Limits.objects.create(messages_per_minute=3)
    for n in range(8):
        customer = write(f"busco un mazda 3, {n}")
    assert answer(customer) == []
    deliver_all()
    assert twilio.bodies() == [say("es", "slowed_down")]
    assert Message.objects.filter(handling="waiting").count() == 8
    age(customer, due_at=timedelta(seconds=1), slowed_until=timedelta(seconds=1))
    assert len(answer(customer)) == 1
    assert not Message.objects.filter(handling="waiting").exists()
    assert Turn.objects.count() == 1


def test_whoever_never_stops_is_answered_within_a_minute_of_the_first_message(write: Write) -> None:
    Limits.objects.create(messages_per_minute=1)
    customer = write("hola")
    write("hola")
    age(customer, waiting_since=timedelta(seconds=59), slowed_until=timedelta(seconds=1))
    write("hola")
    assert Customer.objects.filter(due_at__lt=Now() + timedelta(seconds=2), slowed_until__gt=Now()).exists()


def test_what_comes_too_fast_during_a_turn_is_not_folded_into_it(
    write: Write, stock: dict[int, Vehicle], model: ResponsesServer
) -> None:
    Limits.objects.create(messages_per_minute=2)
    customer = write("hola")

    def interrupt(_: object) -> responses_server.Answer:
        for n in range(3):
            write(f"¿y? {n}")
        return responses_server.says("¡Hola!")

    model.behave(interrupt)
    assert turns.run(customer.pk, lambda _: None) is not None
    assert len(model.requests) == 1
    assert Message.objects.filter(handling="waiting").count() == 3
    assert Customer.objects.filter(due_at__gt=Now() + timedelta(seconds=30)).exists()


def test_an_opt_out_is_obeyed_however_fast_it_comes(write: Write, answer: Answer) -> None:
    Limits.objects.create(messages_per_minute=1)
    write("hola")
    write("hola")
    customer = write("BAJA")
    customer.refresh_from_db()
    assert customer.opted_out_at is not None


# --- One long message -------------------------------------------------------------------------------------------


def test_of_a_long_message_the_beginning_is_read_and_all_of_it_kept(write: Write, answer: Answer) -> None:
    Limits.objects.create(characters_per_message=40)
    text = "busco un mazda 3, por favor             " + "y también un sentra " * 20
    (told,) = answer(write(text))
    assert "6 Mazda 3" in told
    assert "Sentra" not in told
    assert told.endswith(say("es", "too_long_to_read"))
    assert Message.objects.get(author="customer").text == text
    assert Turn.objects.get().items.get(kind="customer").content["text"] == text[:40]


# --- A day --------------------------------------------------------------------------------------------------------


def test_after_the_turns_of_the_day_the_rules_answer_and_say_so_once(
    write: Write, answer: Answer, model: ResponsesServer
) -> None:
    Limits.objects.create(turns_per_day=2)
    assert [answer(write("hola"))[0] for _ in range(2)] == ["¡Claro! ¿Qué buscas?"] * 2
    third, fourth = answer(write("busco un mazda 3"))[0], answer(write("busco un sentra"))[0]
    assert "6 Mazda 3" in third
    assert third.endswith(say("es", "simpler_for_today"))
    assert say("es", "simpler_for_today") not in fourth
    assert list(Turn.objects.order_by("id").values_list("limit", flat=True)) == ["", "", "turns", "turns"]
    assert len(model.requests) == 2
    other = write("hola", From="whatsapp:+5215500000002", WaId="5215500000002")
    assert answer(other) == ["¡Claro! ¿Qué buscas?"]


def test_the_next_day_begins_anew(write: Write, answer: Answer, model: ResponsesServer) -> None:
    Limits.objects.create(turns_per_day=1)
    answer(write("hola"))
    Turn.objects.update(opened_at=Now() - timedelta(days=1))
    assert answer(write("hola")) == ["¡Claro! ¿Qué buscas?"]


def test_after_the_tokens_of_the_day_the_rules_answer(write: Write, answer: Answer, model: ResponsesServer) -> None:
    Limits.objects.create(tokens_per_day=300)
    answer(write("hola"))
    assert "6 Mazda 3" in answer(write("busco un mazda 3"))[0]
    assert Turn.objects.latest("id").limit == "tokens"


def test_once_the_dealerships_budget_is_spent_the_rules_answer_everybody(
    write: Write, answer: Answer, model: ResponsesServer
) -> None:
    Limits.objects.create(budget_mxn=Decimal("0.01"), input_mxn=100, output_mxn=0)
    answer(write("hola"))
    assert Turn.objects.get().cost_mxn == Decimal("0.0291")
    other = write("busco un mazda 3", From="whatsapp:+5215500000002", WaId="5215500000002")
    assert "6 Mazda 3" in answer(other)[0]
    assert Turn.objects.latest("id").limit == "budget"


def test_where_only_the_rules_serve_no_limit_is_spoken_of(write: Write, answer: Answer) -> None:
    Limits.objects.create(budget_mxn=0)
    (text,) = answer(write("hola"))
    assert say("es", "simpler_for_today") not in text
    assert Turn.objects.get().limit == ""


def test_beyond_the_last_bound_a_person_gets_the_conversation(write: Write, answer: Answer) -> None:
    Limits.objects.create(turns_per_day_most=2)
    for _ in range(2):
        answer(write("hola"))
    (text,) = answer(write("hola"))
    assert text.startswith(say("es", "very_many_messages"))
    assert Handoff.objects.get().reason == "limit"
    assert answer(write("hola")) == []
    assert Message.objects.filter(author="customer").latest("id").handling == "with_person"


def test_the_bounds_of_a_day_hold_for_what_can_not_be_read_too(write: Write, answer: Answer) -> None:
    Limits.objects.create(turns_per_day_most=1)
    for _ in range(2):
        (text,) = answer(write("", MessageType="sticker", NumMedia="1"))
    assert text.startswith(say("es", "very_many_messages"))


@given(
    fresh=st.integers(0, 10**7),
    cached=st.integers(0, 10**7),
    made=st.integers(0, 10**6),
    rate=st.decimals(0, 1000, places=4),
)
def test_cost_is_each_kind_of_token_at_its_rate(fresh: int, cached: int, made: int, rate: Decimal) -> None:
    limits = Limits(input_mxn=rate, cached_mxn=Decimal("0.2"), output_mxn=Decimal(10))
    cost = limits.cost_mxn(input_tokens=fresh + cached, cached_tokens=cached, output_tokens=made)
    assert cost * 1_000_000 == fresh * rate + cached * Decimal("0.2") + made * 10


def test_the_sweep_takes_up_who_was_slowed_down(write: Write) -> None:
    Limits.objects.create(messages_per_minute=1)
    write("hola")
    customer = write("hola")
    assert (tasks.answer_customer, customer.pk) not in sweep.look()
    age(customer, due_at=timedelta(seconds=1))
    assert (tasks.answer_customer, customer.pk) in sweep.look()
