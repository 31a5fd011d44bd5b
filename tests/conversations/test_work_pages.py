"""The pages of what is to be done: one list for every kind, the calendar of visits, and what customers asked for in vain."""

import html
import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistant.models import OpeningHours
from conversations import terminal, todo, watches
from conversations.models import Customer, Gap, Handoff, Lead, Message, Visit
from conversations.terminal import Words
from inventory.models import Vehicle
from tests.conversations.conftest import Answer, Write, age, deliver_all
from tests.conversations.twilio_server import TwilioServer

pytestmark = pytest.mark.django_db(transaction=True)

TODO = "/admin/conversations/lead/todo/"
CALENDAR = "/admin/conversations/visit/calendar/"
GAPS = "/admin/conversations/gap/overview/"
HOUR = timedelta(hours=1)


@pytest.fixture
def ana(stock: dict[int, Vehicle]) -> Customer:
    return Customer.objects.create(profile_name="Ana Pérez", language="es")


@pytest.fixture
def boss(admin_client: Client) -> Client:
    admin_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    return admin_client


def lead(customer: Customer, due_in: timedelta = HOUR, **said: object) -> Lead:
    usual = {"kind": Lead.Kind.CALLBACK, "due_at": timezone.now() + due_in}
    return Lead.objects.create(customer=customer, **(usual | said))


def visit(customer: Customer, starts_in: timedelta = timedelta(days=1), **said: object) -> Visit:
    starts_at = timezone.now() + starts_in
    return Visit.objects.create(customer=customer, **({"starts_at": starts_at, "due_at": timezone.now() + HOUR} | said))


