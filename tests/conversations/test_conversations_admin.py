"""The admin: staff see what was said and on what ground, and answer."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from assistant import dealership
from assistant.models import DealershipText
from conversations import turns
from conversations.models import Customer, Handoff, Lead, Limits, Message, ToolUse, Turn, Visit
from inventory.models import Vehicle
from tests.conversations.conftest import Answer, Write, age, sid, signature

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(write: Write, answer: Answer) -> Customer:
    customer = write("busco un mazda 3")
    answer(customer)
    return customer


def page(customer: Customer) -> str:
    return f"/admin/conversations/customer/{customer.pk}/change/"


def reply(client: Client, customer: Customer, text: str) -> None:
    fields = {"text": text, "seen": Message.objects.latest("id").pk}
    assert client.post(f"/admin/conversations/customer/{customer.pk}/reply/", fields).status_code == 200


def test_staff_see_the_conversation_its_model_and_its_grounds(admin_client: Client, customer: Customer) -> None:
    shown = admin_client.get(page(customer)).content.decode()
    assert "busco un mazda 3" in shown
    assert "6 Mazda 3" in shown
    assert "<strong>las reglas</strong>" in shown
    assert f"/admin/conversations/turn/{Turn.objects.get().pk}/change/" in shown


def receipts(client: Client, turn: Turn, language: str = "es") -> str:
    """What a turn's page shows."""
    path = f"/admin/conversations/turn/{turn.pk}/change/"
    return client.get(path, headers={"accept-language": language}).content.decode()


def test_a_turns_page_tells_its_receipts_in_words(
    admin_client: Client, customer: Customer, answer: Answer, write: Write
) -> None:
    answer(write("el 201 a 4 años con 20% de enganche"))
    turn = Turn.objects.latest("id")
    shown = receipts(admin_client, turn, "en")
    for words in ("Estimate of a credit", "monthly payment", "$5,458.01", "as it was imported", "not edited"):
        assert words in shown
    assert f"/admin/assistant/agent/{turn.agent_id}/change/" in shown
    sentra = Vehicle.objects.get(stock_id=201)
    admin_client.post("/admin/inventory/vehicle/", {"action": "mark_sold", "_selected_action": [sentra.pk]})
    shown = receipts(admin_client, turn)
    assert "vendido" in shown.lower()
    assert "editado" in shown
    assert f"/admin/inventory/vehicle/{sentra.pk}/history/" in shown


def test_a_turns_page_tells_who_set_a_price_and_what_it_is_now(
    admin_client: Client, admin_user: User, customer: Customer, answer: Answer, write: Write
) -> None:
    frontier = Vehicle.objects.get(stock_id=202)
    admin_client.post("/admin/inventory/vehicle/", {"action": "mark_reserved", "_selected_action": [frontier.pk]})
    admin_client.post("/admin/inventory/vehicle/", {"action": "mark_available", "_selected_action": [frontier.pk]})
    answer(write("y cuanto cuesta el 202?"))
    Vehicle.objects.filter(stock_id=202).update(price_mxn=1)
    shown = receipts(admin_client, Turn.objects.latest("id"))
    assert f"<td>{admin_user.username}, " in shown
    assert "$498,000" in shown
    assert '<strong class="late">$1</strong>' in shown


def test_whatever_a_tool_gave_is_shown(admin_client: Client, customer: Customer) -> None:
    turn = Turn.objects.get()
    odd = {
        "vehicles": [],
        "new_field": {"inner": [1, None], "none": {}},
        "price": "<b>",
        "rows": [{"a": 1}, {"b": [{}]}],
    }
    ToolUse.objects.create(turn=turn, position=9, name="a tool of old", arguments={"as_written": "{"}, result=odd)
    shown = receipts(admin_client, turn)
    assert "a tool of old" in shown
    assert "new field" in shown
    assert "<b>" not in shown


