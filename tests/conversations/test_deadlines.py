"""Nobody waits in silence for a person: the customer is told, staff are alerted, and in the end Karlos goes on."""

import threading
from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from assistant.models import OpeningHours
from assistant.sentences import say
from conversations import deadlines, staff, sweep, tasks
from conversations.models import Customer, Handoff, Item, Lead, Limits, Message
from inventory.models import Vehicle
from tests.conversations.conftest import Answer, Write, age, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def always_open(db: None) -> None:
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59, 59, 999999))


@pytest.fixture
def waiting(write: Write, answer: Answer) -> Customer:
    """Someone who asked for a person and was told that one answers."""
    customer = write("quiero hablar con una persona")
    answer(customer)
    return customer


def pass_first_deadline() -> Handoff:
    Handoff.objects.update(due_at=Now() - timedelta(seconds=1))
    return keep()


def pass_second_deadline() -> Handoff:
    Handoff.objects.update(resume_at=Now() - timedelta(seconds=1))
    return keep()


def keep() -> Handoff:
    """What the sweep finds due is done."""
    for handoff_id in deadlines.due(10):
        tasks.keep_deadline(handoff_id)
    return Handoff.objects.get()


def said(customer: Customer) -> list[str]:
    return list(customer.messages.filter(author="assistant", turn=None).order_by("id").values_list("text", flat=True))


# --- The deadline -----------------------------------------------------------------------------------------------


def test_a_handoff_has_to_be_taken_within_the_minutes_that_staff_set(write: Write, answer: Answer) -> None:
    Limits.objects.create(take_minutes=7)
    answer(write("quiero hablar con una persona"))
    waits = Handoff.objects.get()
    assert waits.due_at is not None
    assert timedelta(minutes=6) < waits.due_at - timezone.now() <= timedelta(minutes=7)


def test_while_it_is_closed_the_minutes_begin_when_it_opens(write: Write, answer: Answer) -> None:
    OpeningHours.objects.all().delete()
    tomorrow = timezone.localdate() + timedelta(days=1)
    OpeningHours.objects.create(weekday=tomorrow.weekday(), opens=time(10), closes=time(12))
    (text,) = answer(write("quiero hablar con una persona"))
    assert "a las 10:00" in text
    opens_at = timezone.make_aware(datetime.combine(tomorrow, time(10)))
    assert Handoff.objects.get().due_at == opens_at + timedelta(minutes=30)


def test_before_the_deadline_nothing_happens(waiting: Customer) -> None:
    keep()
    assert said(waiting) == []


def test_after_the_deadline_the_customer_is_told_once_and_staff_are_written_to(
    waiting: Customer, twilio: TwilioServer
) -> None:
    Limits.objects.create(alert_email="ventas@example.com")
    handoff = pass_first_deadline()
    keep()
    assert handoff.told_at is not None
    assert handoff.resume_at is not None
    assert timedelta(minutes=119) < handoff.resume_at - timezone.now() <= timedelta(minutes=120)
    (text,) = said(waiting)
    assert text.startswith(say("es", "still_waiting"))
    deliver_all()
    assert twilio.bodies()[-1] == text
    (alert,) = mail.outbox
    assert alert.to == ["ventas@example.com"]
    assert f"/admin/conversations/customer/{waiting.pk}/change/" in alert.body
    assert "Ana" not in alert.subject + str(alert.body)


def test_whoever_waits_past_closing_time_is_told_when_it_opens(waiting: Customer) -> None:
    OpeningHours.objects.all().delete()
    tomorrow = timezone.localdate() + timedelta(days=1)
    OpeningHours.objects.create(weekday=tomorrow.weekday(), opens=time(10), closes=time(12))
    handoff = pass_first_deadline()
    opens_at = timezone.make_aware(datetime.combine(tomorrow, time(10)))
    assert "a las 10:00" in said(waiting)[0]
    assert handoff.resume_at == opens_at + timedelta(minutes=120)