def seller(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client(HTTP_ACCEPT_LANGUAGE="es")
    client.force_login(user)
    return client


def act(client: Client, row: Lead | Visit | Handoff, **post: object) -> int:
    return client.post(f"{TODO}{row._meta.model_name}/{row.pk}/", post).status_code


# --- One list for every kind ------------------------------------------------------------------------------------


def test_everything_is_in_one_list_the_longest_overdue_first(boss: Client, ana: Customer) -> None:
    Handoff.objects.create(customer=ana, reason="asked", due_at=timezone.now() - HOUR)
    lead(ana, -2 * HOUR, kind=Lead.Kind.OFFER, amount_mxn=Decimal(240_000))
    lead(ana, kind=Lead.Kind.TRADE_IN)
    visit(ana)
    Visit.objects.create(
        customer=Customer.objects.create(profile_name="Luis"),
        starts_at=timezone.now() - timedelta(hours=24, minutes=30),
        due_at=timezone.now(),
        state="confirmed",
    )
    lead(ana, kind=Lead.Kind.WATCH, due_at=None)
    user = User.objects.get()
    kinds = [task.kind for task in todo.tasks(user)]
    assert kinds[:3] == ["offer", "handoff", "took_place"]
    assert set(kinds[3:]) == {"trade_in", "visit"}
    assert todo.counted(user) == todo.Counted(total=5, late=3)
    shown = boss.get(TODO).content.decode()
    assert "Vencido hace" in shown
    assert "Ofrece $240,000" in shown
    assert shown.index("Oferta ·") < shown.index("Espera a una persona ·") < shown.index("Auto a cuenta ·")


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_a_long_list_takes_as_many_queries_as_a_short_one(boss: Client, ana: Customer) -> None:
    lead(ana)
    boss.get(TODO)
    short = queries(boss, TODO)
    for n in range(60):
        lead(Customer.objects.create(profile_name=f"C{n}"), n * HOUR)
    assert queries(boss, TODO) == short
    assert boss.get(TODO).content.decode().count('<li class="task') == 50
    assert boss.get(f"{TODO}?p=2").content.decode().count('<li class="task') == 11


def test_mine_nobodys_and_one_kind(ana: Customer, admin_user: User) -> None:
    mine, nobodys = lead(ana, owner=admin_user), lead(ana, kind=Lead.Kind.HOLD)
    assert [task.row for task in todo.tasks(admin_user, whose="mine")] == [mine]
    assert [task.row for task in todo.tasks(admin_user, whose="nobody")] == [nobodys]
    assert [task.row for task in todo.tasks(admin_user, kind="hold")] == [nobodys]


def test_one_click_takes_gives_postpones_and_ends_a_lead(boss: Client, admin_user: User, ana: Customer) -> None:
    row, paty = lead(ana, -HOUR, alerted_at=timezone.now()), User.objects.create_user("paty", is_staff=True)
    assert act(boss, row, do="take") == 302
    row.refresh_from_db()
    assert row.owner == admin_user
    act(boss, row, do="assign", owner=paty.pk)
    act(boss, row, do="hour")
    row.refresh_from_db()
    assert row.owner == paty
    assert row.due_at is not None
    assert timedelta(minutes=59) < row.due_at - timezone.now() <= HOUR
    assert row.alerted_at is None, "who is late again is told of again"
    act(boss, row, do="done")
    row.refresh_from_db()
    assert row.done_at is not None
    history = boss.get(f"/admin/conversations/lead/{row.pk}/history/").content.decode()
    assert history.count("admin") >= 4


def test_postponed_to_tomorrow_is_due_when_the_dealership_opens(boss: Client, ana: Customer) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    OpeningHours.objects.create(weekday=tomorrow.weekday(), opens=time(10), closes=time(14))
    row = lead(ana)
    act(boss, row, do="tomorrow")
    row.refresh_from_db()
    assert row.due_at == timezone.make_aware(datetime.combine(tomorrow, time(10)))


def test_taking_a_handoff_takes_the_conversation(boss: Client, admin_user: User, ana: Customer) -> None:
    waits = Handoff.objects.create(customer=ana, reason="asked", due_at=timezone.now())
    act(boss, waits, do="take")
    waits.refresh_from_db()
    assert waits.taken_by == admin_user


def test_a_car_that_has_come_is_shown_and_one_may_go_on_waiting(boss: Client, ana: Customer) -> None:
    watches.look()
    row = lead(ana, kind=Lead.Kind.WATCH, due_at=None, wish={"models": ["civic"]})
    car = Vehicle.objects.create(stock_id=900, make="Honda", model="Civic", year=2020, mileage_km=1, price_mxn=300_000)
    watches.look()
    shown = boss.get(TODO).content.decode()
    assert "Llegó el auto que espera" in shown
    assert f"/admin/inventory/vehicle/{car.pk}/change/" in shown
    act(boss, row, do="keep_watching")
    assert "Llegó el auto que espera ·" not in boss.get(TODO).content.decode()
    row.refresh_from_db()
    assert (row.due_at, row.done_at) == (None, None)


def test_a_seller_sees_and_touches_their_own_and_nobodys(ana: Customer, boss: Client) -> None:
    client = seller("paty", "view_lead", "change_lead", "view_visit", "view_gap")
    other = Customer.objects.create(profile_name="Rosa", owner=User.objects.get(username="admin"))
    hers, free = lead(other), lead(ana)
    visit(other, vehicle=Vehicle.objects.get(stock_id=201))
    shown = client.get(TODO).content.decode()
    assert "Ana Pérez" in shown
    assert "Rosa" not in shown
    assert act(client, hers, do="done") == 404
    assert act(client, free, do="done") == 302
    assert client.get(f"/admin/conversations/lead/{hers.pk}/change/").status_code == 404
    week = client.get(f"{CALENDAR}?week={(timezone.localtime() + timedelta(days=1)):%Y-%m-%d}").content.decode()
    assert "Rosa" not in week
    assert "Ocupado" in week


def test_without_permission_there_is_no_page_and_no_click(ana: Customer) -> None:
    nobody, viewer = seller("nueva"), seller("mira", "view_lead", "view_visit", "view_gap")
    row, dated = lead(ana), visit(ana)
    for address in (TODO, CALENDAR, GAPS, "/admin/conversations/gap/blanks/colour/"):
        assert nobody.get(address).status_code == 403
    assert act(viewer, row, do="done") == 403
    assert viewer.post(f"/admin/conversations/visit/{dated.pk}/arrange/", {"state": "confirmed"}).status_code == 403
    assert viewer.get("/admin/conversations/gap/blanks/colour/").status_code == 403
    assert viewer.post("/admin/conversations/gap/blanks/colour/1/").status_code == 403
    assert viewer.get(TODO).status_code == 200


# --- Visits -----------------------------------------------------------------------------------------------------


def test_a_visit_stands_in_its_week_within_opening_hours(boss: Client, ana: Customer) -> None:
    dated = visit(ana, vehicle=Vehicle.objects.get(stock_id=201))
    day = timezone.localtime(dated.starts_at)
    shown = boss.get(f"{CALENDAR}?week={day:%Y-%m-%d}").content.decode()
    assert "Ana Pérez" in shown
    assert "por confirmar" in shown
    assert f"/admin/conversations/visit/{dated.pk}/change/" in shown
    assert "Ana Pérez" not in boss.get(f"{CALENDAR}?week={day + timedelta(days=7):%Y-%m-%d}").content.decode()
    assert boss.get(f"{CALENDAR}?week=never").status_code == 200


def test_confirming_is_one_click_and_the_customer_is_told_with_another(
    boss: Client, admin_user: User, write: Write, answer: Answer, twilio: TwilioServer
) -> None:
    customer = write("¿Puedo ver el 201 mañana a las 12:00?")
    answer(customer)
    dated = visit(customer) if not customer.visits.exists() else customer.visits.get()
    arrange = f"/admin/conversations/visit/{dated.pk}/arrange/"
    boss.post(arrange, {"state": "confirmed"})
    dated.refresh_from_db()
    assert (dated.state, dated.owner) == ("confirmed", admin_user)
    page = boss.get(f"/admin/conversations/visit/{dated.pk}/change/").content.decode()
    assert "Te confirmo tu visita" in page
    boss.post(arrange, {"state": "tell"})
    boss.post(arrange, {"state": "tell"})
    told = Message.objects.filter(author="staff")
    assert told.count() == 1, "it is told once"
    assert "Te confirmo tu visita" in told.get().text
    assert not customer.is_with_person, "the conversation stays Karlos's"
    deliver_all()
    assert told.get().delivery == "sent"


def test_who_wrote_too_long_ago_is_not_written_to(boss: Client, write: Write) -> None:
    customer = write("hola")
    dated = visit(customer, state="confirmed")
    age(customer, last_inbound_at=timedelta(hours=25))
    assert "llámele" in boss.get(f"/admin/conversations/visit/{dated.pk}/change/").content.decode()
    boss.post(f"/admin/conversations/visit/{dated.pk}/arrange/", {"state": "tell"})
    assert not Message.objects.filter(author="staff").exists()


def test_who_did_not_come_is_called_and_may_be_told(boss: Client, admin_user: User, write: Write) -> None:
    customer = write("hola")
    dated = visit(customer, -25 * HOUR, state="confirmed", owner=admin_user)
    todo_page = boss.get(TODO).content.decode()
    assert 'value="missed">No vino' in todo_page
    boss.post(f"/admin/conversations/visit/{dated.pk}/arrange/", {"state": "missed"})
    dated.refresh_from_db()
    assert dated.state == "missed"
    (call,) = customer.leads.all()
    assert (call.kind, call.owner) == ("callback", admin_user)
    assert "No vino a la visita" in call.note
    assert [task.kind for task in todo.tasks(admin_user)] == ["callback"]
    assert "Te esperábamos el" in boss.get(f"/admin/conversations/visit/{dated.pk}/change/").content.decode()
    day = timezone.localtime(dated.starts_at)
    assert 'class="visit missed"' in boss.get(f"{CALENDAR}?week={day:%Y-%m-%d}").content.decode()
    assert visit(customer).state == "asked", "they may come another day"


def test_nobody_has_failed_to_come_before_it_is_time(boss: Client, ana: Customer) -> None:
    ahead = visit(ana, state="confirmed")
    boss.post(f"/admin/conversations/visit/{ahead.pk}/arrange/", {"state": "missed"})
    boss.post("/admin/conversations/visit/", {"action": "mark_missed", "_selected_action": [ahead.pk]})
    at = timezone.localtime(ahead.starts_at)
    moment = {"starts_at_0": f"{at:%d/%m/%Y}", "starts_at_1": f"{at:%H:%M:%S}"}
    due = {"due_at_0": f"{at:%d/%m/%Y}", "due_at_1": "10:00:00"}
    page = boss.post(f"/admin/conversations/visit/{ahead.pk}/change/", {**moment, **due, "state": "missed"})
    assert "Todavía no es su hora." in page.content.decode()
    ahead.refresh_from_db()
    assert (ahead.state, Lead.objects.count()) == ("confirmed", 0)


def test_a_visit_is_not_moved_or_confirmed_into_a_time_that_is_taken(boss: Client, ana: Customer) -> None:
    sentra, luis = Vehicle.objects.get(stock_id=201), Customer.objects.create(profile_name="Luis")
    taken = visit(ana, vehicle=sentra)
    other = visit(luis, timedelta(days=2), vehicle=sentra)
    at = timezone.localtime(taken.starts_at)
    fields = {
        "vehicle": sentra.pk,
        "starts_at_0": f"{at:%d/%m/%Y}",
        "starts_at_1": f"{at:%H:%M:%S}",
        "state": "asked",
        "owner": "",
        "due_at_0": f"{at:%d/%m/%Y}",
        "due_at_1": "10:00:00",
    }
    page = boss.post(f"/admin/conversations/visit/{other.pk}/change/", fields)
    assert page.status_code == 200
    assert "El auto tiene otra visita a esa hora." in page.content.decode()
    other.refresh_from_db()
    assert other.starts_at > taken.starts_at + HOUR
    Visit.objects.filter(pk=other.pk).update(starts_at=taken.starts_at)
    boss.post(f"/admin/conversations/visit/{other.pk}/arrange/", {"state": "confirmed"})
    other.refresh_from_db()
    assert other.state == "asked"


# --- What customers asked for in vain ---------------------------------------------------------------------------


NOW = datetime(2026, 11, 23, 18, 0, tzinfo=ZoneInfo("America/Mexico_City"))


def ask(name: str, text: str) -> str:
    return terminal.exchange_all(terminal.new_customer(name), [Words(text=text)], now=NOW).reply


def test_a_gap_is_filled_in_with_one_edit_and_karlos_answers_with_it(boss: Client, stock: dict[int, Vehicle]) -> None:
    assert "no está registrado" in ask("ana", "¿de qué color es el 201?")
    ask("luis", "¿de qué color es el 201?")
    ask("luis", "¿de qué color es el 202?")
    overview = boss.get(GAPS).content.decode()
    assert "/admin/conversations/gap/blanks/colour/?days=30" in overview
    blanks = boss.get("/admin/conversations/gap/blanks/colour/").content.decode()
    assert blanks.index("Sentra 2019 (201)") < blanks.index("Frontier 2021 (202)") < blanks.index("RAV4")
    sentra = Vehicle.objects.get(stock_id=201)
    fill = f"/admin/conversations/gap/blanks/colour/{sentra.pk}/"
    boss.post(fill, {f"car-{sentra.pk}-colour": "Azul"})
    sentra.refresh_from_db()
    assert sentra.colour == "Azul"
    latest = sentra.history.latest()
    assert (latest.history_user.username, latest.history_change_reason) == ("admin", "Lo preguntaron clientes")
    assert "azul" in ask("ana", "¿de qué color es el 201?").lower()
    assert "Karlos ya lo dice" in boss.get("/admin/conversations/gap/blanks/colour/").content.decode()
    assert "(201)" not in boss.get("/admin/conversations/gap/blanks/colour/").content.decode()
    boss.post(fill, {f"car-{sentra.pk}-colour": "Rojo"})
    sentra.refresh_from_db()
    assert sentra.colour == "Azul", "what somebody filled in stays"


def test_what_is_not_valid_is_said_and_nothing_is_lost(boss: Client, stock: dict[int, Vehicle]) -> None:
    sentra = Vehicle.objects.get(stock_id=201)
    page = boss.post(
        f"/admin/conversations/gap/blanks/width/{sentra.pk}/", {f"car-{sentra.pk}-width_mm": "3"}, follow=True
    )
    assert "500" in page.content.decode()
    sentra.refresh_from_db()
    assert sentra.width_mm is None


def test_the_numbers_count_customers_and_open_who_asked(boss: Client, stock: dict[int, Vehicle]) -> None:
    for name in ("ana", "luis"):
        ask(name, "¿tienen honda civic?")
    ask("ana", "¿tienen jetta?")
    ask("rosa", "busco una camioneta de menos de 120 mil")
    shown = boss.get(GAPS).content.decode()
    assert shown.index("Honda Civic") < shown.index("Jetta")
    assert "De $100,000 a $150,000" in shown
    (address,) = re.findall(r'<a class="text-link" href="([^"]+)" aria-label="Honda Civic:', shown)
    who = boss.get(html.unescape(address))
    assert who.status_code == 200
    assert len(re.findall(r">\s*Honda Civic\s*<", who.content.decode())) == 2
    Gap.objects.update(asked_at=Now() - timedelta(days=40))
    assert "Honda Civic" not in boss.get(GAPS).content.decode()
    assert "Honda Civic" in boss.get(f"{GAPS}?days=90").content.decode()


def test_a_gap_that_is_filled_in_elsewhere_is_none_any_more(boss: Client, stock: dict[int, Vehicle]) -> None:
    ask("ana", "¿de qué color es el 201?")
    assert "blanks/colour" in boss.get(GAPS).content.decode()
    Vehicle.objects.filter(stock_id=201).update(colour="Azul")
    assert "blanks/colour" not in boss.get(GAPS).content.decode()