def test_who_has_waited_too_long_for_a_person_comes_first_and_is_counted(
    admin_client: Client, customer: Customer, write: Write
) -> None:
    taken = write("hola", From="whatsapp:+5215500000002", ProfileName="Luis Gómez")
    Handoff.objects.create(customer=taken, reason="taken", taken_at=timezone.now())
    late = Handoff.objects.create(customer=customer, reason="asked", due_at=timezone.now() - timedelta(minutes=1))
    assert "Ana Pérez" in table(admin_client, "handoff", left="overdue")
    assert "Luis Gómez" in table(admin_client, "handoff", left="taken")
    assert badge(admin_client) == ("red", "1")
    Handoff.objects.filter(pk=late.pk).update(due_at=timezone.now() + timedelta(minutes=1))
    assert badge(admin_client) == ("orange", "1")
    Handoff.objects.update(taken_at=timezone.now())
    assert badge(admin_client) is None


def badge(client: Client) -> tuple[str, str] | None:
    """Colour and number in the sidebar."""
    found = re.search(r"text-shadow-xs\s+bg-(\w+)-500\s+\">\s+(\d+)", client.get("/admin/").content.decode())
    return (found[1], found[2]) if found else None


def test_staff_read_the_summary_of_a_handoff_above_the_conversation(
    admin_client: Client, customer: Customer, answer: Answer, write: Write
) -> None:
    answer(write("el 201 a 4 años con 20% de enganche"))
    answer(write("quiero hablar con una persona"))
    summary = Handoff.objects.get().summary
    for words in ("Ana Pérez", "Mazda 3 2013 (101), $159,000", "$5,458.01", "«quiero hablar con una persona»"):
        assert words in summary
    assert "Mazda 3 2013 (101), $159,000" in admin_client.get(page(customer)).content.decode()
    reply(admin_client, customer, "Hola, soy Luisa.")
    assert Handoff.objects.get().taken_by is not None


def test_there_is_one_set_of_limits_and_it_shows_what_today_has_cost(admin_client: Client, customer: Customer) -> None:
    Turn.objects.update(cost_mxn=Decimal("12.345"))
    assert admin_client.get("/admin/conversations/limits/add/").status_code == 200
    Limits.objects.create()
    assert admin_client.get("/admin/conversations/limits/add/").status_code == 403
    assert "$12.34" in admin_client.get("/admin/conversations/limits/1/change/").content.decode()


def test_what_a_customer_writes_is_shown_as_text(admin_client: Client, write: Write) -> None:
    customer = write("<script>alert(1)</script>", ProfileName="<b>Ana</b>")
    for path in (page(customer), "/admin/conversations/customer/", "/admin/conversations/message/"):
        shown = admin_client.get(path).content.decode()
        assert "<script>alert(1)" not in shown
        assert "<b>Ana</b>" not in shown


def test_staff_let_karlos_try_again_what_failed(admin_client: Client, write: Write, answer: Answer) -> None:
    customer = write("busco un mazda 3")

    def breaks(_: Turn) -> None:
        raise RuntimeError("a broken part")

    for _ in range(turns.ATTEMPTS_MOST):
        age(customer, due_at=timedelta(seconds=1))
        turns.run(customer.pk, breaks)
    failed = Turn.objects.get()
    act = {"action": "answer_again", "_selected_action": [failed.pk]}
    admin_client.post("/admin/conversations/turn/", act)
    assert not customer.is_with_person
    assert "6 Mazda 3" in answer(customer)[0]
    admin_client.post("/admin/conversations/turn/", act)  # once is enough
    assert Turn.objects.count() == 2
    failed.refresh_from_db()
    assert failed.state == "failed"


@pytest.mark.parametrize("model", ["customer", "turn", "message", "handoff", "visit", "lead"])
def test_every_list_opens_and_nothing_can_be_forged(admin_client: Client, customer: Customer, model: str) -> None:
    assert admin_client.get(f"/admin/conversations/{model}/").status_code == 200
    assert admin_client.get(f"/admin/conversations/{model}/add/").status_code == 403


def test_an_edited_text_of_the_dealership_is_no_example_any_more(admin_client: Client) -> None:
    dealership.start_from_examples()
    text = DealershipText.objects.get(topic="address")
    form = {"topic": "address", "spanish": "Calle Real 1", "english": "", "is_example": "on"}
    admin_client.post(f"/admin/assistant/dealershiptext/{text.pk}/change/", form)
    text.refresh_from_db()
    assert (text.spanish, text.is_example) == ("Calle Real 1", False)


