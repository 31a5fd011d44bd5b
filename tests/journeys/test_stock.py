"""A manager's work with the stock, in a real browser: photos, prices one by one and many at once, and the history of it all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, FilePayload, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from inventory.models import Vehicle
from tests.inventory.conftest import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
STOCK = "/admin/inventory/vehicle/"


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, media: Path) -> Iterator[Page]:
    """The manager, logged in."""
    client = Client()
    client.force_login(User.objects.create_superuser("gerente", first_name="Lucía"))
    context = browser.new_context(viewport=request.param, locale="es-MX", base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    yield context.new_page()
    context.close()


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def looks_right(screen: Page, name: str) -> None:
    """Nothing is wider than the screen. With KARLOS_TEST_SCREENSHOTS set, there is a picture to judge."""
    overflow = screen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, name
    if folder := os.environ.get("KARLOS_TEST_SCREENSHOTS"):
        width = (screen.viewport_size or DESKTOP)["width"]
        screen.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def test_photos_prices_and_their_history(screen: Page, stock: dict[int, Vehicle]) -> None:
    car = stock[201]
    page = f"{STOCK}{car.pk}/change/"

    # Two photos at once, and the second one first.
    screen.goto(page)
    screen.locator("[name=new_photos]").set_input_files(
        [
            FilePayload(name=name, mimeType="image/jpeg", buffer=picture(name, colour=colour).read())
            for name, colour in (("frente.jpg", "red"), ("lado.jpg", "blue"))
        ]
    )
    screen.locator("[name=_continue]").click()
    expect(screen.locator("img.photo")).to_have_count(2)
    first, second = car.photos.all()
    screen.locator("#photos-group [x-sort\\:handle]").nth(1).drag_to(screen.locator("#photos-group img.photo").first)
    expect(screen.locator("[name=photos-1-position]")).to_have_value("0")
    screen.locator("[name=photos-0-caption]").fill("De frente")
    looks_right(screen, "car")
    screen.locator("[name=_continue]").click()
    expect(screen.locator("[name=photos-1-caption]")).to_have_value("De frente")
    assert list(car.photos.all()) == [second, first]

    # A price on the page needs a reason.
    screen.locator("[name=price_mxn]").fill("265000")
    screen.locator("[name=_continue]").click()
    expect(screen.get_by_text("Escriba por qué cambia el precio")).to_be_visible()
    screen.locator("[name=reason]").fill("Lleva 60 días")
    screen.locator("[name=_continue]").click()
    expect(screen.locator("[name=reason]")).to_have_value("")

    # One price in the list, then three at once after a look at them.
    screen.goto(STOCK)
    expect(screen.get_by_text("20 % de enganche a 72 meses")).to_be_visible()
    row = screen.locator("#result_list tbody").filter(has_text="201 ·")
    assert "/thumbnail.jpg" in (row.locator("img").get_attribute("src") or "")
    looks_right(screen, "list")
    row.locator("input[type=number]").fill("264000")
    screen.get_by_role("button", name="Guardar").click()
    expect(row.locator("input[type=number]")).to_have_value("264000.00")
    for stock_id in (101, 102, 201):
        screen.locator("#result_list tbody").filter(has_text=f"{stock_id} ·").locator("input.action-select").check()
    screen.locator("select[name=action]").select_option("change_prices")
    screen.get_by_role("button", name="Ejecutar").click()
    screen.locator("[name=figure]").fill("-5")
    screen.locator("[name=reason]").fill("Promoción de noviembre")
    screen.get_by_role("button", name="Vista previa").click()
    expect(screen.get_by_role("heading", name="Cambiarían 3 precios")).to_be_visible()
    expect(screen.get_by_text("$250,800")).to_be_visible()
    car.refresh_from_db()
    assert car.price_mxn == 264_000
    looks_right(screen, "prices")
    screen.get_by_role("button", name="Cambiar estos precios").click()
    expect(screen.get_by_text("Se cambiaron 3 precios.")).to_be_visible()

    # All of it, with who and why.
    screen.goto(f"{STOCK}{car.pk}/history/")
    versions = screen.locator("article.version")
    expect(versions.nth(0)).to_contain_text("Lucía")
    expect(versions.nth(0)).to_contain_text("$250,800")
    expect(versions.nth(0)).to_contain_text("Promoción de noviembre")
    expect(versions.nth(1)).to_contain_text("Editado en la lista")
    expect(versions.nth(2)).to_contain_text("Lleva 60 días")
    expect(versions.nth(4)).to_contain_text("2 fotos agregadas")
    looks_right(screen, "history")
