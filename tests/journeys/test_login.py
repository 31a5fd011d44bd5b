"""A manager's first morning, in a real browser: password, phone, backup codes; and a stranger who guesses."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from karlos_site import roles

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "una frase larga y propia"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture
def manager(db: None, settings: Settings) -> User:
    settings.ADMIN_REQUIRE_OTP = True
    roles.seed()
    user = User.objects.create_user("gerente", password=PASSWORD, is_staff=True)
    roles.give(user, roles.MANAGER)
    return user


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = browser.new_context(viewport=request.param, locale="es-MX", base_url=live_server.url)
    yield context.new_page()
    context.close()


def log_in(screen: Page, password: str = PASSWORD) -> None:
    screen.goto("/admin/")
    screen.locator("[name=username]").fill("gerente")
    screen.locator("[name=password]").fill(password)
    screen.get_by_role("button", name="Iniciar sesión").click()


def shown_by_the_phone() -> str:
    """What an app shows that was given the key."""
    device = TOTPDevice.objects.latest("pk")
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    return f"{totp.token():06d}"


def test_a_manager_sets_up_the_phone_and_comes_in_with_it(screen: Page, manager: User) -> None:
    log_in(screen)
    expect(screen.get_by_role("heading")).to_contain_text("Configure el segundo factor")
    expect(screen.get_by_role("img", name="Código QR")).to_be_visible()
    overflow = screen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0
    screen.locator("[name=code]").fill("000000")
    screen.get_by_role("button", name="Continuar").click()
    expect(screen.get_by_text("Ese no es el código.")).to_be_visible()
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    screen.locator("[name=code]").fill(shown_by_the_phone())
    screen.get_by_role("button", name="Continuar").click()
    expect(screen.get_by_role("heading")).to_contain_text("Sus códigos de respaldo")
    codes = screen.get_by_role("listitem").filter(has_text=re.compile(r"^[1-8][a-z]{8}$")).all_inner_texts()
    assert len(codes) == 8
    screen.get_by_role("link", name="Ya los guardé").click()
    expect(screen).to_have_url(re.compile(r"/admin/$"))

    screen.context.clear_cookies()
    log_in(screen)
    screen.locator("[name=code]").fill(codes[0])
    screen.keyboard.press("Enter")
    expect(screen.get_by_text("le quedan 7")).to_be_visible()


def test_a_stranger_is_told_until_when_the_door_is_shut(screen: Page, manager: User) -> None:
    for _n in range(5):
        log_in(screen, "adivinanza")
    expect(screen.get_by_text(re.compile(r"de nuevo a las \d\d:\d\d"))).to_be_visible()
    screen.get_by_role("link", name="Volver a iniciar sesión").click()
    expect(screen.locator("[name=username]")).to_be_visible()
