"""The page of one conversation: it reads like a chat, brings itself up to date, and nobody sends what is overtaken."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from conversations import chat, presence, staff
from conversations.models import Customer, Handoff, Item, Message, Note, Turn
from inventory import photos
from inventory.models import Vehicle, VehiclePhoto
from tests.conversations.conftest import Answer, Write, age, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(write: Write, answer: Answer) -> Customer:
    customer = write("busco un mazda 3")
    answer(customer)
    Message.objects.filter(author="assistant").update(delivery="read", next_step_at=None)
    return customer


@pytest.fixture
def luis() -> User:
    return User.objects.create_user("luis", is_staff=True, first_name="Luis")


@pytest.fixture
def photo(stock: dict[int, Vehicle], settings: Settings, tmp_path: Path) -> VehiclePhoto:
    """Of the Mazda 3 of 2016."""
    settings.MEDIA_ROOT = tmp_path
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "JPEG")
    (made,) = photos.add(stock[102], [photos.prepare(ContentFile(file.getvalue(), "red.jpg"))])
    return made


def at(customer: Customer, what: str) -> str:
    return f"/admin/conversations/customer/{customer.pk}/{what}/"


def newest() -> int:
    return Message.objects.latest("id").pk


def send(client: Client, customer: Customer, text: str, what: str = "reply", **fields: Any) -> dict[str, Any]:
    """What the page is answered."""
    posted = {"text": text, "seen": newest(), **fields}
    told: dict[str, Any] = client.post(at(customer, what), posted, headers={"accept-language": "en"}).json()
    return told


def news(client: Client, customer: Customer, first: int = 0, typing: int = 0) -> dict[str, Any]:
    asked = {"first": first, "typing": typing}
    told: dict[str, Any] = client.get(at(customer, "news"), asked, headers={"accept-language": "en"}).json()
    return told


def test_a_reply_goes_out_under_its_writers_name_and_the_conversation_is_theirs(
    admin_client: Client, admin_user: User, customer: Customer, twilio: TwilioServer
) -> None:
    assert send(admin_client, customer, "Soy Luis, ¿lo quieres ver?") == {"sent": True}
    deliver_all()
    assert twilio.bodies()[-1] == "Soy Luis, ¿lo quieres ver?"
    message = Message.objects.get(author="staff")
    assert (message.user, Handoff.objects.get().taken_by) == (admin_user, admin_user)


def test_an_empty_reply_is_refused(admin_client: Client, customer: Customer) -> None:
    assert "error" in send(admin_client, customer, "   ")
    assert not Message.objects.filter(author="staff").exists()


def test_what_is_sent_twice_by_an_impatient_browser_goes_out_once(admin_client: Client, customer: Customer) -> None:
    seen = newest()
    for _ in range(2):
        assert send(admin_client, customer, "¿Lo quieres ver?", seen=seen) == {"sent": True}
    assert Message.objects.filter(author="staff").count() == 1


def test_nobody_sends_unseen_after_a_colleague_or_karlos(
    admin_client: Client, customer: Customer, luis: User, write: Write, answer: Answer
) -> None:
    seen = newest()
    staff.reply(customer, "Ya lo atiendo yo", luis.pk, seen=seen)
    refused = send(admin_client, customer, "Hola", seen=seen)
    assert refused["error"].startswith("Luis replied")
    assert "Ya lo atiendo yo" in news(admin_client, customer)["entries"]
    assert send(admin_client, customer, "Hola") == {"sent": True}
    staff.give_back(customer, None)
    seen = newest()
    answer(write("gracias"))
    assert send(admin_client, customer, "De nada", seen=seen)["error"].startswith("Karlos replied")


def test_a_customers_message_in_the_meantime_refuses_nothing(
    admin_client: Client, customer: Customer, write: Write
) -> None:
    seen = newest()
    write("¿sigues ahí?")
    assert send(admin_client, customer, "Aquí sigo", seen=seen) == {"sent": True}


def test_outside_whatsapps_window_and_after_an_opt_out_the_reply_is_refused_in_words(
    admin_client: Client, customer: Customer
) -> None:
    age(customer, last_inbound_at=timedelta(hours=24))
    assert "call them" in send(admin_client, customer, "Hola")["error"]
    assert not news(admin_client, customer)["can_write"]
    age(customer, last_inbound_at=timedelta(hours=20), opted_out_at=timedelta(hours=1))
    assert "no more messages" in send(admin_client, customer, "Hola")["error"]
    assert "closes in 3 h 5" in news(admin_client, customer)["bar"]


# --- Cars -----------------------------------------------------------------------------------------------------------


def test_a_car_goes_out_with_its_photo_and_the_figures_of_this_moment(
    admin_client: Client, customer: Customer, photo: VehiclePhoto, twilio: TwilioServer
) -> None:
    found = admin_client.get(at(customer, "cars"), {"q": "mazda 2016"}).content.decode()
    for told in ("81,250 km", "$218,500.50", "al mes", f'data-photo="{photo.pk}"', 'data-price="218500.50"'):
        assert told in found
    assert "Sentra" not in found
    send(admin_client, customer, "Mira: *Mazda 3 2016*, $218,500.50", car=102, price="218500.50", photo=photo.pk)
    deliver_all()
    posted = twilio.posts[-1]
    assert posted["Body"] == "Mira: *Mazda 3 2016*, $218,500.50"
    assert posted["MediaUrl"].startswith("https://karlos.example/media/photos/")
    message = Message.objects.get(author="staff")
    assert (message.kind, message.cars) == ("image", {"102": "218500.50"})
    assert f'<img src="{message.media}"' in news(admin_client, customer)["entries"]


def test_cars_are_shown_in_the_customers_language(
    admin_client: Client, customer: Customer, photo: VehiclePhoto
) -> None:
    Customer.objects.filter(pk=customer.pk).update(language="en")
    assert "a month" in admin_client.get(at(customer, "cars"), {"q": "102"}).content.decode()


def test_a_car_that_changed_since_it_was_chosen_is_chosen_again(
    admin_client: Client, customer: Customer, photo: VehiclePhoto
) -> None:
    Vehicle.objects.filter(stock_id=102).update(price_mxn=220_000)
    for fields in ({"price": "218500.50"}, {"price": "nonsense"}, {"price": "220000.00", "photo": 987_654}):
        assert "error" in send(admin_client, customer, "Mira", car=102, **fields)
    assert not Message.objects.filter(author="staff").exists()


def test_a_long_text_follows_its_photo(customer: Customer, twilio: TwilioServer) -> None:
    staff.reply(customer, "palabra " * 150, shown=staff.Shown(photo="/media/photos/x.jpg"))
    deliver_all()
    assert ["MediaUrl" in post for post in twilio.posts[-2:]] == [True, False]


# --- What the page shows --------------------------------------------------------------------------------------------


def test_ticks_tell_how_far_a_message_has_come_and_why_it_failed(admin_client: Client, customer: Customer) -> None:
    states = ("queued", "sent", "delivered", "read", "failed")
    for state in states:
        Message.objects.create(customer=customer, author="staff", text=state, delivery=state, error="(63015)")
    entries = news(admin_client, customer)["entries"]
    for state in states:
        assert f'class="tick {state} ' in entries
    assert entries.count("(63015)") == 2  # of what is queued, too: it is tried again


def test_earlier_messages_come_page_by_page_with_their_notes(
    admin_client: Client, customer: Customer, luis: User
) -> None:
    Message.objects.all().delete()
    made = [
        Message.objects.create(customer=customer, author="staff", text=f"({n})", delivery="sent") for n in range(90)
    ]
    for n, message in enumerate(made):
        at_then = message.created_at - timedelta(hours=90 - n)
        Message.objects.filter(pk=message.pk).update(created_at=at_then)
        if n == 45:
            Note.objects.create(customer=customer, user=luis, text="una nota", created_at=at_then)
    page = chat.latest(customer)
    assert [entry.message.text for entry in page.entries if entry.message][-1] == "(89)"
    assert not [entry for entry in page.entries if entry.note]
    second = admin_client.get(at(customer, "earlier"), {"before": page.first}).json()
    assert second["entries"].index("(45)") < second["entries"].index("una nota") < second["entries"].index("(46)")
    third = admin_client.get(at(customer, "earlier"), {"before": second["first"]}).json()
    assert "(0)" in third["entries"]
    assert "una nota" not in third["entries"]
    assert not third["has_earlier"]


def test_the_receipt_of_an_answer_tells_what_was_looked_up_and_what_it_cost(
    admin_client: Client, customer: Customer, write: Write
) -> None:
    turn = Turn.objects.get()
    Turn.objects.update(cost_mxn="0.0123")
    shown = admin_client.get(at(customer, "looked-up"), {"turn": turn.pk}, headers={"accept-language": "en"})
    assert "$0.0123 MXN" in shown.content.decode()
    assert "Search of the stock" in shown.content.decode()
    other = write("hola", From="whatsapp:+5215500000002")
    assert admin_client.get(at(other, "looked-up"), {"turn": turn.pk}).status_code == 404


def test_a_voice_note_that_is_not_here_says_so(admin_client: Client, customer: Customer) -> None:
    media = {"media": [{"url": "https://api.twilio.com/x", "type": "audio/ogg"}]}
    Message.objects.create(customer=customer, author="customer", kind="audio", handling="answered", details=media)
    entries = news(admin_client, customer)["entries"]
    assert "[voice note]" in entries
    assert "api.twilio.com" not in entries


# --- Working together -----------------------------------------------------------------------------------------------


def test_a_colleague_in_the_same_conversation_is_seen_and_that_they_write(
    admin_client: Client, customer: Customer, luis: User, redis: None
) -> None:
    assert "Luis" not in news(admin_client, customer)["bar"]
    presence.say(customer.pk, luis, is_typing=False)
    assert "Luis is here, too" in news(admin_client, customer)["bar"]
    presence.say(customer.pk, luis, is_typing=True)
    assert "Luis is writing" in news(admin_client, customer)["bar"]


def test_without_a_cache_the_page_still_works(admin_client: Client, customer: Customer) -> None:
    assert "Karlos answers" in news(admin_client, customer)["bar"]


def test_staff_take_over_give_back_and_assign_and_it_is_kept(
    admin_client: Client, admin_user: User, customer: Customer, luis: User
) -> None:
    admin_client.post(at(customer, "take-over"))
    assert Handoff.objects.get().taken_by == admin_user
    assert "You answer" in news(admin_client, customer)["bar"]
    admin_client.post(at(customer, "give-back"))
    assert Handoff.objects.get().closed_by == admin_user
    admin_client.post(at(customer, "assign"), {"owner": luis.pk})
    customer.refresh_from_db()
    assert customer.owner == luis
    assert LogEntry.objects.count() == 3


def test_who_gives_their_customer_to_another_comes_back_to_the_inbox(
    client: Client, customer: Customer, luis: User
) -> None:
    ana = User.objects.create_user("ana", is_staff=True)
    ana.user_permissions.set(Permission.objects.filter(codename="change_customer"))
    client.force_login(ana)
    assert client.post(at(customer, "assign"), {"owner": luis.pk})["Location"] == "/admin/conversations/customer/"


def test_a_note_is_for_colleagues_only(
    admin_client: Client, customer: Customer, twilio: TwilioServer, write: Write, answer: Answer
) -> None:
    admin_client.post(at(customer, "note"), {"note": "Regatea mucho"})
    assert "Regatea mucho" in news(admin_client, customer)["entries"]
    answer(write("¿y un sentra?"))
    deliver_all()
    assert not [body for body in twilio.bodies() if "Regatea" in body]
    assert not [content for content in Item.objects.values_list("content", flat=True) if "Regatea" in str(content)]


def test_a_proposal_is_shown_and_sent_edited_or_discarded_from_the_page(
    admin_client: Client, customer: Customer, twilio: TwilioServer
) -> None:
    turn = Turn.objects.get()
    for what, fields in (("approve", {}), ("approve", {"text": "Con gusto"}), ("discard", {})):
        proposed = Message.objects.create(
            customer=customer, turn=turn, part=Message.objects.count() + 5, author="assistant", delivery="proposed"
        )
        Message.objects.filter(pk=proposed.pk).update(text="¿Te lo enseño?")
        shown = news(admin_client, customer)
        assert "¿Te lo enseño?" in shown["proposal"]
        assert "¿Te lo enseño?" not in shown["entries"] or what != "approve" or fields
        posted = {"turn": turn.pk, "seen": newest(), **fields}
        assert admin_client.post(at(customer, what), posted).json() == {"sent": True}
        assert "¿Te lo enseño?" not in news(admin_client, customer)["proposal"]
        gone = admin_client.post(at(customer, what), posted)
        assert gone.status_code == 409
        deliver_all()
    assert twilio.bodies()[-2:] == ["¿Te lo enseño?", "Con gusto"]
