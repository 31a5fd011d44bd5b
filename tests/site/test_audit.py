"""Whatever staff do in the admin leaves a trace: who, what, when and to which row."""

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import Model
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from conversations.models import Customer, Handoff, Lead, Message, Turn, Visit
from inventory.models import Vehicle
from karlos_site import roles
from tests.site.conftest import As

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


def offered() -> set[tuple[str, str]]:
    return {
        (model._meta.label_lower, str(getattr(action, "__name__", action)))
        for model, page in admin.site._registry.items()
        for action in page.actions or ()
    }


def test_every_action_of_the_admin_is_tried_here() -> None:
    assert offered() - ACTIONS.keys() - READS == set(), "Give it a row on which it leaves a trace, in ACTIONS."


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
