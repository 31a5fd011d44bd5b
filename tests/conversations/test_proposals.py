"""Karlos proposes, staff approve: nothing of his goes out unseen, and nobody waits unseen either."""

from datetime import time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.db.models.functions import Now
from django.test import Client

from assistant.models import OpeningHours
from conversations import proposals, staff, sweep, tasks
from conversations.models import Customer, Handoff, Item, Limits, Message, Quote, Turn
from conversations.staff import NotSent
from inventory.models import Vehicle
from tests.conversations.conftest import Answer, Write, age, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def proposing(transactional_db: None) -> None:
    """Staff approve what Karlos proposes; the dealership never closes."""
    Limits.objects.create(proposes=True, alert_email="gerente@example.com")
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(0), closes=time(23, 59, 59, 999999))


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", is_staff=True, first_name="Ana", last_name="Ruiz")


def newest() -> int:
    return Message.objects.latest("id").pk


def proposal() -> Message:
    return Message.objects.get(delivery="proposed")


def wait_out(customer: Customer) -> None:
    """Let the minutes until a person answers pass."""
    Message.objects.filter(customer=customer, delivery="proposed").update(next_step_at=Now() - timedelta(seconds=1))


def test_a_proposal_waits_until_it_is_approved_and_goes_out_once(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    sweep.look()
    deliver_all()
    assert twilio.posts == []
    turn = proposal().turn_id or 0
    proposals.approve(customer, ana.pk, turn, seen=newest())
    with pytest.raises(NotSent):
        proposals.approve(customer, ana.pk, turn, seen=newest())
    deliver_all()
    (sent,) = twilio.bodies()
    assert "6 Mazda 3" in sent
    assert not customer.is_with_person
    message = Message.objects.get(author="assistant")
    assert (message.user, message.delivery) == (ana, "sent")


def test_edited_words_are_staffs_and_karlos_knows_them_instead_of_his_own(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    proposals.approve(customer, ana.pk, proposal().turn_id or 0, seen=newest(), edited="Hola, tenemos seis. ¿Cuál?")
    deliver_all()
    assert twilio.bodies() == ["Hola, tenemos seis. ¿Cuál?"]
    sent = Message.objects.get(delivery="sent")
    assert (sent.author, sent.user) == ("staff", ana)
    assert not customer.is_with_person
    kinds = list(Item.objects.values_list("kind", flat=True))
    assert "assistant" not in kinds
    assert kinds.count("staff") == 1
    answer(write("el segundo"))
    assert "Mazda 3 2016" in proposals.text(proposals.of(customer))


def test_an_edited_schedule_keeps_its_document(write: Write, answer: Answer, twilio: TwilioServer, ana: User) -> None:
    customer = write("el sentra a 60 meses con 50 mil de enganche, con tabla de amortización")
    answer(customer)
    turn = proposals.of(customer)[0].turn_id or 0
    proposals.approve(customer, ana.pk, turn, seen=newest(), edited="Aquí va tu tabla")
    deliver_all()
    assert [("MediaUrl" in post, post.get("Body")) for post in twilio.posts] == [
        (False, "Aquí va tu tabla"),
        (True, None),
    ]


def test_who_discards_a_proposal_has_the_conversation(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("el sentra 2019 a 48 meses con 20% de enganche")
    answer(customer)
    assert Quote.objects.exists()
    proposals.discard(customer, ana.pk, proposal().turn_id or 0)
    deliver_all()
    assert twilio.posts == []
    assert Handoff.objects.get().taken_by == ana
    assert not Quote.objects.exists()
    assert list(Item.objects.values_list("kind", flat=True)) == ["customer"]
    assert Message.objects.get(author="customer").handling == "with_person"


def test_a_reply_of_a_persons_own_takes_the_place_of_a_proposal(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    staff.reply(customer, "Soy Ana, te llamo", ana.pk, seen=newest())
    deliver_all()
    assert twilio.bodies() == ["Soy Ana, te llamo"]
    assert not proposals.of(customer)


def test_another_message_withdraws_the_proposal_and_both_are_answered_in_one(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    old = proposal()
    write("y también un sentra")
    with pytest.raises(NotSent):
        proposals.approve(customer, ana.pk, old.turn_id or 0, seen=newest())
    answer(customer)
    turn = proposal().turn
    assert turn is not None
    assert turn.messages.filter(author="customer").count() == 2
    assert Turn.objects.get(pk=old.turn_id or 0).replaced_by == turn
    proposals.approve(customer, ana.pk, turn.pk, seen=newest())
    deliver_all()
    assert len(twilio.posts) == 1


def test_nothing_is_approved_of_a_car_that_was_repriced_meanwhile(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("¿cuánto cuesta el sentra 2019?")
    answer(customer)
    Vehicle.objects.filter(stock_id=201).update(price_mxn=275_000)
    with pytest.raises(NotSent):
        proposals.approve(customer, ana.pk, proposal().turn_id or 0, seen=newest())
    answer(customer)
    assert "$275,000" in proposal().text
    proposals.approve(customer, ana.pk, proposal().turn_id or 0, seen=newest())
    Vehicle.objects.filter(stock_id=201).update(price_mxn=280_000)
    deliver_all()
    assert twilio.posts == []


def test_nothing_is_approved_outside_whatsapps_window_or_after_an_opt_out(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    age(customer, last_inbound_at=timedelta(hours=24))
    with pytest.raises(NotSent):
        proposals.approve(customer, ana.pk, proposal().turn_id or 0, seen=newest())
    write("baja")
    assert not proposals.of(customer)
    answer(customer)
    deliver_all()
    (confirmed,) = twilio.bodies()
    assert "no" in confirmed.lower()


def test_what_hands_over_or_confirms_an_opt_out_needs_no_approval(
    write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    answer(write("quiero hablar con una persona"))
    deliver_all()
    assert "persona" in twilio.bodies()[0]
    assert not Message.objects.filter(delivery="proposed").exists()


def test_what_one_customer_is_answered_may_need_approval_while_others_are_answered(
    write: Write, answer: Answer, twilio: TwilioServer, admin_client: Client
) -> None:
    Limits.objects.update(proposes=False)
    customer, page = write("busco un mazda 3"), "/admin/conversations/customer/{}/"
    admin_client.post(f"{page.format(customer.pk)}propose/", {"proposes": "1"})
    answer(customer)
    answer(write("busco un sentra", From="whatsapp:+5215500000001", WaId="5215500000001"))
    deliver_all()
    assert len(twilio.posts) == 1
    assert proposal().customer == customer
    assert "Karlos propone" in admin_client.get(f"{page.format(customer.pk)}change/").content.decode()
    admin_client.post(f"{page.format(customer.pk)}propose/", {"proposes": "0"})
    answer(write("y también un sentra"))
    deliver_all()
    assert len(twilio.posts) == 2
    done = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert done == ["Karlos only proposes to this customer", "Karlos answers this customer by himself"]


def test_when_nobody_approves_in_time_the_customer_is_told_staff_are_alerted_and_karlos_does_not_go_on(
    write: Write, answer: Answer, twilio: TwilioServer, ana: User
) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    sweep.look()
    assert not Handoff.objects.exists()
    wait_out(customer)
    sweep.look()
    handoff = Handoff.objects.get()
    assert (handoff.reason, handoff.taken_at) == ("not_approved", None)
    tasks.keep_deadline(handoff.pk)
    deliver_all()
    assert twilio.bodies() == ["Gracias por tu paciencia. El equipo ya tiene otro aviso y te responde por aquí mismo."]
    assert len(mail.outbox) == 1
    handoff.refresh_from_db()
    assert handoff.resume_at is None
    proposals.approve(customer, ana.pk, proposal().turn_id or 0, seen=newest())
    deliver_all()
    assert "6 Mazda 3" in twilio.bodies()[-1]
    assert not customer.is_with_person


def test_a_proposal_is_not_approved_unseen_after_somebody_else_wrote(write: Write, answer: Answer, ana: User) -> None:
    customer = write("busco un mazda 3")
    answer(customer)
    luis = User.objects.create_user("luis", is_staff=True)
    Message.objects.create(customer=customer, author="staff", user=luis, text="Hola", delivery="queued")
    with pytest.raises(NotSent, match="luis"):
        proposals.approve(customer, ana.pk, proposal().turn_id or 0, seen=proposal().pk)


def test_a_failure_is_told_at_once(write: Write) -> None:
    customer = write("busco un mazda 3")
    age(customer, due_at=timedelta(seconds=1))
    Turn.objects.create(customer=customer, attempts=3)
    tasks.answer_customer(customer.pk)
    assert Message.objects.get(author="assistant").delivery == "queued"