def test_who_wrote_a_message_is_told_to_staff_and_to_the_simulator_in_development_only(
    admin_client: Client, client: Client, customer: Customer, settings: Settings
) -> None:
    message = Message.objects.get(author="assistant")
    message.sid = sid()
    message.save()
    path = f"/api/messages/{message.sid}/author"
    signed = {"X-Twilio-Signature": signature(path, {})}
    assert admin_client.get(path).status_code == 404
    settings.DEBUG = True
    assert client.get(path).status_code == 403
    assert client.get(path, headers=signed).json() == {"author": "assistant", "model": "rules"}
    assert admin_client.get(path).json() == {"author": "assistant", "model": "rules"}
    assert admin_client.get("/api/messages/SM0/author").status_code == 404


def test_who_logs_in_at_the_login_page_itself_comes_to_the_admin(client: Client, django_user_model: type[User]) -> None:
    django_user_model.objects.create_superuser("luisa", password="una contraseña larga")
    response = client.post("/admin/login/", {"username": "luisa", "password": "una contraseña larga"})
    assert response.headers["Location"] == "/admin/"


def table(client: Client, path: str, **filters: str) -> str:
    """The rows of a list."""
    page = client.get(f"/admin/conversations/{path}/", filters).content.decode()
    return page.split('id="result_list"')[1].split("</table>")[0] if 'id="result_list"' in page else ""


def visit(customer: Customer, *, due_in_hours: int = 2, state: str = "asked") -> Visit:
    now = timezone.now()
    return Visit.objects.create(
        customer=customer, starts_at=now + timedelta(days=1), due_at=now + timedelta(hours=due_in_hours), state=state
    )


def lead(customer: Customer, *, due_in_hours: int = 4, note: str = "") -> Lead:
    due_at = timezone.now() + timedelta(hours=due_in_hours)
    return Lead.objects.create(customer=customer, kind="offer", amount_mxn=Decimal(250_000), note=note, due_at=due_at)


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("confirm", "asked", "confirmed"),
        ("call_off", "asked", "cancelled"),
        ("call_off", "confirmed", "cancelled"),
        ("mark_done", "confirmed", "done"),
        ("confirm", "cancelled", "cancelled"),
        ("call_off", "done", "done"),
    ],
)
def test_a_visit_ahead_is_confirmed_called_off_or_took_place(
    admin_client: Client, customer: Customer, action: str, before: str, after: str
) -> None:
    asked = visit(customer, state=before)
    admin_client.post("/admin/conversations/visit/", {"action": action, "_selected_action": [asked.pk]})
    asked.refresh_from_db()
    assert asked.state == after


def test_who_confirms_a_visit_that_nobody_owns_owns_it(
    admin_client: Client, admin_user: User, customer: Customer
) -> None:
    other = User.objects.create_user("luis", is_staff=True)
    asked = visit(customer)
    confirm = {"action": "confirm", "_selected_action": [asked.pk]}
    admin_client.post("/admin/conversations/visit/", confirm)
    asked.refresh_from_db()
    assert asked.owner == admin_user
    Visit.objects.update(state="asked", owner=other)
    admin_client.post("/admin/conversations/visit/", confirm)
    asked.refresh_from_db()
    assert asked.owner == other


def test_a_visit_is_not_opened_again_beside_another(admin_client: Client, customer: Customer) -> None:
    visit(customer)
    cancelled = visit(customer, state="cancelled")
    path = f"/admin/conversations/visit/{cancelled.pk}/change/"
    times = {"starts_at_0": "2030-01-01", "starts_at_1": "11:00", "due_at_0": "2030-01-01", "due_at_1": "09:00"}
    refused = admin_client.post(path, times | {"state": "asked"}, headers={"accept-language": "en"})
    assert "This customer has another visit ahead." in refused.content.decode()
    assert admin_client.post(path, times | {"state": "done"}).status_code == 302
    cancelled.refresh_from_db()
    assert cancelled.state == "done"


