"""What customers asked for and could not be given is kept as they ask, whoever answers."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversations import terminal
from conversations.models import Customer, Gap, Turn
from conversations.terminal import Words
from inventory.models import Vehicle
from tests.assistant.responses_server import ResponsesServer, asks, call, says
from tests.conversations.conftest import Answer, Write

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.fixture
def ana(stock: dict[int, Vehicle]) -> Customer:
    return terminal.new_customer("ana")


def say(customer: Customer, text: str) -> str:
    return terminal.exchange_all(customer, [Words(text=text)], now=NOW).reply


def kept() -> set[tuple[str, str, int | None]]:
    return set(Gap.objects.values_list("kind", "name", "vehicle__stock_id"))


def test_a_question_on_what_is_not_recorded_of_a_car(ana: Customer) -> None:
    say(ana, "¿de qué color es el 201?")
    assert kept() == {("field", "colour", 201)}
    assert Gap.objects.get().turn == Turn.objects.get()


def test_what_is_recorded_is_no_gap(ana: Customer) -> None:
    say(ana, "¿el 102 tiene bluetooth?")
    assert kept() == set()


def test_a_question_on_what_the_stock_has_no_field_for(ana: Customer) -> None:
    said = say(ana, "¿el 201 tiene quemacocos?")
    assert "no está registrado" in said
    assert kept() == {("field", "quemacocos", 201)}


def test_whether_a_car_fits_a_place_when_its_size_is_not_recorded(ana: Customer) -> None:
    say(ana, "¿el 202 cabe en una cochera de 5 metros de largo?")
    assert kept() == {("field", "length", 202)}


def test_a_wish_for_what_is_not_recorded_of_cars_that_fit_otherwise(ana: Customer) -> None:
    say(ana, "busco un auto rojo")
    assert ("field", "colour", None) in kept()


def test_a_model_that_is_not_in_stock(ana: Customer) -> None:
    say(ana, "¿tienen honda civic?")
    assert kept() == {("name", "Honda Civic", None)}


def test_a_budget_that_nothing_fits(ana: Customer) -> None:
    say(ana, "busco una camioneta de menos de 120 mil")
    assert ("price", "100000", None) in kept()


def test_asked_twice_by_one_customer_is_one_row_dated_anew(ana: Customer) -> None:
    say(ana, "¿tienen honda civic?")
    first = Gap.objects.get().asked_at
    say(ana, "¿y de verdad no tienen honda civic?")
    assert Gap.objects.get().asked_at > first


def test_what_a_language_model_looks_up_is_kept_the_same(llm: ResponsesServer, write: Write, answer: Answer) -> None:
    asked = {"stock_ids": [201], "about": ["colour", "quemacocos"]}
    told = "De ese auto no tengo registrado el color ni si trae quemacocos; una persona del equipo lo puede confirmar."
    llm.script(asks(call("fetch_vehicles_data", asked)), says(told))
    answer(write("de que color es el 201 y trae quemacocos?"))
    assert kept() == {("field", "colour", 201), ("field", "quemacocos", 201)}
