"""Every page that staff open all day, by the usual rules of accessibility: labels, contrast, names, order. Nothing serious is found."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from conversations import turns
from conversations.models import Customer, Lead, Message, Visit
from inventory.models import Vehicle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/admin/",
    "/admin/inventory/vehicle/",
    "/admin/inventory/vehicle/{vehicle}/change/",
    "/admin/inventory/vehicle/{vehicle}/history/",
    "/admin/inventory/stockimport/",
    "/admin/inventory/stockimport/add/",
    "/admin/inventory/creditterms/",
    "/admin/conversations/customer/",
    "/admin/conversations/customer/{customer}/change/",
    "/admin/conversations/turn/{turn}/change/",
    "/admin/conversations/lead/todo/",
    "/admin/conversations/lead/{lead}/change/",
    "/admin/conversations/visit/calendar/",
    "/admin/conversations/visit/{visit}/change/",
    "/admin/conversations/gap/overview/",
    "/admin/assistant/assistantsettings/",
    "/admin/assistant/question/add/",
    "/admin/conversations/limits/",
    "/admin/admin/logentry/",
    "/admin/auth/user/",
)


SIZES = (ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844))


def test_no_page_has_a_serious_barrier_on_a_desk_or_on_a_phone(
    live_server: LiveServer, browser: Browser, stock: dict[int, Vehicle]
) -> None:
    context = browser.new_context(locale="es-MX", base_url=live_server.url)
    client = Client()
    client.force_login(User.objects.create_superuser("sofia", first_name="Sofía"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    found: dict[str, list[str]] = {}
    rows = _rows(stock)
    for path in PAGES:
        page.goto(path.format(**rows))
        for size in SIZES:
            page.set_viewport_size(size)
            for barrier in _serious(page):
                found.setdefault(barrier, []).append(f"{path} at {size['width']}")
    assert found == {}


def _serious(page: Page) -> list[str]:
    results = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{barrier['id']}: {barrier['nodes'][0]['html'][:160]}"
        for barrier in results["violations"]
        if barrier["impact"] in {"serious", "critical"}
    ]


def _rows(stock: dict[int, Vehicle]) -> dict[str, int]:
    """A conversation with an answer, a visit and a lead."""
    customer = _conversation(stock[201])
    return {
        "vehicle": stock[201].pk,
        "customer": customer.pk,
        "turn": customer.turns.latest("pk").pk,
        "lead": customer.leads.latest("pk").pk,
        "visit": customer.visits.latest("pk").pk,
    }


def _conversation(vehicle: Vehicle) -> Customer:
    now = timezone.now()
    ana = Customer.objects.create(
        profile_name="Ana Pérez", language="es", due_at=now, waiting_since=now, last_inbound_at=now
    )
    Message.objects.create(customer=ana, author="customer", text="¿el sentra tiene quemacocos?", handling="waiting")
    turns.run(ana.pk, lambda _turn: None)
    Visit.objects.create(customer=ana, vehicle=vehicle, starts_at=now + timedelta(days=2), due_at=now)
    Lead.objects.create(customer=ana, kind=Lead.Kind.CALLBACK, due_at=now, note="Que le llamen.")
    return ana
