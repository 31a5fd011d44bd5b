"""What each role may do, and that nothing beyond it is reachable by its address."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, URLPattern, get_resolver, resolve, reverse
from django.views.generic import RedirectView
from rest_framework.exceptions import APIException

from conversations.models import Customer, Lead, Message
from inventory.models import StockImport, Vehicle
from karlos_site import roles
from tests.site.conftest import PASSWORD, As, Staff

pytestmark = pytest.mark.django_db

VEHICLES = "/admin/inventory/vehicle/"
STAFF = "/admin/auth/user/"


# --- The table --------------------------------------------------------------------------------------------------


def test_every_model_has_its_line_in_the_table_of_the_roles() -> None:
    assert roles.undecided() == set(), "Decide in karlos_site/roles.py who may see and change it."


def test_every_right_in_the_table_is_one_that_django_knows() -> None:
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.select_related("content_type")}
    assert {name for role in roles.GROUPS for name in roles.permissions(role)} <= known


def test_viewers_change_nothing() -> None:
    assert {name.partition(".")[2].partition("_")[0] for name in roles.permissions(roles.VIEWER)} == {"view"}


def test_the_groups_are_made_once_and_follow_the_table() -> None:
    roles.seed()
    group = Group.objects.get(name=roles.SELLER)
    group.permissions.clear()
    roles.seed()
    assert Group.objects.filter(name__in=roles.GROUPS).count() == 3
    assert {p.codename for p in group.permissions.all()} >= {"view_vehicle", "reserve_vehicle", "change_customer"}


# --- Staff ------------------------------------------------------------------------------------------------------


def test_somebody_new_gets_a_role_in_one_click(seen_by: As) -> None:
    client = seen_by(roles.ADMINISTRATOR)
    assert "Seller" in client.get(f"{STAFF}add/").content.decode()
    given = {"username": "lupe", "password1": PASSWORD, "password2": PASSWORD, "role": roles.SELLER}
    assert client.post(f"{STAFF}add/", {**given, "usable_password": "true"}).status_code == 302
    lupe = User.objects.get(username="lupe")
    assert (lupe.is_staff, lupe.is_superuser, roles.of(lupe)) == (True, False, roles.SELLER)
    form = {"username": "lupe", "role": roles.MANAGER, "is_active": "on"}
    assert client.post(f"{STAFF}{lupe.pk}/change/", form).status_code == 302
    assert roles.of(User.objects.get(pk=lupe.pk)) == roles.MANAGER
    assert "Manager" in client.get(STAFF).content.decode()


def test_the_last_administrator_can_neither_step_down_nor_leave(staff: Staff, client: Client) -> None:
    last = staff(roles.ADMINISTRATOR)
    client.force_login(last)
    for change in ({"role": roles.VIEWER, "is_active": "on"}, {"role": roles.ADMINISTRATOR}):
        page = client.post(f"{STAFF}{last.pk}/change/", {"username": last.username, **change})
        assert page.status_code == 200
    last.refresh_from_db()
    assert (last.is_superuser, last.is_active) == (True, True)


def test_who_has_left_is_kept_with_what_they_did(seen_by: As, staff: Staff) -> None:
    gone = staff(roles.SELLER)
    assert seen_by(roles.ADMINISTRATOR).post(f"{STAFF}{gone.pk}/delete/", {"post": "yes"}).status_code == 403


# --- Sellers ----------------------------------------------------------------------------------------------------


@pytest.fixture
def rows(staff: Staff) -> dict[str, Lead]:
    """A lead of the seller's own customer, one of nobody's, one of another seller's."""
    seller = staff(roles.SELLER)
    other = User.objects.create_user("otro", is_staff=True)
    found = {}
    for name, owner in (("Mine", seller), ("Nobodys", None), ("Theirs", other)):
        customer = Customer.objects.create(profile_name=name, owner=owner, last_inbound_at=Now())
        Message.objects.create(customer=customer, author="customer", handling="answered", text=f"Said by {name}")
        found[name] = Lead.objects.create(customer=customer, kind="callback", due_at="2030-01-01T00:00Z")
    return found


def test_a_seller_sees_their_own_conversations_and_those_that_are_nobodys(
    rows: dict[str, Lead], client: Client
) -> None:
    client.force_login(User.objects.get(username=roles.SELLER))
    for page in ("customer", "lead", "message"):
        shown = client.get(f"/admin/conversations/{page}/").content.decode()
        assert [name in shown for name in rows] == [True, True, False], page
    theirs = rows["Theirs"]
    for address in (
        f"/admin/conversations/lead/{theirs.pk}/change/",
        f"/admin/conversations/lead/{theirs.pk}/history/",
        f"/admin/conversations/customer/{theirs.customer_id}/change/",
    ):
        answer = client.get(address)
        assert answer.status_code in {302, 403, 404}, address
    client.post(
        "/admin/conversations/lead/", {"action": "mark_done", "_selected_action": [lead.pk for lead in rows.values()]}
    )
    assert set(Lead.objects.filter(done_at=None)) == {theirs}


