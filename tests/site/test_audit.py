"""Whatever staff do in the admin leaves a trace: who, what, when and to which row."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model
from django.db.models.functions import Now
from django.test import Client, RequestFactory
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from assistant.models import DealershipText, OpeningHours, Place, Question
from conversations import versions
from conversations.models import Customer, Handoff, Lead, Limits, Message, SettingsVersion, Template, Turn, Visit
from inventory.models import Vehicle
from karlos_site import roles
from tests.inventory.test_stock_admin import Form
from tests.site.conftest import As, Staff

pytestmark = pytest.mark.django_db

Make = Callable[[], Model]


def car(status: str = "available") -> Make:
    def make() -> Model:
        return Vehicle.objects.create(
            stock_id=7, make="Kia", model="Rio", year=2020, mileage_km=1, price_mxn=200_000, status=status
        )

    return make


def customer() -> Customer:
    return Customer.objects.create(profile_name="Ana", last_inbound_at=Now())


def with_person() -> Customer:
    found = customer()
    Handoff.objects.create(customer=found, reason="asked")
    return found


def failed_turn() -> Turn:
    turn = Turn.objects.create(customer=customer(), state=Turn.State.FAILED)
    Message.objects.create(customer=turn.customer, turn=turn, author="customer", handling="failed")
    return turn


def visit() -> Visit:
    return Visit.objects.create(customer=customer(), starts_at="2030-01-01T18:00Z", due_at="2029-01-01T18:00Z")


def missed_visit() -> Visit:
    return Visit.objects.create(customer=customer(), starts_at="2026-01-01T18:00Z", due_at="2026-01-01T18:00Z")


def lead() -> Lead:
    return Lead.objects.create(customer=customer(), kind="callback", due_at="2030-01-01T18:00Z")


def with_phone() -> User:
    user = User.objects.create_user("lupe", is_staff=True)
    TOTPDevice.objects.create(user=user, name="phone", confirmed=True)
    return user


def lockout() -> AccessAttempt:
    return AccessAttempt.objects.create(username="lupe", ip_address="127.0.0.1", failures_since_start=5)


# Every action that changes something, with a row on which it does.
ACTIONS: dict[tuple[str, str], Make] = {
    ("inventory.vehicle", "mark_available"): car("reserved"),
    ("inventory.vehicle", "mark_reserved"): car(),
    ("inventory.vehicle", "mark_sold"): car(),
    ("inventory.vehicle", "mark_withdrawn"): car(),
    ("conversations.turn", "answer_again"): failed_turn,
    ("conversations.visit", "confirm"): visit,
    ("conversations.visit", "call_off"): visit,
    ("conversations.visit", "mark_done"): visit,
    ("conversations.visit", "mark_missed"): missed_visit,
    ("conversations.lead", "mark_done"): lead,
    ("auth.user", "reset_second_factor"): with_phone,
    ("axes.accessattempt", "unlock"): lockout,
}
# Actions that change nothing: they read, or lead to a page that asks first and is tested where it is.
READS = {("inventory.vehicle", "change_prices")}
# Its trace is the person's whose session it was: see the sessions' own tests.
OF_A_PERSON = {("karlos_site.session", "end")}


def offered() -> set[tuple[str, str]]:
    return {
        (model._meta.label_lower, str(getattr(action, "__name__", action)))
        for model, page in admin.site._registry.items()
        for action in page.actions or ()
    }


def test_every_action_of_the_admin_is_tried_here() -> None:
    assert offered() - ACTIONS.keys() - READS - OF_A_PERSON == set(), (
        "Give it a row on which it leaves a trace, in ACTIONS."
    )


@pytest.mark.parametrize(("label", "action"), ACTIONS)
def test_every_action_leaves_a_trace(label: str, action: str, seen_by: As) -> None:
    client, row = seen_by(roles.ADMINISTRATOR), ACTIONS[label, action]()
    address = f"/admin/{label.replace('.', '/')}/"
    answer = client.post(address, {"action": action, "_selected_action": [row.pk]})
    assert answer.status_code == 302
    trace = LogEntry.objects.get(user__username=roles.ADMINISTRATOR)
    assert trace.content_type is not None
    assert (trace.content_type.model, trace.object_id) == (label.partition(".")[2], str(row.pk))
    assert trace.change_message


@pytest.mark.parametrize(
    ("page", "make", "sent"),
    [
        ("take_over", customer, {}),
        ("give_back", with_person, {}),
        ("assign", customer, {}),
        ("propose", customer, {"proposes": "1"}),
        ("note", customer, {"note": "Unas palabras"}),
        ("reply", customer, {"text": "Unas palabras"}),
    ],
)
def test_what_is_done_in_a_conversation_leaves_a_trace_without_its_words(
    page: str, make: Callable[[], Customer], sent: dict[str, str], seen_by: As
) -> None:
    row = make()
    seen_by(roles.SELLER).post(reverse(f"admin:conversations_customer_{page}", args=[row.pk]), sent)
    trace = LogEntry.objects.get()
    assert (trace.user.username, trace.object_id) == (roles.SELLER, str(row.pk))
    assert trace.change_message
    assert "Unas palabras" not in trace.change_message


def a_row(model: type[Model], **values: Any) -> Make:
    return lambda: model._default_manager.get_or_create(**values)[0]


# Every model whose rows are saved on a page of the admin: the least role that may, a row, and what is typed.
SAVES: dict[str, tuple[str, Make, dict[str, Any]]] = {
    "inventory.vehicle": (roles.MANAGER, car(), {"colour": "Azul"}),
    "assistant.dealershiptext": (
        roles.MANAGER,
        a_row(DealershipText, topic="warranty"),
        {"spanish": "Un año.", "english": "A year."},
    ),
    "assistant.question": (
        roles.MANAGER,
        a_row(Question, asked="¿Venden motos?", spanish="No."),
        {"asked": "¿Venden motos?", "spanish": "Solo usadas.", "english": "Only used ones."},
    ),
    "assistant.openinghours": (
        roles.MANAGER,
        a_row(OpeningHours, weekday=0, opens=time(9), closes=time(18)),
        {"closes": "19:00:00"},
    ),
    "assistant.place": (roles.MANAGER, a_row(Place, latitude=19, longitude=-99), {"latitude": "20"}),
    "conversations.template": (
        roles.MANAGER,
        a_row(Template, name="¿Sigues ahí?", sid="HX" + "7" * 32, text="Hola {{1}}"),
        {"text": "Hola {{1}}, ¿sigues buscando?"},
    ),
    "conversations.limits": (roles.MANAGER, a_row(Limits), {"take_minutes": "12"}),
    "conversations.visit": (roles.SELLER, visit, {"state": "confirmed"}),
    "conversations.lead": (roles.SELLER, lead, {"amount_mxn": "5000"}),
    "auth.user": (roles.ADMINISTRATOR, with_phone, {"role": roles.VIEWER}),
}
# Tried where they are: the buttons of a conversation above, these settings with their versions.
ELSEWHERE = {"conversations.customer", "inventory.creditterms", "assistant.assistantsettings"}


def changeable(request: Any) -> set[str]:
    """The models whose pages an administrator may save."""
    pages = admin.site._registry.items()
    return {model._meta.label_lower for model, page in pages if page.has_change_permission(request)}


def test_every_page_that_saves_is_tried_here(rf: RequestFactory, staff: Staff) -> None:
    request = rf.get("/admin/")
    request.user = staff(roles.ADMINISTRATOR)
    assert changeable(request) - SAVES.keys() - ELSEWHERE == set(), "Give it a row and what is typed, in SAVES."


@pytest.mark.parametrize("label", SAVES)
def test_what_is_saved_on_a_page_tells_what_it_was_and_what_it_is(label: str, seen_by: As) -> None:
    role, make, typed = SAVES[label]
    row, client = make(), seen_by(role)
    address = f"/admin/{label.replace('.', '/')}/{row.pk}/change/"
    form = Form(client.get(address, headers={"accept-language": "en"}).content.decode()).fields
    answer = client.post(address, form | {"is_active": "on", **typed}, headers={"accept-language": "en"})
    assert answer.status_code == 302, Form(answer.content.decode()).fields
    trace = LogEntry.objects.get()
    assert (trace.user.username, trace.object_id) == (role, str(row.pk))
    if label == "inventory.vehicle":
        later, earlier = Vehicle.history.all()[:2] if Vehicle.history.count() > 1 else (Vehicle.history.get(), None)
        assert (later.colour, later.history_user.username) == ("Azul", role)
        assert earlier is None or earlier.colour == ""
    elif label.startswith(("conversations.visit", "conversations.lead", "auth.")):
        assert "→" in trace.get_change_message()
    else:
        assert SettingsVersion.objects.latest("pk").made_by == trace.user
        assert versions.changes(SettingsVersion.objects.latest("pk"))


@pytest.fixture
def traces(seen_by: As) -> Client:
    """A manager reads; a car was reserved before."""
    row = car()()
    client = seen_by(roles.MANAGER)
    client.post("/admin/inventory/vehicle/", {"action": "mark_reserved", "_selected_action": [row.pk]})
    return client


def test_managers_read_who_did_what_to_which_car(traces: Client) -> None:
    shown = traces.get("/admin/admin/logentry/").content.decode()
    assert roles.MANAGER in shown
    assert f"/admin/inventory/vehicle/{Vehicle.objects.get().pk}/history/" in shown


def test_nobody_changes_a_trace(seen_by: As, traces: Client) -> None:
    entry: Any = LogEntry.objects.get()
    client = seen_by(roles.ADMINISTRATOR)
    for page in ("change", "delete"):
        assert client.post(f"/admin/admin/logentry/{entry.pk}/{page}/", {"post": "yes"}).status_code == 403
    client.post("/admin/admin/logentry/", {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert LogEntry.objects.filter(pk=entry.pk).exists()
