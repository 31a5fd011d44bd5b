"""What a customer's words are read as, in the light of what was shown."""

import json
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant import language, reading
from assistant.items import Item, Said, ToolCall, ToolResult
from assistant.reading.shown import shown
from assistant.sentences import say
from inventory.models import Vehicle
from tests.assistant.conftest import NOW

pytestmark = [pytest.mark.anywhere, pytest.mark.usefixtures("stock")]

ROWS = [
    {"stock_id": 102, "name": "Mazda 3", "year": 2016, "price": "218500.50", "mileage_km": 81_250},
    {"stock_id": 103, "name": "Mazda 3", "year": 2018, "price": "259000.00", "mileage_km": 60_100},
    {"stock_id": 106, "name": "Mazda 3", "year": 2022, "price": "389000.00", "mileage_km": 15_700},
]
LISTED: tuple[Item, ...] = (
    Said("customer", "busco un mazda 3"),
    ToolCall("call_1", "fetch_vehicles_data", '{"models": ["mazda 3"]}'),
    ToolResult("call_1", json.dumps({"total": 6, "vehicles": ROWS})),
    Said("assistant", "Tenemos 6."),
)


def read(text: str, *before: Item) -> reading.Reading:
    return reading.read((*before, Said("customer", text)), NOW)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hasta 300 mil", {"price_max": 300_000}),
        ("menos de $300,000", {"price_max": 300_000}),
        ("máximo 300", {"price_max": 300_000}),
        ("tengo 250 mil", {"price_max": 250_000}),
        ("mi presupuesto es de 250,000 pesos", {"price_max": 250_000}),
        ("de más de 200 mil", {"price_min": 200_000}),
        ("entre 200 y 300 mil", {"price_min": 200_000, "price_max": 300_000}),
        ("from 200 to 300 thousand", {"price_min": 200_000, "price_max": 300_000}),
        ("unos 250 mil", {"price_about": 250_000}),
        ("under 300k", {"price_max": 300_000}),
        ("modelo 2018", {"year_min": 2018, "year_max": 2018}),
        ("2018 en adelante", {"year_min": 2018}),
        ("2018 or newer", {"year_min": 2018}),
        ("2018 para abajo", {"year_max": 2018}),
        ("entre 2016 y 2019", {"year_min": 2016, "year_max": 2019}),
        ("con menos de 60 mil km", {"mileage_max_km": 60_000}),
        ("con 20% de enganche", {"down_payment_percent": 20}),
        ("con 50 mil de enganche", {"down_payment": 50_000}),
        ("enganche de 50,000", {"down_payment": 50_000}),
        ("50k down", {"down_payment": 50_000}),
        ("a 48 meses", {"months": [48]}),
        ("a 4 años", {"months": [48]}),
        ("a cuatro años", {"months": [48]}),
        ("a 3, 4 y 5 años", {"months": [36, 48, 60]}),
        ("5 mil al mes", {"monthly": 5000}),
        ("2,500 a la quincena", {"monthly": 5000}),
        ("lo mismo que pago ahorita, 5,800", {"monthly": 5800}),
        ("15,000 dólares", {"dollars": 15_000}),
        ("de 400 bolas pa abajo", {"price_max": 400_000}),
        ("de medio millón para arriba", {"price_min": 500_000}),
        ("ando entre los 230 y 240 mil pesitos", {"price_min": 230_000, "price_max": 240_000}),
        ("algo de 200-250", {"price_min": 200_000, "price_max": 250_000}),
        ("sentra 19", {"year_min": 2019, "year_max": 2019}),
        ("modelo 18 en adelante", {"year_min": 2018}),
        ("arriba de 2018", {"year_min": 2018}),
        ("anteriores a 2016", {"year_max": 2016}),
        ("cuánto sale el sentra 2019 al mes", {"year_min": 2019, "year_max": 2019}),
        ("con la mitad de enganche", {"down_payment_percent": 50}),
        ("el sentra con 50 mil de enganche a 4", {"down_payment": 50_000, "months": [48]}),
        ("el sentra, 50 mil a 4 años", {"down_payment": 50_000, "months": [48]}),
        ("20% de engache y la mensualidade a 48 mezes", {"down_payment_percent": 20}),
        ("no traigo más de 210 mil", {"price_max": 210_000}),
        ("que no sea de menos de 2019", {"year_min": 2019}),
        ("abajo de los 160", {"price_max": 160_000}),
        ("mi tope son 190", {"price_max": 190_000}),
        ("como de 300 mil más menos", {"price_about": 300_000}),
        ("entre doscientos y doscientos treinta mil", {"price_min": 200_000, "price_max": 230_000}),
        ("medio milloncito", {"price_max": 500_000}),
        ("gano 18 mil al mes", {"income": 18_000}),
        ("una cochera de 4.80 x 2.5 m", {"space_mm": {"length": 4800, "width": 2500}}),
        ("el 201", {"stock_ids": [201]}),
        ("id 201 con 20% a 48 meses", {"stock_ids": [201], "down_payment_percent": 20, "months": [48]}),
    ],
)
def test_figures_are_read_as_what_they_stand_for(text: str, found: dict[str, Any]) -> None:
    said = read(text)
    assert {name: getattr(said, name) for name in found} == found
    limits = {"price_min", "price_max", "price_about", "year_min", "year_max", "down_payment", "monthly", "dollars"}
    assert {name: getattr(said, name) for name in limits - set(found)} == dict.fromkeys(limits - set(found))