def test_a_seller_reserves_and_releases_a_car_and_neither_sells_nor_prices_it(
    seen_by: As, stock: dict[int, Vehicle]
) -> None:
    client, car = seen_by(roles.SELLER), stock[201]

    def mark(status: str) -> str:
        client.post(VEHICLES, {"action": f"mark_{status}", "_selected_action": [car.pk]})
        car.refresh_from_db()
        return car.status

    assert [mark(status) for status in ("sold", "reserved", "available")] == ["available", "reserved", "available"]
    Vehicle.objects.filter(pk=car.pk).update(status="sold")
    assert [mark(status) for status in ("available", "reserved")] == ["sold", "sold"]
    price = car.price_mxn
    edit = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": car.pk, "form-0-price_mxn": "1", "_save": ""}
    client.post(VEHICLES, edit | {"form-0-status": "available"})
    assert client.post(f"{VEHICLES}{car.pk}/change/", {"price_mxn": "1"}).status_code == 403
    car.refresh_from_db()
    assert (car.price_mxn, car.status) == (price, "sold")


# --- Every address ----------------------------------------------------------------------------------------------

# What each of the admin's pages of a model asks for, by method, in the words of the table.
_MODEL_PAGES = {
    "changelist": ("view", "view"),
    "add": ("add", "add"),
    "change": ("view", "change"),
    "delete": ("delete", "delete"),
    "history": ("view", "view"),
    "export": ("view", "view"),
}
STAFF_ONLY = "any member of staff"
ANYONE = "anyone"
# Every other address under /admin/ and /api/, and who may go there: a permission, STAFF_ONLY or ANYONE.
DECIDED = {
    "admin:index": STAFF_ONLY,
    "admin:search": STAFF_ONLY,
    "admin:login": ANYONE,
    "admin:logout": STAFF_ONLY,
    "admin:password_change": STAFF_ONLY,
    "admin:password_change_done": STAFF_ONLY,
    "admin:autocomplete": STAFF_ONLY,  # asks for the right to see the model
    "admin:jsi18n": STAFF_ONLY,
    "admin:view_on_site": STAFF_ONLY,  # no model has another address
    "admin:app_list": STAFF_ONLY,  # what one may not see is left out
    "admin:auth_user_password_change": "auth.change_user",
    "admin:inventory_vehicle_prices": "inventory.price_vehicle",
    "admin:inventory_photo": "inventory.view_vehicle",
    "admin:conversations_settingsversion_go_back": "conversations.change_limits",  # and every other setting
    "admin:conversations_replay_begin": "conversations.add_replay",
    "admin:conversations_replay_again": "conversations.add_replay",
    "admin:conversations_replay_let_through": "conversations.change_limits",  # and every other setting
    "admin:inventory_stockimport_progress": "inventory.view_stockimport",
    "admin:inventory_stockimport_rows": "inventory.view_stockimport",
    "admin:inventory_stockimport_confirm": "inventory.add_stockimport",
    "admin:inventory_stockimport_discard": "inventory.add_stockimport",
    "admin:inventory_stockimport_again": "inventory.add_stockimport",
    "admin:inventory_stockimport_undo": "inventory.add_stockimport",
    **{
        f"admin:conversations_customer_{page}": "conversations.change_customer"
        for page in ("reply", "template", "approve", "discard", "take_over", "give_back", "assign", "propose", "note")
    },
    **{
        f"admin:conversations_customer_{page}": "conversations.view_customer"
        for page in ("news", "earlier", "cars", "looked_up")
    },
    "admin:conversations_customer_take_out": "conversations.export_customer",
    "admin:conversations_customer_erase": "conversations.erase_customer",
    "admin:conversations_lead_todo": "conversations.view_lead",
    "admin:conversations_lead_todo_export": "conversations.view_lead",
    "admin:conversations_lead_see_to": "conversations.change_lead",
    "admin:conversations_visit_calendar": "conversations.view_visit",
    "admin:conversations_visit_arrange": "conversations.change_visit",
    "admin:conversations_gap_overview": "conversations.view_gap",
    "admin:conversations_gap_blanks": "inventory.change_vehicle",
    "admin:conversations_gap_fill": "inventory.change_vehicle",
    "second_factor": STAFF_ONLY,
    "author": STAFF_ONLY,  # or signed, by the simulator
    # Signed by Twilio, or by a token in the address.
    "inbound": ANYONE,
    "status": ANYONE,
    "conversations": ANYONE,
    "quote_document": ANYONE,
    "comparison": ANYONE,
    # By a token of its own, tested with the metrics.
    "metrics": ANYONE,
}
# Outside of these, addresses open nothing of the dealership's: a picture for WhatsApp, the way to the admin, the simulator.
_PREFIXES = ("admin/", "api/", "metrics")


def addresses() -> Iterator[tuple[str, str]]:
    """The name and an example of every address with a door."""
    for name, route in every_address():
        if route.startswith(_PREFIXES) and "simulator" not in name:
            yield name, route


def every_address() -> Iterator[tuple[str, str]]:
    """The name and the route of all there are."""
    return _routes(get_resolver().url_patterns, "", "")