def test_mail_that_can_not_be_sent_changes_nothing_else(waiting: Customer, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # type: ignore[attr-defined]
    Limits.objects.create(alert_email="ventas@example.com")
    assert pass_first_deadline().told_at is not None
    assert len(said(waiting)) == 1


def test_a_handoff_that_somebody_took_has_no_deadline(waiting: Customer) -> None:
    luis = User.objects.create_user("luis", is_staff=True)
    staff.reply(waiting, "Soy Luis, ¿en qué te ayudo?", luis.pk)
    handoff = pass_first_deadline()
    assert handoff.taken_by == luis
    assert handoff.taken_at is not None
    assert said(waiting) == []


def test_a_conversation_that_staff_took_themselves_is_taken(write: Write, answer: Answer) -> None:
    customer = write("hola")
    answer(customer)
    staff.take_over(customer)
    handoff = keep()
    assert (handoff.due_at, handoff.reason) == (None, "taken")
    assert handoff.taken_at is not None


def test_who_opted_out_is_told_nothing(waiting: Customer, write: Write, answer: Answer, twilio: TwilioServer) -> None:
    Handoff.objects.update(due_at=Now() - timedelta(seconds=1))
    tasks.keep_deadline(Handoff.objects.get().pk)
    answer(write("BAJA"))
    pass_second_deadline()
    deliver_all()
    assert len(said(waiting)) == 1
    assert [body for body in twilio.bodies() if "ALTA" in body] == twilio.bodies()[-1:]
    told = Message.objects.get(turn=None, author="assistant")
    assert told.delivery == "cancelled"


# --- The second deadline ----------------------------------------------------------------------------------------


def test_after_the_second_deadline_karlos_goes_on_and_the_wish_stays_as_a_lead(waiting: Customer) -> None:
    pass_first_deadline()
    handoff = pass_second_deadline()
    keep()
    assert (handoff.ending, handoff.closed_by) == ("not_taken", None)
    assert handoff.closed_at is not None
    assert said(waiting)[1:] == [say("es", "karlos_goes_on")]
    lead = Lead.objects.get()
    assert lead.kind == "callback"
    assert "quiero hablar con una persona" in lead.note


def test_what_came_in_the_meantime_is_answered_then(
    waiting: Customer, write: Write, answer: Answer, stock: dict[int, Vehicle]
) -> None:
    write("¿cuántos mazda 3 tienen?")
    assert answer(waiting) == []
    pass_first_deadline()
    pass_second_deadline()
    (text,) = answer(waiting)
    assert "6 Mazda 3" in text
    assert not Message.objects.filter(handling="with_person").exists()
    # The thread has the words once: in the turn that answers them.
    assert Item.objects.filter(kind="customer", content__text="¿cuántos mazda 3 tienen?").count() == 1


def test_without_anything_to_answer_karlos_waits_for_the_customer(
    waiting: Customer, write: Write, answer: Answer
) -> None:
    pass_first_deadline()
    pass_second_deadline()
    waiting.refresh_from_db()
    assert waiting.due_at is None
    assert "6 Mazda 3" in answer(write("busco un mazda 3"))[0]


def test_outside_of_whatsapps_window_the_conversation_stays_with_staff(waiting: Customer) -> None:
    pass_first_deadline()
    age(waiting, last_inbound_at=timedelta(hours=24))
    handoff = pass_second_deadline()
    assert (handoff.closed_at, handoff.resume_at) == (None, None)
    assert len(said(waiting)) == 1


def test_staff_who_come_late_stop_karlos(waiting: Customer) -> None:
    pass_first_deadline()
    staff.take_over(waiting)
    assert pass_second_deadline().closed_at is None


# --- Sweep and workers ------------------------------------------------------------------------------------------


def test_the_sweep_takes_up_what_is_overdue(waiting: Customer) -> None:
    Handoff.objects.update(due_at=Now() - timedelta(seconds=1))
    assert (tasks.keep_deadline, Handoff.objects.get().pk) in sweep.look()
    tasks.keep_deadline(0)


def test_two_workers_tell_it_once(waiting: Customer) -> None:
    Handoff.objects.update(due_at=Now() - timedelta(seconds=1))
    handoff_id = Handoff.objects.get().pk

    def work() -> None:
        deadlines.keep(handoff_id)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(said(waiting)) == 1
