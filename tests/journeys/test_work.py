"""A member of staff's work in a real browser, in Spanish: visits, what customers asked for in vain, and answers to be approved."""

import html
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from assistant.models import OpeningHours
from conversations import turns
from conversations.models import Customer, Lead, Message, Visit
from inventory.models import Vehicle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
Desk = Callable[[ViewportSize], Page]


@pytest.fixture
def desk(live_server: LiveServer, browser: Browser, stock: dict[int, Vehicle]) -> Desk:
    """Sofía's browser, as big as it is, signed in; the dealership is open every day."""
    for weekday in range(7):
        OpeningHours.objects.create(weekday=weekday, opens=time(9), closes=time(19))
    sofia = User.objects.create_superuser("sofia", first_name="Sofía")

    def desk(size: ViewportSize) -> Page:
        client = Client()
        client.force_login(sofia)
        context = browser.new_context(viewport=size, locale="es-MX", base_url=live_server.url)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto("/admin/")
        return page

    return desk


@pytest.fixture
def ana(db: None) -> Customer:
    return Customer.objects.create(profile_name="Ana Pérez", language="es", address="whatsapp:+5215512345678")


def ask(customer: Customer, text: str) -> str:
    """What Karlos answers to it."""
    Message.objects.create(customer=customer, author="customer", text=text, handling="waiting")
    Customer.objects.filter(pk=customer.pk).update(due_at=Now(), waiting_since=Now(), last_inbound_at=Now())
    turn = turns.run(customer.pk, lambda _: None)
    assert turn is not None
    return "\n".join(turn.messages.filter(author="assistant").order_by("part").values_list("text", flat=True))


def assert_accessible(page: Page) -> None:
    """Nothing serious in what this page adds to the theme's frame."""
    found = Axe().run(page, context="#content")
    serious = [found["id"] for found in found.response["violations"] if found["impact"] in {"serious", "critical"}]
    assert serious == [], html.unescape(found.generate_report())


def test_a_visit_is_confirmed_in_the_calendar_and_the_customer_told(desk: Desk, ana: Customer) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "12:00" in ask(ana, f"¿Puedo ver el 201 el {tomorrow} a las 12:00?")
    Lead.objects.create(customer=ana, kind="callback", due_at=timezone.now() - timedelta(hours=1), note="llámenme")
    page = desk(DESKTOP)
    page.get_by_role("link", name="Por hacer").click()
    expect(page.get_by_text("2 pendientes")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Vencido hace 1 hora")).to_contain_text("Ana Pérez")
    assert_accessible(page)
    page.get_by_role("button", name="Listo").click()
    expect(page.get_by_text("1 pendiente", exact=True)).to_be_visible()
    page.get_by_role("link", name="Calendario de visitas").click()
    if tomorrow.weekday() == 0:
        page.get_by_role("link", name="Semana siguiente").click()
    block = page.locator(".visit", has_text="Ana Pérez")
    expect(block).to_contain_text("por confirmar")
    assert_accessible(page)
    block.click()
    page.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_text("Te confirmo tu visita para ver el Nissan Sentra 2019")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Avisar al cliente por WhatsApp").click()
    expect(page.get_by_text("Se le avisó al cliente")).to_be_visible()
    confirmed = Visit.objects.get()
    assert confirmed.owner is not None
    assert (confirmed.state, confirmed.owner.username) == ("confirmed", "sofia")
    assert "Te confirmo tu visita" in Message.objects.get(author="staff").text
    page.get_by_role("link", name="Calendario", exact=True).click()
    expect(page.locator(".visit.confirmed")).to_contain_text("Ana Pérez")


def test_who_did_not_come_is_called_and_the_figure_of_the_day_opens_the_visit(desk: Desk, ana: Customer) -> None:
    earlier = timezone.now() - timedelta(hours=2)
    Visit.objects.create(customer=ana, starts_at=earlier, due_at=earlier, state=Visit.State.CONFIRMED)
    page = desk(PHONE)
    page.goto("/admin/conversations/lead/todo/")
    expect(page.get_by_role("listitem").filter(has_text="¿Vino a su visita?")).to_contain_text("Ana Pérez")
    page.get_by_role("button", name="No vino").click()
    page.goto("/admin/conversations/lead/todo/")
    call = page.get_by_role("listitem").filter(has_text="Llamar al cliente")
    expect(call).to_contain_text("Sofía")
    call.get_by_text("Más", exact=True).click()
    call.get_by_role("button", name="Posponer una hora").click()
    expect(page.get_by_role("listitem").filter(has_text="En 59 minutos")).to_contain_text("Ana Pérez")
    call.get_by_role("button", name="Listo").click()
    expect(page.get_by_text("No hay pendientes")).to_be_visible()
    assert Lead.objects.get().done_at is not None
    page.goto("/admin/")
    page.get_by_role("link", name="1 no vino").click()
    expect(page.get_by_role("link", name="Ana Pérez")).to_be_visible()
    assert_accessible(page)


def test_a_gap_is_filled_in_on_a_phone_and_karlos_answers_with_it(desk: Desk, ana: Customer) -> None:
    assert "no está registrado" in ask(ana, "¿de qué color es el 201?")
    page = desk(PHONE)
    page.goto("/admin/conversations/gap/overview/")
    assert_accessible(page)
    page.get_by_role("link", name="Color", exact=True).click()
    line = page.locator(".blanks li", has_text="Nissan Sentra 2019 (201)")
    expect(line).to_contain_text("1 cliente lo preguntó")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing to scroll sideways"
    assert_accessible(page)
    line.get_by_role("textbox").fill("Azul")
    line.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Karlos ya lo dice desde ahora")).to_be_visible()
    expect(line).to_have_count(0)
    assert "azul" in ask(ana, "¿y de qué color es el 201?").lower()
    page.goto("/admin/conversations/visit/calendar/")
    expect(page.get_by_text("Sin visitas").first).to_be_visible()
    page.goto("/admin/conversations/lead/todo/")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_accessible(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_one_customer_is_answered_is_approved_first(desk: Desk, ana: Customer, size: ViewportSize) -> None:
    ask(ana, "hola")
    page = desk(size)
    page.goto(f"/admin/conversations/customer/{ana.pk}/change/")
    if size == PHONE:
        page.get_by_text("Cliente, notas y pendientes").click()
    page.get_by_role("button", name="Que solo proponga").click()
    expect(page.locator("#bar")).to_contain_text("Karlos propone")
    ask(ana, "¿de qué año es el 201?")
    proposal = page.locator("#proposal")
    expect(proposal).to_contain_text("2019")
    assert_accessible(page)
    proposal.get_by_role("button", name="Enviar").click()
    expect(page.locator("#entries")).to_contain_text("2019")
    assert not Message.objects.filter(delivery="proposed").exists()
    if size == PHONE:
        page.get_by_text("Cliente, notas y pendientes").click()
    page.get_by_role("button", name="Que Karlos conteste por su cuenta").click()
    expect(page.locator("#bar")).to_contain_text("Contesta Karlos")
