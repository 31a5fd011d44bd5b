"""Cars that customers wait for: when one comes, whatever way, staff are told once; Karlos writes to nobody."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from conversations import alerts, tasks, terminal, watches
from conversations.models import Arrival, Customer, Lead, Limits, Message, Visit
from conversations.terminal import Words
from inventory.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=ZoneInfo("America/Mexico_City"))


def say(customer: Customer, text: str) -> str:
    return terminal.exchange_all(customer, [Words(text=text)], now=NOW).reply


@pytest.fixture
def ana(stock: dict[int, Vehicle]) -> Customer:
    Limits.objects.create(alert_email="ventas@example.com")
    watches.look()
    return terminal.new_customer("ana")


def civic(**said: object) -> Vehicle:
    usual = {"stock_id": 900, "make": "Honda", "model": "Civic", "year": 2020, "mileage_km": 30_000}
    return Vehicle.objects.create(**(usual | {"price_mxn": Decimal(300_000)} | said))


def test_what_is_waited_for_is_kept_so_that_the_stock_can_be_searched_by_it(ana: Customer) -> None:
    say(ana, "avísame si llega un civic 2020 automático de menos de 320 mil")
    lead = Lead.objects.get()
    assert lead.wish["models"] == ["civic"]
    assert lead.wish["price_max_mxn"] == "320000"
    assert (lead.wish["year_min"], lead.wish["year_max"]) == (2020, 2020)
    assert "automatic" in lead.wish["transmissions"]
    assert lead.due_at is None


def test_who_asks_to_be_told_after_a_search_waits_for_what_was_searched(ana: Customer) -> None:
    say(ana, "¿tienen honda civic 2020?")
    say(ana, "avísame cuando llegue")
    assert Lead.objects.get().wish == {"models": ["honda civic"], "year_min": 2020, "year_max": 2020}


def test_waiting_for_another_car_is_another_lead_and_the_same_again_is_not(ana: Customer) -> None:
    for text in ("avísame si llega un civic", "avísame si llega un jetta", "avísame si llega un civic"):
        say(ana, text)
    assert [lead.wish["models"] for lead in Lead.objects.order_by("pk")] == [["civic"], ["jetta"]]


def test_a_car_that_comes_is_work_for_staff_and_a_mail_once_and_no_message(ana: Customer) -> None:
    say(ana, "avísame si llega un civic 2020 de menos de 320 mil")
    messages = Message.objects.count()
    civic(stock_id=899, year=2015)
    civic(stock_id=898, price_mxn=Decimal(400_000))
    car = civic()
    assert watches.look() == 1
    lead = Lead.objects.get()
    assert lead.due_at is not None
    assert [arrival.vehicle for arrival in lead.arrivals.all()] == [car]
    (sent,) = mail.outbox
    assert f"/admin/inventory/vehicle/{car.pk}/change/" in sent.body
    assert f"/admin/conversations/customer/{ana.pk}/change/" in sent.body
    assert "ana" not in sent.body.lower().replace("/admin", "")
    assert watches.look() == 0
    assert Message.objects.count() == messages


def test_a_car_that_is_made_available_again_has_come_too_but_is_told_of_once(ana: Customer) -> None:
    car = civic(status="reserved")
    watches.look()
    say(ana, "avísame si llega un civic 2020")
    assert watches.look() == 0
    for status in ("available", "reserved", "available"):
        Vehicle.objects.filter(pk=car.pk).update(status=status)
        watches.look()
    assert Arrival.objects.count() == 1
    assert len(mail.outbox) == 1


def test_who_waits_for_one_certain_car_is_told_of_that_one(ana: Customer) -> None:
    Vehicle.objects.filter(stock_id=201).update(status="reserved")
    watches.look()
    say(ana, "avísame si se libera el 201")
    lead = Lead.objects.get()
    assert lead.wish == {"stock_ids": [201]}
    Vehicle.objects.filter(stock_id=201).update(status="available")
    assert watches.look() == 1


def test_an_import_in_bulk_is_seen_in_bounded_steps(ana: Customer, tmp_path: Path) -> None:
    say(ana, "avísame si llega un civic")
    rows = [f"{800 + n},30000,{300000 + n},Honda,Civic,2020,EX" for n in range(5)]
    stock_file = tmp_path / "stock.csv"
    stock_file.write_text("\n".join(["stock_id,km,price,make,model,year,version", *rows]))
    call_command("import_vehicles", str(stock_file))
    assert watches.look(cars_most=2) == 5
    assert len(mail.outbox) == 1
    assert Arrival.objects.filter(lead__customer=ana).count() == 5


def test_a_car_of_which_something_is_not_recorded_may_be_the_one(ana: Customer) -> None:
    say(ana, "avísame si llega un civic rojo")
    civic(stock_id=897, colour="Azul")
    civic(stock_id=896, colour="")
    assert watches.look() == 1


def test_a_watch_that_is_done_is_over(ana: Customer) -> None:
    say(ana, "avísame si llega un civic")
    Lead.objects.update(done_at=Now())
    civic()
    assert watches.look() == 0


# --- Promises ---------------------------------------------------------------------------------------------------


def test_a_callback_is_due_when_the_customer_wants_to_be_called(ana: Customer) -> None:
    say(ana, "me pueden llamar mañana a las 5 de la tarde?")
    lead = Lead.objects.get()
    assert f"{timezone.localtime(lead.due_at):%Y-%m-%d %H:%M}" == "2026-11-24 17:00"


def test_work_belongs_to_the_customers_owner(ana: Customer) -> None:
    paty = User.objects.create_user("paty", is_staff=True)
    Customer.objects.filter(pk=ana.pk).update(owner=paty)
    say(ana, "quiero vender mi vitara 2021")
    assert Lead.objects.get().owner == paty


def test_what_is_overdue_is_told_to_staff_once(ana: Customer) -> None:
    say(ana, "me pueden llamar?")
    ago = timezone.now() - timedelta(minutes=1)
    Lead.objects.update(due_at=timezone.now() + timedelta(minutes=5))
    visit = Visit.objects.create(customer=ana, starts_at=timezone.now() + timedelta(days=1), due_at=ago)
    assert alerts.of_overdue() == 1
    Lead.objects.update(due_at=ago)
    assert alerts.of_overdue() == 1
    assert alerts.of_overdue() == 0
    first, second = mail.outbox
    assert f"/admin/conversations/visit/{visit.pk}/change/" in first.body
    assert f"/admin/conversations/lead/{Lead.objects.get().pk}/change/" in second.body


def test_the_worker_sees_to_both(ana: Customer, redis: None) -> None:
    say(ana, "avísame si llega un civic")
    civic()
    tasks.see_to_promises()
    assert Arrival.objects.count() == 1
