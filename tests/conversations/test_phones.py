"""Customers whom WhatsApp shows without a phone: served like anybody, and asked for one only when somebody has to call."""

import pytest
from django.test import Client
from django.urls import reverse

from assistant.reading import phones
from conversations.models import Customer, Identity
from tests.assistant.responses_server import ResponsesServer, asks, call, says
from tests.conversations.conftest import Answer, Write

pytestmark = pytest.mark.django_db(transaction=True)

EVA = {"From": "whatsapp:MX.1A2B3C4D5E6F7G8H", "ExternalUserId": "whatsapp:MX.1A2B3C4D5E6F7G8H", "WaId": ""}
ASKED = "¿a qué teléfono te podemos llamar?"
VISIT = "quiero agendar una visita el martes a las 11 de la mañana"


def test_who_has_no_phone_is_served_and_not_asked_for_one(write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3", **EVA)
    assert "6 Mazda 3" in answer(customer)[0]
    for text in ("el segundo a 4 años con 20% de enganche", "¿dónde están?", "quiero hablar con una persona"):
        write(text, **EVA)
        assert ASKED not in "\n".join(answer(customer))


@pytest.mark.parametrize("wish", [VISIT, "llámame mañana a las 5 de la tarde"])
def test_the_phone_is_asked_for_when_somebody_has_to_call(write: Write, answer: Answer, wish: str) -> None:
    customer = write(wish, **EVA)
    assert ASKED in answer(customer)[0]
    write("claro, es el 55 1234 5678", **EVA)
    assert "Anoté tu teléfono" in answer(customer)[0]
    customer.refresh_from_db()
    assert (customer.told_phone, customer.phone) == ("+525512345678", "+525512345678")
    write("mejor el miércoles a la misma hora" if wish == VISIT else "llámame mejor a las 6 de la tarde", **EVA)
    assert ASKED not in answer(customer)[0]


@pytest.mark.parametrize(
    "wish", ["llámame mañana a las 5 de la tarde al 55 1234 5678", f"{VISIT}, mi cel es 5512345678"]
)
def test_who_gives_it_at_once_is_not_asked(write: Write, answer: Answer, wish: str) -> None:
    customer = write(wish, **EVA)
    assert ASKED not in answer(customer)[0]
    assert Customer.objects.get().told_phone == "+525512345678"


def test_whose_phone_is_shown_is_not_asked(write: Write, answer: Answer) -> None:
    assert ASKED not in answer(write(VISIT))[0]


def test_a_phone_that_is_only_said_is_nobodys_identity(write: Write, answer: Answer) -> None:
    answer(write("mi teléfono es 55 9999 0000", **EVA))
    assert [identity.kind for identity in Identity.objects.all()] == ["business_user"]
    other = write("hola", From="whatsapp:+525599990000")
    assert other != Customer.objects.get(told_phone="+525599990000")


def test_a_language_model_is_told_to_ask(write: Write, answer: Answer, llm: ResponsesServer) -> None:
    llm.script(
        asks(call("record_interest", {"kind": "callback", "note": "Quiere que le llamen."})),
        says("Anoté que quieres que te llamen; lo verá una persona del equipo. ¿A qué teléfono?"),
    )
    answer(write("que me llamen por favor", **EVA))
    assert "ask the customer for a number" in str(llm.requests[1]["input"])


def test_staff_see_the_phone_that_was_given(write: Write, answer: Answer, admin_client: Client) -> None:
    customer = write("mi teléfono es 55 9999 0000", **EVA)
    answer(customer)
    page = admin_client.get(reverse("admin:conversations_customer_change", args=[customer.pk])).content.decode()
    assert 'href="tel:+525599990000"' in page


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("55 1234 5678", "+525512345678"),
        ("es el (55) 1234-5678.", "+525512345678"),
        ("5512345678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("52 55 1234 5678", "+525512345678"),
        ("333 123 4567", "+523331234567"),
        ("55 12 34 56 78", "+525512345678"),
        ("+34 600 000 001", "+34600000001"),
        ("primero 55 1111 1111, mejor 55 2222 2222", "+525522222222"),
        ("tengo 250,000 de enganche", None),
        ("$1234567890", None),
        ("entre 2018 y 2020, menos de 60 000 km", None),
        ("un mazda 3 2018 de 250 mil a 48 meses", None),
        ("1234567890.50", None),
    ],
)
def test_phones_are_read_as_people_write_them(text: str, phone: str | None) -> None:
    assert phones.read(text) == phone
