"""A turn: one at a time, everything the customer wrote, one answer, whatever happens on the way."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from assistant.llm import Reply, Request
from assistant.llm.rules import Rules
from assistant.models import Agent
from conversations import lease, staff, sweep, tasks, turns
from conversations.lease import LeaseLost
from conversations.models import Customer, Handoff, Item, Message, Thread, ToolUse, Turn
from inventory.models import Vehicle
from karlos_site import celery_app
from tests.assistant import responses_server
from tests.assistant.responses_server import ResponsesServer
from tests.conversations.conftest import Answer, Write, age, deliver_all, sid, texts
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


# --- The plain case ---------------------------------------------------------------------------------------------


def test_a_question_about_a_car_is_answered_from_the_stock(write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3")
    (text,) = answer(customer)
    assert "6 Mazda 3" in text
    places = [text.index(price) for price in ("$159,000", "$218,500.50", "$259,000", "$289,000", "$315,000")]
    assert places == sorted(places)
    assert "$389,000" not in text


def test_the_second_of_the_list_is_quoted_to_the_cent(write: Write, answer: Answer) -> None:
    answer(write("busco un mazda 3"))
    (text,) = answer(write("el segundo a 4 años con 20% de enganche"))
    assert "Mazda 3 2016" in text
    assert "$4,433.39 al mes" in text


def test_everything_is_recorded_with_the_answer(write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    turn = Turn.objects.get()
    assert turn.state == "done"
    assert turn.model == "rules"
    assert turn.agent == Agent.objects.get()
    assert turn.thread == Thread.objects.get()
    assert [use.name for use in turn.tool_uses.all()] == ["fetch_vehicles_data"]
    assert turn.tool_uses.get().result["total"] == 6
    assert list(Item.objects.values_list("kind", flat=True)) == ["customer", "tool_call", "tool_result", "assistant"]
    assert Message.objects.get(author="customer").handling == "answered"
    assert Message.objects.get(author="assistant").delivery == "queued"
    customer.refresh_from_db()
    assert (customer.due_at, customer.waiting_since, customer.lease_until) == (None, None, None)


def test_several_quick_messages_get_one_answer(write: Write, answer: Answer) -> None:
    for text in ("hola", "busco una camioneta", "q no pase de 400"):
        customer = write(text)
    assert len(answer(customer)) == 1
    assert Turn.objects.count() == 1
    assert Message.objects.filter(author="customer", handling="answered").count() == 3


def test_a_customer_who_is_not_due_yet_is_left_alone(write: Write, answer: Answer, settings: Settings) -> None:
    settings.ANSWER_DELAY_SECONDS = 60
    assert answer(write("hola")) == []
    assert not Turn.objects.exists()


def test_an_answered_customer_is_not_answered_again(write: Write, answer: Answer) -> None:
    customer = write("hola")
    answer(customer)
    assert answer(customer) == []
    assert Message.objects.filter(author="assistant").count() == 1


def test_a_message_that_came_during_the_turn_is_answered_in_it(write: Write, stock: dict[int, Vehicle]) -> None:
    customer = write("busco un mazda 3")

    def write_more(_: Turn) -> None:
        if Message.objects.count() == 1:
            Message.objects.create(
                customer=customer, author="customer", text="mejor un sentra", handling="waiting", sid=sid()
            )

    turn = turns.run(customer.pk, write_more)
    assert turn is not None
    assert "Sentra" in texts(turn)[0]
    assert set(turn.messages.filter(author="customer").values_list("handling", flat=True)) == {"answered"}


def test_who_never_stops_writing_is_answered_all_the_same(
    write: Write, stock: dict[int, Vehicle], llm: ResponsesServer
) -> None:
    customer = write("hola")
    llm.behave(lambda _: responses_server.says(_interrupting(customer)))
    turn = turns.run(customer.pk, lambda _: None)
    assert turn is not None
    assert len(llm.requests) == 1 + turns.FOLDS_MOST
    customer.refresh_from_db()
    assert customer.due_at is not None, "what came last is due at once, in a turn of its own"


def _interrupting(customer: Customer, *words: str) -> str:
    for text in words or ("¿y?",):
        Message.objects.create(customer=customer, author="customer", text=text, handling="waiting", sid=sid())
    connection.close()
    return "Claro que sí."


@pytest.mark.parametrize("kind", ["image", "audio", "video", "sticker", "document", "contact", "location", "other"])
def test_what_can_not_be_read_gets_a_sentence_and_no_silence(write: Write, answer: Answer, kind: str) -> None:
    customer = write("")
    Message.objects.update(kind=kind)
    (text,) = answer(customer)
    assert len(text) > 20
    assert "Traceback" not in text


def test_the_ad_a_customer_came_from_tells_the_car(write: Write, answer: Answer) -> None:
    customer = write("Hola! Quiero más información", ReferralSourceId="1", ReferralHeadline="NISSAN SENTRA 2019")
    (text,) = answer(customer)
    assert "Sentra 2019" in text


def test_english_is_answered_in_english(write: Write, answer: Answer) -> None:
    customer = write("Do you have any Mazda 3 under 250k?")
    (text,) = answer(customer)
    assert "We have 2 Mazda 3" in text
    customer.refresh_from_db()
    assert customer.language == "en"


# --- One at a time ----------------------------------------------------------------------------------------------


def test_only_one_of_many_workers_gets_the_lease(write: Write) -> None:
    customer = write("hola")
    start = threading.Barrier(8)
    won: list[object] = []

    def claim() -> None:
        start.wait()
        if held := lease.claim(customer.pk):
            won.append(held)
        connection.close()

    workers = [threading.Thread(target=claim) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(won) == 1


def test_a_lease_that_ran_out_can_be_claimed_and_the_late_worker_writes_nothing(
    write: Write, stock: dict[int, Vehicle]
) -> None:
    customer = write("busco un mazda 3")

    def be_overtaken(_: Turn) -> None:
        age(customer, lease_until=timedelta(seconds=1))
        assert lease.claim(customer.pk) is not None

    assert turns.run(customer.pk, be_overtaken) is None
    assert not Message.objects.filter(author="assistant").exists()
    assert not Item.objects.exists()
    assert Turn.objects.get().state == "open"


def test_a_turn_whose_worker_died_is_taken_up_by_the_next(write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3")
    assert turns._open(customer.pk) is not None
    assert answer(customer) == [], "the lease still holds"
    age(customer, lease_until=timedelta(seconds=1))
    assert len(answer(customer)) == 1
    assert Turn.objects.get().attempts == 2


def test_a_renewed_lease_with_an_old_fence_is_lost(write: Write) -> None:
    customer = write("hola")
    old = lease.claim(customer.pk)
    assert old is not None
    age(customer, lease_until=timedelta(seconds=1))
    lease.claim(customer.pk)
    with pytest.raises(LeaseLost):
        old.renew()


# --- Effects ----------------------------------------------------------------------------------------------------


def test_asking_for_a_person_hands_the_conversation_over_once(write: Write, answer: Answer) -> None:
    customer = write("quiero hablar con una persona")
    (text,) = answer(customer)
    assert "persona" in text
    handoff = Handoff.objects.get()
    assert handoff.reason == "asked"
    assert "quiero hablar con una persona" in handoff.summary
    assert Message.objects.get(author="assistant").is_notice


def test_karlos_is_silent_while_a_person_has_the_conversation(write: Write, answer: Answer) -> None:
    customer = write("quiero hablar con una persona")
    answer(customer)
    write("¿hola?")
    assert answer(customer) == []
    assert Message.objects.filter(author="customer").last().handling == "with_person"  # type: ignore[union-attr]
    assert Item.objects.last().content == {"text": "¿hola?"}  # type: ignore[union-attr]


def test_a_model_that_refuses_a_person_is_overruled(write: Write, answer: Answer, llm: ResponsesServer) -> None:
    llm.script(responses_server.says("Aquí no hay personas, solo yo."))
    (text,) = answer(write("pásame a un asesor"))
    assert "no hay personas" not in text
    assert Handoff.objects.get().reason == "asked"
    assert ToolUse.objects.get().name == "hand_off_to_person"
    assert Message.objects.get(author="assistant").is_notice


def test_the_words_of_an_ad_bring_in_nobody(write: Write, answer: Answer, llm: ResponsesServer) -> None:
    llm.script(responses_server.says("¡Claro! ¿Qué buscas?"))
    answer(write("hola", ReferralHeadline="Habla con un asesor"))
    assert not Handoff.objects.exists()


def test_who_is_not_understood_twice_gets_a_person(write: Write, answer: Answer) -> None:
    answer(write("hjkl qwrt"))
    assert not Handoff.objects.exists()
    answer(write("zxcv bnmp"))
    assert Handoff.objects.get().reason == "not_understood"
    assert Message.objects.filter(author="assistant").latest("id").is_notice


def test_a_person_who_takes_over_during_the_turn_stops_the_answer(write: Write, stock: dict[int, Vehicle]) -> None:
    customer = write("busco un mazda 3")
    turn = turns.run(customer.pk, lambda _: _take(customer))
    assert turn is not None
    assert texts(turn) == []
    assert Message.objects.get().handling == "with_person"
    assert "nothing was sent" in turn.remarks[-1]


def _take(customer: Customer) -> None:
    Handoff.objects.create(customer=customer, reason="taken")


def test_stop_ends_it_with_one_confirmation(write: Write, answer: Answer) -> None:
    customer = write("BAJA")
    (text,) = answer(customer)
    assert "ALTA" in text
    customer.refresh_from_db()
    assert customer.opted_out_at is not None
    write("busco un mazda 3")
    assert answer(customer) == []
    assert Message.objects.filter(author="customer").last().handling == "silenced"  # type: ignore[union-attr]


def test_stop_holds_back_at_once_what_is_still_to_go_out(write: Write, answer: Answer, twilio: TwilioServer) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    write("BAJA")
    deliver_all()
    assert twilio.bodies() == []
    assert Message.objects.get(author="assistant").delivery == "cancelled"
    answer(customer)
    deliver_all()
    (confirmation,) = twilio.bodies()
    assert "ALTA" in confirmation


def test_an_answer_that_hands_over_does_not_reach_who_opted_out_meanwhile(
    write: Write, stock: dict[int, Vehicle], llm: ResponsesServer, twilio: TwilioServer
) -> None:
    customer = write("quiero hablar con una persona")
    late = ["¿y?", "¿y?", "BAJA"]

    def interrupt(_: object) -> responses_server.Answer:
        write(late.pop(0))
        connection.close()
        return responses_server.says("Te paso con alguien.")

    llm.behave(interrupt)
    assert turns.run(customer.pk, lambda _: None) is not None
    deliver_all()
    assert Handoff.objects.exists()
    assert twilio.bodies() == []


def test_start_takes_the_opt_out_back(write: Write, answer: Answer) -> None:
    customer = write("STOP")
    answer(customer)
    assert len(answer(write("ALTA"))) == 1
    assert "6 Mazda 3" in answer(write("busco un mazda 3"))[0]


def test_a_question_right_behind_the_word_that_takes_the_opt_out_back_is_answered(write: Write, answer: Answer) -> None:
    answer(write("BAJA"))
    write("ALTA")
    (text,) = answer(write("busco un mazda 3"))
    assert "6 Mazda 3" in text
    assert not Message.objects.filter(handling="silenced").exists()
    assert Customer.objects.get().opted_out_at is None


def test_the_opt_out_is_taken_back_while_a_person_has_the_conversation(write: Write, answer: Answer) -> None:
    customer = write("BAJA")
    answer(customer)
    staff.take_over(customer)
    assert len(answer(write("ALTA"))) == 1
    customer.refresh_from_db()
    assert customer.opted_out_at is None
    write("busco un mazda 3")
    assert answer(customer) == []
    assert Message.objects.filter(author="customer").last().handling == "with_person"  # type: ignore[union-attr]


def test_of_what_came_too_late_to_be_folded_a_person_gets_the_words_and_an_opt_out_is_still_obeyed(
    write: Write, stock: dict[int, Vehicle], llm: ResponsesServer
) -> None:
    customer = write("hola")
    late = [("¿y?",), ("¿y?",), ("¿hola?", "BAJA")]

    def interrupt(_: object) -> responses_server.Answer:
        if len(late) == 1:
            staff.take_over(customer)
        return responses_server.says(_interrupting(customer, *late.pop(0)))

    llm.behave(interrupt)
    assert turns.run(customer.pk, lambda _: None) is not None
    came = Message.objects.filter(author="customer").order_by("id")
    assert [m.handling for m in came] == ["with_person"] * 4 + ["waiting"]
    said = Item.objects.filter(kind="customer").order_by("id")
    assert [item.content["text"] for item in said] == ["hola", "¿y?", "¿y?", "¿hola?"]
    turn = turns.run(customer.pk, lambda _: None)
    assert turn is not None
    assert "ALTA" in texts(turn)[0]


# --- When it breaks ---------------------------------------------------------------------------------------------


def test_a_turn_that_breaks_is_tried_again_later(write: Write, stock: dict[int, Vehicle]) -> None:
    customer = write("hola")
    assert turns.run(customer.pk, _break) is None
    customer.refresh_from_db()
    assert customer.lease_until is None
    assert customer.due_at is not None
    assert Customer.objects.filter(pk=customer.pk, due_at__gt=Now()).exists()
    assert Turn.objects.get().remarks == ["RuntimeError: a broken part"]


def _break(_: Turn) -> None:
    raise RuntimeError("a broken part")


def test_a_poison_message_fails_alone_with_an_apology_and_a_person(write: Write, stock: dict[int, Vehicle]) -> None:
    customer = write("hola")
    for _ in range(turns.ATTEMPTS_MOST):
        age(customer, due_at=timedelta(seconds=1))
        turns.run(customer.pk, _break)
    turn = Turn.objects.get()
    assert turn.state == "failed"
    assert turn.remarks[-1] == "It could not be answered in three attempts."
    assert Message.objects.get(author="customer").handling == "failed"
    assert "Disculpa" in texts(turn)[0]
    assert Handoff.objects.get().reason == "failed"
    customer.refresh_from_db()
    assert customer.due_at is None


def test_a_message_that_kills_its_worker_fails_after_three_workers(write: Write, stock: dict[int, Vehicle]) -> None:
    customer = write("hola")
    for _ in range(turns.ATTEMPTS_MOST):
        assert turns._open(customer.pk) is not None
        age(customer, lease_until=timedelta(seconds=1))
    turn = turns.run(customer.pk, lambda _: None)
    assert turn is not None
    assert turn.state == "failed"


# --- Workers and the sweep ------------------------------------------------------------------------------------------


def test_the_task_answers_shows_typing_and_delivers(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer
) -> None:
    customer = write("hola")
    tasks.answer_customer(customer.pk)
    assert twilio.typing == [Message.objects.get(author="customer").sid]
    assert twilio.bodies() == [Message.objects.get(author="assistant", delivery="sent").text]


@pytest.mark.parametrize("step", [500, "gone", "html"])
def test_a_typing_indicator_that_fails_is_no_failure(
    write: Write, stock: dict[int, Vehicle], twilio: TwilioServer, step: int | str
) -> None:
    twilio.typing_script.append(step)
    tasks.answer_customer(write("hola").pk)
    assert Turn.objects.get().state == "done"


def test_the_sweep_takes_up_whom_nobody_answers(write: Write) -> None:
    first = write("hola")
    second = write("hola", From="whatsapp:+5215500000002")
    age(first, due_at=timedelta(seconds=5))
    age(second, due_at=timedelta(seconds=50))
    assert sweep.look() == [(tasks.answer_customer, c.pk) for c in (second, first)]


def test_what_beat_asks_for_does_not_expire_by_the_clock_of_the_worker_that_gets_it() -> None:
    for entry in celery_app.conf.beat_schedule.values():
        assert "expires" not in entry.get("options", {})


def test_the_sweep_leaves_alone_whom_a_worker_has(write: Write) -> None:
    lease.claim(write("hola").pk)
    assert sweep.look() == []


def test_no_log_line_holds_a_phone_number_or_words(
    write: Write, stock: dict[int, Vehicle], caplog: pytest.LogCaptureFixture, twilio: TwilioServer
) -> None:
    caplog.set_level("INFO")
    tasks.answer_customer(write("mi secreto es busco un mazda 3").pk)
    tasks.deliver_message(Message.objects.get(author="assistant").pk)
    ours = " ".join(r.getMessage() for r in caplog.records)
    assert "Turn " in ours
    assert "5512345678" not in ours
    assert "secreto" not in ours


def test_with_a_language_model_the_turn_is_its_own(write: Write, answer: Answer, llm: ResponsesServer) -> None:
    llm.script(responses_server.says("¡Claro! ¿Qué presupuesto tienes?"))
    assert answer(write("hola")) == ["¡Claro! ¿Qué presupuesto tienes?"]
    assert Message.objects.get(author="assistant").model == responses_server.MODEL


def test_when_the_language_model_is_away_the_rules_answer_the_same_turn(
    write: Write, answer: Answer, llm: ResponsesServer
) -> None:
    llm.script(responses_server.error(401, "invalid_api_key"))
    (text,) = answer(write("busco un mazda 3"))
    assert "6 Mazda 3" in text
    turn = Turn.objects.get()
    assert turn.model == "rules"
    assert "401" in turn.remarks[0]
    assert ToolUse.objects.count() == 1


# --- True when sent -------------------------------------------------------------------------------------------------


class Selling:
    """The rules, while somebody changes a car in the admin each time they answer, as often as told."""

    def __init__(self, *changes: dict[str, Any]) -> None:
        self.changes = list(changes)

    def respond(self, request: Request) -> Reply:
        reply = Rules().respond(request)
        if reply.text and self.changes:
            Vehicle.objects.filter(stock_id=201).update(**self.changes.pop(0))
        return reply


@pytest.mark.parametrize(
    ("change", "said"),
    [({"status": "sold"}, "se acaba de vender"), ({"price_mxn": 275_000}, "ahora cuesta $275,000")],
)
def test_a_car_that_changes_before_the_answer_is_recorded_is_answered_anew_and_that_is_said(
    write: Write, stock: dict[int, Vehicle], change: dict[str, Any], said: str
) -> None:
    customer = write("¿cuánto cuesta el sentra 2019?")
    turn = turns.run(customer.pk, lambda _: None, models=[Selling(change)])
    assert turn is not None
    (text,) = texts(turn)
    assert said in text
    assert "$268,999" not in text
    assert turn.state == "done"


def test_a_car_that_never_holds_still_is_for_a_person(write: Write, stock: dict[int, Vehicle]) -> None:
    customer = write("¿cuánto cuesta el sentra 2019?")
    restless = Selling(*({"price_mxn": 268_000 + n} for n in range(9)))
    turn = turns.run(customer.pk, lambda _: None, models=[restless])
    assert turn is not None
    assert "$268" not in "".join(texts(turn))
    assert customer.is_with_person


@pytest.mark.parametrize(
    ("change", "said"),
    [({"status": "sold"}, "se acaba de vender"), ({"price_mxn": 275_000}, "ahora cuesta $275,000")],
)
def test_a_car_that_changes_after_the_guardrails_is_found_out_when_the_answer_is_recorded(
    write: Write, stock: dict[int, Vehicle], change: dict[str, Any], said: str
) -> None:
    customer = write("¿cuánto cuesta el sentra 2019?")
    judged: list[bool] = []

    def change_it() -> None:
        Vehicle.objects.filter(stock_id=201).update(**change)
        connection.close()

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if judged == [True]:
            judged.append(False)
            elsewhere = threading.Thread(target=change_it)
            elsewhere.start()
            elsewhere.join()
        if not judged and "SELECT" in sql and "inventory_vehicle" in sql and answering.has_spoken:
            judged.append(True)
        return execute(sql, *rest)

    answering = Speaking()
    with connection.execute_wrapper(watch):
        turn = turns.run(customer.pk, lambda _: None, models=[answering])
    assert turn is not None
    (text,) = texts(turn)
    assert said in text
    assert "$268,999" not in text
    assert turn.withheld == []


class Speaking(Rules):
    """The rules, with a note of whether they have given their answer: what reads the stock then are the guardrails."""

    has_spoken = False

    def respond(self, request: Request) -> Reply:
        reply = super().respond(request)
        self.has_spoken = bool(reply.text)
        return reply
