"""The diary: no car and nobody of the dealership is booked twice, and who asks for a taken time is offered free ones."""

import threading
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.functions import Now

from assistant.answer import BookVisit
from assistant.diary import Booked, Diary
from assistant.llm import Reply, Request
from assistant.llm.rules import Rules
from assistant.models import OpeningHours
from conversations import commitments, terminal, turns, visits
from conversations.models import Customer, Limits, Message, Turn, Visit
from conversations.terminal import Words
from inventory.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

MEXICO = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=MEXICO)
TUESDAY_AT_5 = datetime(2026, 11, 24, 17, 0, tzinfo=MEXICO)


def say(customer: Customer, text: str) -> str:
    return terminal.exchange_all(customer, [Words(text=text)], now=NOW).reply


@pytest.fixture
def ana(stock: dict[int, Vehicle]) -> Customer:
    ana = terminal.new_customer("ana")
    say(ana, "¿Puedo ver el 201 el 2026-11-24 a las 17:00?")
    return ana


@pytest.fixture
def luis(ana: Customer) -> Customer:
    return terminal.new_customer("luis")


# --- The rule ---------------------------------------------------------------------------------------------------


def test_a_car_is_seen_by_one_customer_at_a_time() -> None:
    diary = Diary(booked=(Booked(starts_at=TUESDAY_AT_5, stock_id=201),))
    for minutes, clash in ((0, "car"), (59, "car"), (-59, "car"), (60, None), (-60, None)):
        assert diary.clash(TUESDAY_AT_5 + timedelta(minutes=minutes), 201) == clash
    assert diary.clash(TUESDAY_AT_5, 202) is None
    assert diary.clash(TUESDAY_AT_5, None) is None


def test_a_person_receives_one_customer_at_a_time() -> None:
    booked = (Booked(starts_at=TUESDAY_AT_5, owner=7),)
    assert Diary(booked=booked, owner=7).clash(TUESDAY_AT_5, 202) == "owner"
    assert Diary(booked=booked, owner=8).clash(TUESDAY_AT_5, 202) is None


def test_the_house_is_full_when_as_many_are_there_at_the_same_moment() -> None:
    half = timedelta(minutes=30)
    one_after_another = (Booked(starts_at=TUESDAY_AT_5 - half), Booked(starts_at=TUESDAY_AT_5 + half))
    assert Diary(booked=one_after_another, at_once=2).clash(TUESDAY_AT_5, None) is None
    together = (Booked(starts_at=TUESDAY_AT_5), Booked(starts_at=TUESDAY_AT_5 + half))
    assert Diary(booked=together, at_once=2).clash(TUESDAY_AT_5, None) == "full"


def test_free_times_are_the_nearest_within_opening_hours_or_on_the_next_day_that_has_any(db: None) -> None:
    near = Diary(booked=(Booked(starts_at=TUESDAY_AT_5, stock_id=201),)).free_near(TUESDAY_AT_5, 201, NOW)
    assert [f"{at:%H:%M}" for at in near] == ["15:30", "16:00", "18:00"]
    OpeningHours.objects.create(weekday=1, opens=time(17), closes=time(17, 30))
    OpeningHours.objects.create(weekday=3, opens=time(10), closes=time(10, 30))
    (thursday,) = Diary(booked=(Booked(starts_at=TUESDAY_AT_5, stock_id=201),)).free_near(TUESDAY_AT_5, 201, NOW)
    assert f"{thursday:%Y-%m-%d %H:%M}" == "2026-11-26 10:00"


# --- Karlos keeps it --------------------------------------------------------------------------------------------


def test_another_customer_is_refused_the_same_car_and_offered_free_times(luis: Customer) -> None:
    said = say(luis, "¿Puedo ver el 201 el 2026-11-24 a las 17:30?")
    assert "ya tenemos otra visita" in said
    assert "martes 24 de noviembre de 2026 a las 16:00" in said
    assert "a las 18:00" in said
    assert not luis.visits.exists()
    assert "a las 18:00" in say(luis, "¿Puedo ver el 201 el 2026-11-24 a las 18:00?")
    assert luis.visits.count() == 1


