"""The interest rate is changed in a browser: the difference is shown, the next quote follows it, and it is taken back."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from conversations import terminal
from conversations.models import Customer, Turn
from inventory.models import Vehicle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

QUOTE = "el 201 a 4 años con 20% de enganche"
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def desk(page: Page, live_server: LiveServer, settings: Settings) -> Page:
    """The admin in Spanish, entered by the manager."""
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    settings.ADMIN_REQUIRE_OTP = False
    client = Client()
    client.force_login(User.objects.create_superuser("jefa"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.set_extra_http_headers({"Accept-Language": "es-MX"})
    page.goto(f"{live_server.url}/admin/")
    return page


def quoted(customer: Customer) -> str:
    """What a customer is told now."""
    return terminal.exchange(customer, QUOTE).reply


def test_change_the_rate_and_see_the_next_quote_and_take_it_back(desk: Page, stock: dict[int, Vehicle]) -> None:
    ana = terminal.customer("Ana")
    assert "$5,458.01" in quoted(ana)

    desk.get_by_role("link", name="Condiciones de crédito").first.click()
    desk.get_by_label("Tasa de interés anual").fill("0.125")
    desk.get_by_label("Motivo").fill("El banco subió la tasa")
    desk.get_by_role("button", name="Guardar", exact=True).click()
    expect(desk.get_by_text("0.1 → 0.125")).to_be_visible()
    dearer = quoted(ana)
    assert "$5,458.01" not in dearer
    assert "12.5" in dearer

    desk.set_viewport_size(PHONE)
    desk.get_by_role("link", name="Versión 2").click()
    expect(desk.locator(".differences ins").first).to_have_text("0.125")
    expect(desk.get_by_text("El banco subió la tasa")).to_be_visible()
    expect(desk.get_by_text("Esta versión está vigente")).to_be_visible()
    first = Turn.objects.earliest("id").settings_version
    assert first is not None
    desk.goto(desk.url.replace(f"/{desk.url.split('/')[-3]}/change/", f"/{first.pk}/change/"))
    desk.get_by_label("Motivo").fill("Fue un error")
    desk.get_by_role("button", name="Volver a la versión 1").click()
    expect(desk.get_by_text("Karlos vuelve a trabajar como en la versión 1")).to_be_visible()
    assert "$5,458.01" in quoted(ana)
    versions = list(Turn.objects.order_by("id").values_list("settings_version__number", flat=True))
    assert versions == [1, 2, 3]