@pytest.mark.parametrize(
    ("text", "stock_ids"),
    [
        ("el segundo", [103]),
        ("me interesa la primera", [102]),
        ("el último", [106]),
        ("the third one", [106]),
        ("el número 2", [103]),
        ("opción 3", [106]),
        ("el décimo", []),
        ("el más barato de esos", [102]),
        ("de esos el más nuevo", [106]),
        ("of those, the one with the lowest mileage", [106]),
        ("gracias", []),
    ],
)
def test_words_point_at_what_was_listed(text: str, stock_ids: list[int]) -> None:
    assert read(text, *LISTED).pointed == stock_ids


@pytest.mark.parametrize(
    ("text", "models", "year"),
    [
        ("quiero un sentra, no perdón, un mazda 3", ["Mazda 3"], None),
        ("un sentra\nperdón\nun mazda 3 quise decir", ["Mazda 3"], None),
        ("un sentra 2019, no, perdón, el 2018", ["Sentra"], 2018),
        ("perdón, tienen el sentra?", ["Sentra"], None),
        ("¿cuál es mejor, un sentra o un mazda 3?", ["Sentra", "Mazda 3"], None),
    ],
)
def test_who_corrects_a_word_is_taken_by_the_last_one(text: str, models: list[str], year: int | None) -> None:
    said = read(text)
    assert [mention.model for mention in said.mentions] == models
    assert said.year_min == said.year_max == year


def asked(sentence: str, *before: Item) -> tuple[Item, ...]:
    return (*before, Said("assistant", f"Claro. {say('es', sentence)}"))


@pytest.mark.parametrize(
    ("first", "sentence", "text", "found"),
    [
        (
            "qué me alcanza con 6 mil al mes",
            "affordable_down_payment",
            "60 mil",
            {"monthly": 6000, "down_payment": 60_000},
        ),
        (
            "el 201 a crédito",
            "credit_down_payment",
            "50 a 4",
            {"stock_ids": [201], "down_payment": 50_000, "months": [48]},
        ),
        (
            "un crédito con 50 mil de enganche",
            "credit_which_car",
            "el 201",
            {"stock_ids": [201], "down_payment": 50_000},
        ),
        ("gano 18 mil al mes", "income", "4 mil y 50", {"monthly": 4000, "down_payment": 50_000}),
        ("quiero ir el martes", "visit_what_time", "a las 5", {"at": time(17), "day": date(2026, 11, 24)}),
        (
            "el 201 a crédito",
            "credit_down_payment",
            "mejor una suv de menos de 300",
            {"down_payment": None, "stock_ids": []},
        ),
    ],
)
def test_a_bare_answer_is_read_by_what_was_asked(first: str, sentence: str, text: str, found: dict[str, Any]) -> None:
    said = read(text, *asked(sentence, Said("customer", first)))
    assert {name: getattr(said, name) for name in found} == found


def test_the_name_of_the_one_car_of_its_model_points_at_it_in_a_list() -> None:
    rows = [row | {"make": "Mazda", "model": "Mazda 3"} for row in ROWS]
    rows[1] = rows[1] | {"make": "Nissan", "model": "Sentra", "name": "Nissan Sentra"}
    listed = (*LISTED[:2], ToolResult("call_1", json.dumps({"total": 3, "vehicles": rows})), LISTED[3])
    assert read("el sentra", *listed).pointed == [103]
    assert read("el mazda 3", *listed).pointed == []
    assert read("el mazda 3 2022", *listed).pointed == [106]
    assert read("tienen otro sentra?", *listed).pointed == []


def test_places_of_a_list_that_are_named_together_are_all_meant() -> None:
    assert read("el 1 y el 3", *LISTED).stock_ids == [102, 106]
    assert read("el de en medio", *LISTED).pointed == [103]


