"""The phone in a real browser."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from twilio.rest import Client as Twilio
from twilio.rest.content.v1.content import ContentList

from simulator import faults
from tests.simulator.other_end import Karlos, wait_until

pytestmark = pytest.mark.browser

OURS = "whatsapp:+14155238886"


@pytest.fixture
def answering(karlos: Karlos, twilio: Twilio) -> Callable[[str], None]:
    """Let Karlos type, and answer every message with these words."""

    def answer_with(words: str) -> None:
        def answer(form: dict[str, str]) -> None:
            twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=form["MessageSid"])
            twilio.messages.create(to=form["From"], from_=OURS, body=words)

        karlos.on_inbound = answer

    return answer_with


@pytest.fixture
def desk(simulator: str, page: Page) -> Page:
    """The page, open; whatever it complains of fails the test."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(simulator)
    expect(page.get_by_test_id("phone")).to_have_count(1)
    assert not complaints
    return page


def write(phone: Locator, text: str) -> None:
    phone.get_by_test_id("composer").fill(text)
    phone.get_by_test_id("composer").press("Enter")


def attach(phone: Locator, kind: str) -> None:
    phone.get_by_test_id("attach").click()
    phone.get_by_test_id(f"attach-{kind}").click()


def test_a_question_is_read_and_answered_by_someone_named(desk: Page, answering: Callable[[str], None]) -> None:
    answering("Tenemos *6 Mazda 3*.")
    write(desk.get_by_test_id("phone"), "busco un mazda 3")
    expect(desk.get_by_test_id("bubble-out")).to_contain_text("busco un mazda 3")
    reply = desk.get_by_test_id("bubble-in")
    expect(reply).to_contain_text("Tenemos 6 Mazda 3.")
    expect(reply.locator("strong")).to_have_text("6 Mazda 3")
    expect(desk.get_by_test_id("ticks")).to_have_attribute("data-status", "read")
    expect(desk.get_by_test_id("written-by")).to_have_text("rules")
    expect(desk.get_by_test_id("composer")).to_have_value("")


def test_typing_shows_until_the_answer_comes(desk: Page, karlos: Karlos, twilio: Twilio) -> None:
    typing = desk.get_by_test_id("typing")
    karlos.on_inbound = lambda form: (
        twilio.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=form["MessageSid"]) and None
    )
    expect(typing).to_be_hidden()
    write(desk.get_by_test_id("phone"), "Hola")
    expect(typing).to_be_visible()
    twilio.messages.create(to=karlos.inbound()[0].form["From"], from_=OURS, body="Hola")
    expect(desk.get_by_test_id("bubble-in")).to_be_visible()
    expect(typing).to_be_hidden()


def test_what_is_written_is_never_markup(desk: Page, answering: Callable[[str], None]) -> None:
    answering("<img src=x onerror=alert(1)> *<b>negrita</b>* ~viejo~ _nuevo_ `<i>` 2*3*4 snake_case_name")
    write(desk.get_by_test_id("phone"), "<script>alert(1)</script>")
    expect(desk.get_by_test_id("bubble-out")).to_contain_text("<script>alert(1)</script>")
    reply = desk.get_by_test_id("bubble-in")
    expect(reply).to_contain_text("<img src=x onerror=alert(1)> <b>negrita</b> viejo nuevo <i> 2*3*4 snake_case_name")
    assert reply.locator("img, b, i").count() == 0
    assert [reply.locator(tag).inner_text() for tag in ("strong", "s", "em", "code")] == [
        "<b>negrita</b>",
        "viejo",
        "nuevo",
        "<i>",
    ]


def test_links_open_elsewhere_and_end_before_the_full_stop(desk: Page, answering: Callable[[str], None]) -> None:
    answering("Mira https://karlos.example/autos_usados?a=1&b=2.")
    write(desk.get_by_test_id("phone"), "Hola")
    link = desk.get_by_test_id("bubble-in").locator("a")
    expect(link).to_have_attribute("href", "https://karlos.example/autos_usados?a=1&b=2")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_shift_and_enter_begin_a_new_line(desk: Page, karlos: Karlos) -> None:
    composer = desk.get_by_test_id("composer")
    composer.fill("uno")
    composer.press("Shift+Enter")
    composer.press_sequentially("dos")
    expect(desk.get_by_test_id("bubble-out")).to_have_count(0)
    desk.get_by_test_id("send").click()
    expect(desk.get_by_test_id("bubble-out")).to_contain_text("uno dos")
    expect(desk.get_by_test_id("ticks")).to_have_attribute("data-status", "delivered")
    assert karlos.inbound()[0].form["Body"] == "uno\ndos"


def test_a_webhook_that_fails_is_marked_and_sent_again(desk: Page, karlos: Karlos) -> None:
    karlos.inbound_status = 503
    write(desk.get_by_test_id("phone"), "Hola")
    expect(desk.get_by_test_id("not-delivered")).to_contain_text("503")
    karlos.inbound_status = 200
    desk.get_by_test_id("retry").click()
    expect(desk.get_by_test_id("ticks")).to_have_attribute("data-status", "delivered")
    expect(desk.get_by_test_id("not-delivered")).to_have_count(0)
    desk.get_by_test_id("retry-same").click()
    expect(desk.get_by_role("status")).to_be_visible()
    assert len({call.form["MessageSid"] for call in karlos.inbound()}) == 1