def test_in_english_too(luis: Customer) -> None:
    assert "Near it I have free" in say(luis, "Can I see the 201 on 2026-11-24 at 17:00?")


def test_another_car_at_the_same_time_is_no_clash_until_the_house_is_full(luis: Customer) -> None:
    Limits.objects.create(visits_at_once=2)
    assert "Anoté tu visita" in say(luis, "¿Puedo ver el 202 el 2026-11-24 a las 17:00?")
    rosa = terminal.new_customer("rosa")
    assert "ya tenemos otra visita" in say(rosa, "¿Puedo ver el 301 el 2026-11-24 a las 17:00?")


def test_one_may_move_within_ones_own_time(ana: Customer) -> None:
    assert "17:30" in say(ana, "¿Puedo ver el 201 el 2026-11-24 a las 17:30?")
    assert ana.visits.count() == 1


def test_a_visit_belongs_to_the_customers_owner_who_receives_one_at_a_time(luis: Customer) -> None:
    paty = User.objects.create_user("paty", is_staff=True)
    Customer.objects.filter(pk=luis.pk).update(owner=paty)
    say(luis, "¿Puedo ver el 202 el 2026-11-24 a las 17:00?")
    assert Visit.objects.get(customer=luis).owner == paty
    rosa = terminal.new_customer("rosa")
    Customer.objects.filter(pk=rosa.pk).update(owner=paty)
    assert "ya tenemos otra visita" in say(rosa, "¿Puedo ver el 301 el 2026-11-24 a las 17:00?")


def test_a_time_that_is_taken_between_look_and_record_is_told_honestly(ana: Customer, luis: Customer) -> None:
    """Ana moves into the very time that Karlos is about to promise Luis."""
    wanted = TUESDAY_AT_5 + timedelta(hours=1)
    luis_wrote = Message.objects.create(
        customer=luis, author="customer", text="¿Puedo ver el 201 el 2026-11-24 a las 18:00?", handling="waiting"
    )
    Customer.objects.filter(pk=luis.pk).update(due_at=Now(), waiting_since=Now())
    model = _TakesMeanwhile(ana, wanted)
    turn = turns.run(luis.pk, lambda _: None, now=NOW, models=[model])
    assert turn is not None
    assert luis_wrote.customer == luis
    told = "\n".join(turn.messages.filter(author="assistant").values_list("text", flat=True))
    assert "ya tenemos otra visita" in told
    assert "Anoté tu visita" not in told
    assert not luis.visits.exists()
    assert Visit.objects.get().starts_at == wanted


class _TakesMeanwhile:
    """The rules, with somebody who books while they put their answer into words."""

    def __init__(self, other: Customer, at: datetime) -> None:
        self.rules, self.other, self.at, self.is_taken = Rules(), other, at, False

    def respond(self, request: Request) -> Reply:
        reply = self.rules.respond(request)
        if reply.text and not self.is_taken:
            self.is_taken = True
            commitments.apply(BookVisit(starts_at=self.at, stock_id=201), self.other)
        return reply


def test_of_two_who_book_at_the_same_moment_one_succeeds(stock: dict[int, Vehicle]) -> None:
    """Both have looked before either writes; on SQLite and PostgreSQL alike."""
    customers = [terminal.new_customer(name) for name in ("ana", "luis", "rosa", "juan")]
    together = threading.Barrier(len(customers))
    outcomes: list[str] = []

    def book(customer: Customer) -> None:
        try:
            together.wait(timeout=20)
            with transaction.atomic():
                visits.book(BookVisit(starts_at=TUESDAY_AT_5, stock_id=201), customer, None)
            outcomes.append("booked")
        except visits.Taken:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=book, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["booked", "taken", "taken", "taken"]
    assert Visit.objects.count() == 1


def test_a_turn_that_is_refused_leaves_its_receipt(luis: Customer) -> None:
    say(luis, "¿Puedo ver el 201 el 2026-11-24 a las 17:00?")
    use = Turn.objects.filter(customer=luis).latest("id").tool_uses.get(name="book_visit")
    assert "[taken]" in use.result["error"]