def test_fewer_kilometres_of_a_make_does_not_refuse_the_make() -> None:
    said = read("cuál tiene menos kilómetros de los mazda")
    assert [mention.make for mention in said.mentions] == ["Mazda"]
    assert said.not_wanted == []
    assert [mention.make for mention in read("cualquiera menos los mazda").not_wanted] == ["Mazda"]


def test_the_hour_of_a_visit_is_no_amount() -> None:
    said = read("paso mañana como a las 9 y media", *asked("one_car_end", *LISTED))
    assert (said.at, said.down_payment, said.loose) == (time(9, 30), None, [])


def test_without_a_list_nothing_is_pointed_at() -> None:
    assert read("el segundo").pointed == []


def test_the_list_stays_when_one_of_it_is_quoted_and_that_one_is_meant_by_ese() -> None:
    quoted = (
        *LISTED,
        Said("customer", "el segundo a 4 años con 20%"),
        ToolCall("call_2", "fetch_credit_estimate", '{"stock_id": 103}'),
        ToolResult("call_2", '{"stock_id": 103}'),
        Said("assistant", "Son..."),
    )
    assert read("ese", *quoted).pointed == [103]
    assert read("el primero", *quoted).pointed == [102]
    assert shown(quoted).focus == 103


def test_a_search_that_found_nothing_leaves_the_list_that_was_shown() -> None:
    nothing = (ToolCall("call_2", "fetch_vehicles_data", "{}"), ToolResult("call_2", '{"total": 0, "vehicles": []}'))
    assert shown((*LISTED, *nothing)).listed == shown(LISTED).listed


@pytest.mark.parametrize("name", ["fetch_vehicles_data", "fetch_credit_estimate", "fetch_weather"])
def test_a_call_that_failed_leaves_what_was_shown(name: str) -> None:
    failed = (ToolCall("call_2", name, '{"models": ["maz'), ToolResult("call_2", '{"error": "No."}'))
    assert shown((*LISTED, *failed)) == shown(LISTED)


def test_the_reading_is_given_to_a_model_as_facts_that_are_a_ground() -> None:
    said = Said("customer", "el segundo con 50 mil de enganche a 4 años")
    (remark,) = reading.remarks((*LISTED, said), NOW)
    assert remark.is_ground
    for fact in ("down payment 50,000", "term 48 months", "stock id 103"):
        assert fact in remark.text


def test_where_nothing_is_read_nothing_is_said() -> None:
    assert reading.remarks((Said("customer", "hola"),), NOW) == ()


def test_only_the_words_since_the_last_answer_are_read() -> None:
    items = (Said("customer", "hasta 200 mil"), Said("assistant", "Hay 1."), Said("customer", "hasta 300 mil"))
    assert reading.read(items, NOW).price_max == 300_000
    assert reading.last_words(items) == "hasta 300 mil"


@pytest.mark.parametrize(
    ("texts", "tongue"),
    [
        (["busco un mazda 3"], "es"),
        (["do you have a mazda 3?"], "en"),
        (["mazda 3"], "otherwise"),
        (["ok", "👍"], "otherwise"),
        (["¿qué tal?"], "es"),
        (["hi", "I'm looking for a truck"], "en"),
        ([""], "otherwise"),
        ([], "otherwise"),
    ],
)
def test_the_language_is_told_by_words_that_only_one_has(texts: list[str], tongue: str) -> None:
    assert language.of(texts, otherwise="otherwise") == tongue


_words = st.sampled_from(
    [
        "el",
        "la",
        "segundo",
        "tercero",
        "ese",
        "de",
        "a",
        "con",
        "hasta",
        "entre",
        "y",
        "más",
        "menos",
        "mazda",
        "jetta",
        "3",
        "2018",
        "2018-2020",
        "20%",
        "50",
        "mil",
        "k",
        "enganche",
        "años",
        "meses",
        "km",
        "al",
        "mes",
        "quincena",
        "$",
        "201",
        "268,999",
        "un",
        "medio",
        "millón",
        "no",
        "sin",
        "pero",
        "automático",
        "camioneta",
        "dólares",
    ]
)


@given(words=st.lists(_words | st.text(max_size=5), max_size=12))
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_words_are_too_odd_to_read(stock: dict[int, Vehicle], words: list[str]) -> None:
    said = read(" ".join(words), *LISTED)
    amounts = (said.price_min, said.price_max, said.down_payment, said.monthly, said.dollars)
    assert all(amount is None or amount >= Decimal(0) for amount in amounts)
    assert set(said.pointed) <= {102, 103, 106}