def _routes(patterns: list[Any], prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            is_redirect = getattr(pattern.callback, "view_class", None) is RedirectView
            if is_redirect or pattern.callback.__name__ == "catch_all_view":
                continue  # to the page itself; the slash that was forgotten
            yield (f"{namespace}{pattern.name}" if pattern.name else route), route
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from _routes(pattern.url_patterns, route, inner)


def asked(name: str, method: str) -> str:
    """Who may go there: a permission, STAFF_ONLY, ANYONE; or nothing, where nobody has decided."""
    if name in DECIDED:
        return DECIDED[name]
    namespace, _, rest = name.partition(":")
    model, _, page = rest.rpartition("_")
    if namespace != "admin" or page not in _MODEL_PAGES:
        return ""
    app = next((config.label for config in apps.get_app_configs() if model.startswith(f"{config.label}_")), "")
    return app and f"{app}.{_MODEL_PAGES[page][method == 'POST']}_{model.removeprefix(f'{app}_')}"


def test_every_address_has_somebody_decided_about_it() -> None:
    undecided = {name for name, _route in addresses() if not asked(name, "GET")}
    assert undecided == set(), "Decide in DECIDED which permission each needs."


def example(name: str) -> str:
    for arguments in ((), (1,), ("1",), ("inventory",), (1, "thumbnail"), (1, 1), ("lead", 1)):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} takes arguments that this test can't give: add an example.")


@pytest.fixture
def first_rows(db: None) -> None:
    """What the examples of addresses are about, each with the number 1."""
    Vehicle.objects.create(
        pk=1, stock_id=1, make="Kia", model="Rio", year=2020, mileage_km=1, price_mxn=200_000, status="sold"
    )
    StockImport.objects.create(pk=1, file_name="stock.csv", state=StockImport.State.READY)
    customer = Customer.objects.create(pk=1, owner=User.objects.create_user("otra", is_staff=True))
    Lead.objects.create(pk=1, customer=customer, kind="callback", due_at="2030-01-01T00:00Z")
    Message.objects.create(pk=1, customer=customer, author="customer", handling="answered", text="Hola")


def outcome(name: str, method: str, user: User | AnonymousUser) -> str:
    """ "in" or "out", without drawing the page."""
    path = example(name)
    request = RequestFactory().generic(method, path)
    request.user = user
    user.otp_device, user.is_verified = None, lambda: True  # type: ignore[union-attr]
    request.session = SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    match = resolve(path)
    request.resolver_match = match
    try:
        answer = match.func(request, *match.args, **match.kwargs)
    except (PermissionDenied, Http404, APIException):
        return "out"
    return "out" if _is_refusal(answer, method) else "in"


_A_ROW = re.compile(r"/admin/\w+/\w+/(1/change|add)/")


def _is_refusal(answer: HttpResponse, method: str) -> bool:
    if answer.status_code in {302, 303} and method == "POST":
        # To the login, or away because there is no such row: the right is asked for before or after.
        return answer.headers["Location"].startswith("/admin/login/") or answer.headers["Location"] == "/admin/"
    if answer.status_code in {302, 303}:  # nothing was shown, but for a list of one row, which is the row's own page
        return not _A_ROW.fullmatch(answer.headers["Location"])
    return answer.status_code in {400, 401, 403, 404, 405}


@pytest.mark.parametrize("role", ["", "nobody", *roles.GROUPS])
def test_nothing_beyond_a_role_is_reachable_by_its_address(role: str, staff: Staff, first_rows: None) -> None:
    user: User | AnonymousUser = AnonymousUser() if not role else staff(role if role in roles.GROUPS else "")
    wrong = []
    for name, _route in addresses():
        for method in ("GET", "POST"):
            needed = asked(name, method)
            may = needed == ANYONE or (user.is_staff if needed == STAFF_ONLY else user.has_perm(needed))
            if needed and not may and not _may_look(user, name, needed) and outcome(name, method, user) == "in":
                wrong.append((name, method, needed))
    assert wrong == []


def _may_look(user: User | AnonymousUser, name: str, needed: str) -> bool:
    """Who may change may also see; some pages show themselves whatever is posted to them."""
    if ".view_" in needed:
        return user.has_perm(needed.replace(".view_", ".change_"))
    return name in _SHOW_THEMSELVES and user.has_perm(needed.replace(".change_", ".view_"))


# They write by addresses of their own, which are decided about above, and nothing by this one.
_SHOW_THEMSELVES = {"admin:conversations_customer_change", "admin:inventory_stockimport_change"}


@pytest.mark.parametrize("role", roles.GROUPS)
def test_what_a_role_may_see_it_reaches(role: str, staff: Staff) -> None:
    user = staff(role)
    lists = [name for name, _route in addresses() if name.endswith("_changelist") and user.has_perm(asked(name, "GET"))]
    assert len(lists) > 5
    assert [name for name in lists if outcome(name, "GET", user) != "in"] == []


def test_administrators_reach_everything_that_has_a_page(staff: Staff) -> None:
    user = staff(roles.ADMINISTRATOR)
    lists = [f"admin:{model._meta.label_lower.replace('.', '_')}_changelist" for model in admin.site._registry]
    assert [name for name in lists if outcome(name, "GET", user) != "in"] == []