def test_customers_stand_side_by_side_and_keep_to_themselves(desk: Page, answering: Callable[[str], None]) -> None:
    answering("Hola")
    desk.set_viewport_size({"width": 1440, "height": 900})
    for name, number in (("Luis", "+52 1 55 8765 4321"), ("Eva", "")):
        desk.get_by_test_id("add-customer").click()
        desk.get_by_test_id("customer-name").fill(name)
        desk.get_by_test_id("customer-phone").fill(number)
        desk.get_by_test_id("customer-add").click()
    expect(desk.get_by_test_id("phone")).to_have_count(3)
    eva = desk.get_by_role("region", name="Eva")
    write(eva, "soy Eva")
    expect(eva.get_by_test_id("bubble-in")).to_be_visible()
    expect(desk.get_by_test_id("bubble-out")).to_have_count(1)


def test_on_a_real_phone_one_chat_fills_the_screen(desk: Page, answering: Callable[[str], None]) -> None:
    answering("Hola " * 200)
    desk.set_viewport_size({"width": 360, "height": 700})
    write(desk.get_by_test_id("phone"), "Hola")
    expect(desk.get_by_test_id("bubble-in")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth") == 360
    expect(desk.get_by_test_id("send")).to_be_in_viewport()
    expect(desk.get_by_test_id("ticks")).to_have_attribute("data-status", "read")


@pytest.mark.parametrize(
    ("kind", "confirm", "shown"),
    [
        ("ad", "ad-send", ".quoted-ad"),
        ("location", "location-send", ".map"),
        ("picture", "picture-send", "img.picture"),
        ("button", "button-send", ".body"),
        ("audio", "", ".voice"),
        ("sticker", "", "img.picture"),
    ],
)
def test_everything_a_customer_can_attach_is_shown(
    desk: Page, karlos: Karlos, kind: str, confirm: str, shown: str
) -> None:
    attach(desk.get_by_test_id("phone"), kind)
    if confirm:
        desk.get_by_test_id(confirm).click()
    expect(desk.get_by_test_id("bubble-out").locator(shown)).to_be_visible()
    expect(desk.get_by_test_id("ticks")).to_have_attribute("data-status", "delivered")
    assert len(karlos.inbound()) == 1


def test_a_fault_is_switched_on_and_off_in_the_drawer(desk: Page, answering: Callable[[str], None]) -> None:
    answering("Hola")
    desk.get_by_test_id("faults").click()
    desk.get_by_test_id("fault-undelivered").check(force=True)
    desk.get_by_test_id("faults-close").click()
    write(desk.get_by_test_id("phone"), "Hola")
    expect(desk.get_by_test_id("undelivered")).to_contain_text("63016")
    expect(desk.get_by_test_id("bubble-in")).to_have_count(0)
    assert faults.switched_on() == {faults.UNDELIVERED: None}
    desk.get_by_test_id("faults").click()
    desk.get_by_test_id("fault-undelivered").uncheck(force=True)
    expect(desk.locator("#fault-count")).to_be_hidden()
    assert faults.switched_on() == {}


def test_the_keyboard_reaches_everything(desk: Page, karlos: Karlos) -> None:
    desk.get_by_test_id("attach").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_test_id("attach-picture")).to_be_focused()
    desk.keyboard.press("ArrowRight")
    expect(desk.get_by_test_id("attach-location")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.get_by_test_id("attach")).to_be_focused()
    expect(desk.get_by_test_id("attach-picture")).to_be_hidden()


def test_a_list_opens_and_what_is_tapped_in_it_is_sent(desk: Page, twilio: Twilio, karlos: Karlos) -> None:
    item = {"id": "{{2}}", "item": "{{3}}", "description": "{{4}}"}
    picker = {"twilio/list-picker": {"body": "{{1}}", "button": "Ver autos", "items": [item]}}
    asked = ContentList.ContentCreateRequest(
        {"friendly_name": "a list", "language": "es", "variables": {"1": "x"}, "types": ContentList.Types(picker)}
    )
    content_sid = twilio.content.v1.contents.create(asked).sid
    variables = json.dumps({"1": "Tenemos uno:", "2": "car:101", "3": "Mazda 3 2013", "4": "98,400 km"})

    def answer(form: dict[str, str]) -> None:
        if not form.get("ListId"):
            twilio.messages.create(to=form["From"], from_=OURS, content_sid=content_sid, content_variables=variables)

    karlos.on_inbound = answer
    phone = desk.get_by_test_id("phone")
    write(phone, "busco un mazda 3")
    phone.get_by_test_id("choices").click()
    expect(phone.get_by_test_id("choice")).to_contain_text("98,400 km")
    phone.get_by_test_id("choice").click()
    expect(phone.get_by_test_id("bubble-out").last).to_contain_text("Mazda 3 2013")
    expect(phone.get_by_test_id("choice")).to_be_hidden()
    told = wait_until(lambda: [call.form for call in karlos.inbound() if call.form.get("ListId")])
    assert (told[0]["ListId"], told[0]["ListTitle"]) == ("car:101", "Mazda 3 2013")
