"""A member of staff's conversation, in a real browser: taken over, answered with a photo while messages arrive, given back."""

import itertools
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from conversations import delivery, inbound, presence, staff
from conversations.models import Customer, Handoff, Message, Turn
from conversations.whatsapp import Inbound
from inventory import photos
from inventory.models import Vehicle
from karlos_site.models import Session
from tests.conversations import twilio_server
from tests.conversations.twilio_server import TwilioServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
_numbers = itertools.count(1)


def write(text: str) -> Customer:
    """Ana Pérez writes."""
    message = inbound.store(
        Inbound(
            sid=f"SM{next(_numbers):032x}",
            address="whatsapp:+5215512345678",
            identities=(("phone", "+525512345678"),),
            profile_name="Ana Pérez",
            kind="text",
            text=text,
        )
    )
    assert message is not None
    return message.customer


@pytest.fixture
def twilio(settings: Settings) -> Iterator[TwilioServer]:
    with twilio_server.served() as server:
        settings.TWILIO_API_BASE_URL = server.url
        yield server


@pytest.fixture
def customer(stock: dict[int, Vehicle], settings: Settings, tmp_path: Path) -> Customer:
    """Ana Pérez asked for a person; the Mazda 3 of 2016 has a photo."""
    settings.MEDIA_ROOT = tmp_path
    file = BytesIO()
    Image.new("RGB", (400, 300), "navy").save(file, "JPEG")
    photos.add(stock[102], [photos.prepare(ContentFile(file.getvalue(), "navy.jpg"))])
    customer = write("¿tienen mazda 3?")
    turn = Turn.objects.create(customer=customer, state="done", model="rules")
    Message.objects.create(
        customer=customer, turn=turn, author="assistant", model="rules", text="Tenemos 6.", delivery="read"
    )
    Handoff.objects.create(customer=customer, reason="asked")
    return customer


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, redis: None, admin_user: User
) -> Iterator[Page]:
    """A browser in which somebody has logged in."""
    client = Client()
    client.force_login(admin_user)
    name = django_settings.SESSION_COOKIE_NAME
    context = browser.new_context(viewport=request.param, locale="es-MX", base_url=live_server.url)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    yield context.new_page()
    context.close()


def deliver_all() -> None:
    while ids := delivery.due(100):
        for message_id in ids:
            delivery.deliver(message_id)


def serious_faults(screen: Page) -> list[str]:
    """What an automated check finds that keeps somebody from using the page."""
    found = Axe().run(screen, ".inbox, .talk").response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found if fault["impact"] in {"serious", "critical"}
    ]


def test_a_conversation_is_taken_answered_with_a_photo_and_given_back(
    screen: Page, customer: Customer, twilio: TwilioServer
) -> None:
    luis = User.objects.create_user("luis", is_staff=True, first_name="Luis")
    screen.goto("/admin/conversations/customer/")
    row = screen.get_by_role("link", name="Ana Pérez")
    expect(row).to_contain_text("espera a una persona")
    assert serious_faults(screen) == []
    row.click()
    screen.get_by_role("button", name="Tomar").click()
    expect(screen.locator("#bar")).to_contain_text("Contesta usted")
    assert serious_faults(screen) == []
    overflow = screen.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0

    # While a reply is being written, the customer writes, and a colleague comes in and is quicker.
    reply = screen.get_by_role("textbox", name="Respuesta")
    reply.fill("Mira este:")
    write("¿sigues ahí?")
    presence.say(customer.pk, luis, is_typing=True)
    expect(screen.locator("#entries")).to_contain_text("¿sigues ahí?")
    expect(screen.locator("#bar")).to_contain_text("Luis está escribiendo…")
    # What the page knows stays as it is: it asks no more, and what it asks for just now is cut off.
    screen.route("**/news/**", lambda route: route.abort())
    screen.context.set_offline(True)
    screen.context.set_offline(False)
    staff.reply(customer, "Hola, soy Luis", luis.pk)
    screen.get_by_role("button", name="Enviar").click()
    expect(screen.get_by_role("alert")).to_be_visible()
    assert Message.objects.filter(author="staff").count() == 1
    assert reply.input_value() == "Mira este:"
    screen.unroute("**/news/**")
    expect(screen.locator("#entries")).to_contain_text("Hola, soy Luis")

    screen.get_by_role("button", name="Mostrar un auto").click()
    screen.get_by_label("Marca, modelo, año o número de inventario").fill("mazda 2016")
    screen.get_by_role("button", name="Mazda 3 2016, foto 1").click()
    assert "$218,500.50" in reply.input_value()
    screen.get_by_role("button", name="Enviar").click()
    expect(screen.locator(".message.staff img")).to_be_visible()
    expect(reply).to_have_value("")
    deliver_all()
    assert twilio.posts[-1]["Body"].startswith("Mira este:")
    assert "/media/photos/" in twilio.posts[-1]["MediaUrl"]
    sent = Message.objects.filter(author="staff").latest("id")
    Message.objects.filter(pk=sent.pk).update(delivery="read")
    expect(screen.locator(f"#m{sent.pk} .tick.read")).to_be_visible()

    screen.locator("[data-receipt]").first.click()
    expect(screen.get_by_role("dialog")).to_contain_text("MXN")
    screen.keyboard.press("Escape")
    screen.get_by_role("button", name="Devolver a Karlos").click()
    expect(screen.locator("#bar")).to_contain_text("Contesta Karlos")
    assert not customer.is_with_person


def test_whose_session_ends_while_they_write_finds_their_words_after_the_login(
    screen: Page, customer: Customer, admin_user: User
) -> None:
    screen.goto(f"/admin/conversations/customer/{customer.pk}/change/")
    screen.get_by_role("button", name="Tomar").click()
    reply = screen.get_by_role("textbox", name="Respuesta")
    reply.fill("Mira este:")
    Session.objects.all().delete()
    screen.locator("[name=username]").fill(admin_user.username)
    assert "Ana Pérez" not in screen.content()
    screen.locator("[name=password]").fill("password")
    screen.get_by_role("button", name="Iniciar sesión").click()
    expect(reply).to_have_value("Mira este:")