def test_an_owner_of_a_lead_is_chosen_among_staff_in_the_list(admin_client: Client, customer: Customer) -> None:
    luis = User.objects.create_user("luis", is_staff=True)
    User.objects.create_user("somebody")
    open_lead = lead(customer)
    rows = table(admin_client, "lead")
    assert "luis" in rows
    assert "somebody" not in rows
    form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": open_lead.pk, "form-0-owner": luis.pk}
    admin_client.post("/admin/conversations/lead/", form | {"_save": ""})
    open_lead.refresh_from_db()
    assert open_lead.owner == luis


def test_leads_that_are_done_come_last_and_the_most_urgent_first(admin_client: Client, customer: Customer) -> None:
    late, later, done = (lead(customer, due_in_hours=hours, note=f"in {hours}") for hours in (-1, 9, 3))
    admin_client.post("/admin/conversations/lead/", {"action": "mark_done", "_selected_action": [done.pk]})
    rows = table(admin_client, "lead")
    assert "$250,000" in rows
    assert sorted((late, later, done), key=lambda row: rows.index(row.note)) == [late, later, done]
    assert [row.note for row in (late, later, done) if row.note in table(admin_client, "lead", left="overdue")] == [
        late.note
    ]
    assert done.note not in table(admin_client, "lead", left="open")


def test_what_is_overdue_says_so(admin_client: Client, customer: Customer) -> None:
    late = visit(customer, due_in_hours=-1)
    assert "vencido" in table(admin_client, "visit").partition("<tbody")[2]
    assert table(admin_client, "visit", left="overdue")
    admin_client.post("/admin/conversations/visit/", {"action": "confirm", "_selected_action": [late.pk]})
    assert "vencido<" not in table(admin_client, "visit").partition("<tbody")[2]
    assert not table(admin_client, "visit", left="overdue")
    assert table(admin_client, "visit", left="ahead")


def test_a_customers_page_leads_to_what_is_open_and_from_there_back(
    admin_client: Client, customer: Customer, stock: dict[int, Vehicle]
) -> None:
    ahead, offer = visit(customer), lead(customer)
    Visit.objects.update(vehicle=stock[101])
    shown = admin_client.get(page(customer)).content.decode()
    paths = [f"/admin/conversations/visit/{ahead.pk}/change/", f"/admin/conversations/lead/{offer.pk}/change/"]
    assert all(path in shown for path in paths)
    assert "Mazda 3 2013" in shown
    for path in (*paths, "/admin/conversations/visit/", "/admin/conversations/lead/"):
        assert page(customer) in admin_client.get(path).content.decode()
    Visit.objects.update(state="done")
    Lead.objects.update(done_at=timezone.now())
    shown = admin_client.get(page(customer)).content.decode()
    assert not [path for path in paths if path in shown]


def test_a_visit_is_named_by_the_dealerships_own_time(customer: Customer) -> None:
    asked = visit(customer)
    asked.starts_at = datetime(2026, 11, 24, 11, 0, tzinfo=timezone.get_current_timezone())
    assert "24 nov 2026 11:00" in str(asked)


def test_a_conversation_is_read_downwards_with_whatsapps_marks(admin_client: Client, customer: Customer) -> None:
    shown = admin_client.get(page(customer)).content.decode()
    assert shown.index("busco un mazda 3") < shown.index("<strong>Mazda 3 2013</strong>")


def test_who_may_only_look_neither_takes_over_nor_confirms(client: Client, customer: Customer) -> None:
    looker = User.objects.create_user("mira", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_customer", "view_visit"]))
    client.force_login(looker)
    asked = visit(customer)
    assert client.get(page(customer)).status_code == 200
    for act in ("take-over", "reply", "assign", "note"):
        assert client.post(f"/admin/conversations/customer/{customer.pk}/{act}/", {"text": "x"}).status_code == 403
    client.post("/admin/conversations/visit/", {"action": "confirm", "_selected_action": [asked.pk]})
    asked.refresh_from_db()
    assert (asked.state, Handoff.objects.count()) == ("asked", 0)
