"""Visits and leads: what Karlos notes becomes work for a person, once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from assistant.models import OpeningHours
from conversations import terminal
from conversations.models import Customer, Lead, Visit
from conversations.terminal import Exchange, Words
from inventory.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

# A Monday; the example hours are Monday to Friday 9 to 19 and Saturday 9 to 15.
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.fixture
def ana(stock: dict[int, Vehicle]) -> Customer:
    return terminal.new_customer("ana")


def say(customer: Customer, text: str) -> Exchange:
    return terminal.exchange_all(customer, [Words(text=text)], now=NOW)


def visit() -> tuple[str, str]:
    noted = Visit.objects.get()
    return f"{timezone.localtime(noted.starts_at):%Y-%m-%d %H:%M}", noted.state


def test_a_visit_is_noted_for_the_car_in_focus_with_its_full_date(ana: Customer) -> None:
    say(ana, "me interesa el 201")
    said = say(ana, "lo puedo ver mañana a las 5?")
    assert "martes 24 de noviembre de 2026 a las 17:00" in said.reply
    assert "confirme" in said.reply
    assert visit() == ("2026-11-24 17:00", "asked")
    noted = Visit.objects.get()
    assert noted.vehicle is not None
    assert noted.vehicle.stock_id == 201
    assert noted.due_at <= timezone.now() + timedelta(hours=2, minutes=1)


def test_without_a_day_the_customer_is_asked_and_nothing_is_noted(ana: Customer) -> None:
    assert "?" in say(ana, "quiero agendar una cita").reply
    assert not Visit.objects.exists()


def test_confirming_keeps_the_one_visit(ana: Customer) -> None:
    say(ana, "¿Puedo ver el 201 el 2026-11-24 a las 17:00?")
    assert "17:00" in say(ana, "si va, ahi nos vemos").reply
    assert Visit.objects.count() == 1


def test_another_day_moves_the_visit_and_keeps_its_time(ana: Customer) -> None:
    say(ana, "¿Puedo ver el 201 el 2026-11-28 a las 11:00?")
    Visit.objects.update(state="confirmed")
    said = say(ana, "ya no puedo ir el sabado, mejor el lunes")
    assert "lunes 30 de noviembre de 2026 a las 11:00" in said.reply
    assert visit() == ("2026-11-30 11:00", "asked")


def test_a_visit_is_called_off(ana: Customer) -> None:
    say(ana, "¿Puedo ver el 201 el 2026-11-28 a las 11:00?")
    assert "cancel" in say(ana, "cancela mi visita").reply
    assert visit()[1] == "cancelled"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("puedo ir mañana a las 8:15 pm?", "9:00"),
        ("puedo ir el domingo a las 11?", "no abrimos"),
        ("puedo ir hoy a las 10 am?", "ya pasó"),
        ("puedo ir el 2027-11-24 a las 11:00?", "Falta mucho"),
    ],
)
def test_a_time_that_does_not_work_is_refused_with_the_reason(ana: Customer, text: str, words: str) -> None:
    assert words in say(ana, text).reply
    assert not Visit.objects.exists()


def test_the_hours_that_staff_set_are_the_hours(ana: Customer) -> None:
    OpeningHours.objects.create(weekday=6, opens="10:00", closes="14:00")
    assert "no abrimos" in say(ana, "puedo ir mañana a las 11?").reply
    assert "domingo 29" in say(ana, "entonces puedo ir el domingo a las 11?").reply


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("apartamelo", "hold"),
        ("quiero vender mi vitara 2021", "trade_in"),
        ("avisame si llega un civic 2020", "watch"),
        ("me pueden llamar?", "callback"),
        ("I want to sell my car", "trade_in"),
    ],
)
def test_a_wish_for_a_person_is_noted_and_nothing_promised(ana: Customer, text: str, kind: str) -> None:
    say(ana, "me interesa el 201")
    said = say(ana, text)
    lead = Lead.objects.get()
    assert (lead.kind, lead.note) == (kind, text)
    if lead.due_at is None:
        assert kind == "watch", "nothing is to be done until such a car arrives"
    else:
        assert lead.due_at > datetime.now(UTC)
    assert not said.handed_off
    assert "person" in said.reply


def test_an_offer_is_noted_with_its_amount_and_not_accepted(ana: Customer) -> None:
    say(ana, "me interesa el 201")
    said = say(ana, "te doy 240 en efectivo hoy mismo")
    lead = Lead.objects.get()
    assert (lead.kind, lead.amount_mxn) == ("offer", Decimal(240_000))
    assert lead.vehicle is not None
    assert lead.vehicle.stock_id == 201
    assert "no puedo aceptar" in said.reply


def test_the_same_wish_twice_is_one_lead(ana: Customer) -> None:
    say(ana, "me interesa el 201")
    say(ana, "apartamelo")
    say(ana, "apartamelo por favor")
    assert Lead.objects.count() == 1


def test_staff_work_off_leads_and_visits(admin_client: Client, ana: Customer) -> None:
    say(ana, "me interesa el 201")
    say(ana, "apartamelo")
    say(ana, "lo puedo ver mañana a las 5?")
    for model in ("lead", "visit"):
        assert "Terminal" in admin_client.get(f"/admin/conversations/{model}/").content.decode()
    form = {"action": "mark_done", "_selected_action": [Lead.objects.get().pk]}
    admin_client.post("/admin/conversations/lead/", form)
    assert Lead.objects.get().done_at is not None
