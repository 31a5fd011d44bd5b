"""The guardrails: a figure passes only if tools, dealership, customer or our own sentences gave it."""

import json
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from assistant import guardrails
from assistant.items import Item, Remark, Said, ToolCall, ToolResult
from assistant.models import DealershipText

pytestmark = pytest.mark.django_db


def gave(result: Any) -> ToolResult:
    return ToolResult("call_1", json.dumps(result))


SEARCH = gave(
    {
        "total": 9,
        "vehicles": [
            {"stock_id": 301, "name": "Toyota RAV4", "year": 2018, "price": "371500.00", "mileage_km": 87_600},
            {"stock_id": 201, "name": "Nissan Sentra", "year": 2019, "price": "268999.50", "length_mm": 4636},
        ],
        "unavailable": {"777": "sold"},
    }
)


def withheld(text: str, *items: Item) -> list[str]:
    return [
        sentence.removeprefix("the figure ").removesuffix(" comes from nowhere")
        for sentence in guardrails.violations(text, items)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Cuesta $371,500.",
        "Cuesta $371,500.00 y el otro $268,999.50.",
        "Cuesta 371500 pesos.",
        "Cuesta $371.500, dicho a la española.",
        "Es 2018 y tiene 87,600 km.",
        "Son 9 en total; te muestro 2 y quedan 7.",
        "La RAV4 con id 301.",
        "El 777 ya se vendió.",
        "Mide 4.636 metros, o sea 4636 mm.",
        "1. *RAV4*\n2. *Sentra*\n10) otro\n*5.* otro\n6.- otro\n- 8. otro\n3️⃣ otro",
        "Cuesta 371.5 mil pesos.",
        "No tengo ese dato, ¡mil gracias!",
        "Sin cifra alguna.",
        "",
    ],
)
def test_what_a_tool_gave_passes_however_it_is_written(text: str) -> None:
    assert withheld(text, SEARCH) == []


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("Cuesta $371,501.", ["371,501"]),
        ("Cuesta $371,500.01.", ["371,500.01"]),
        ("Cuesta 370 mil.", ["370"]),
        ("Cuesta trescientos setenta mil pesos.", ["trescientos setenta mil pesos"]),
        ("It costs three hundred thousand.", ["three hundred thousand"]),
        ("Es 2017 y tiene 5,000 km; cuesta $371,500.", ["2017", "5,000"]),
        ("Te hago el 15% de descuento, 15% nada más.", ["15"]),
        ("Es 100% seguro.", ["100"]),
        ("Llama al 5512345678.", ["5512345678"]),
        ("1. Cuesta $1.", ["1"]),
        ("3.5 litros", ["3.5"]),
        ("-15 %", ["15"]),
    ],
)
def test_what_no_one_gave_is_withheld(text: str, figures: list[str]) -> None:
    assert withheld(text, SEARCH) == figures


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("tengo 250,000", "Con $250,000 te alcanza."),
        ("tengo 250 mil", "Con $250,000 te alcanza."),
        ("tengo doscientos cincuenta mil", "Con 250 mil te alcanza."),
        ("doy veinte por ciento", "Con 20% de enganche."),
        ("a 4 años", "Son 48 meses."),
        ("a 48 meses", "Son 4 años."),
        ("busco un 2015", "No tengo 2015."),
    ],
)
def test_the_customers_own_figures_pass(said: str, text: str) -> None:
    assert withheld(text, Said("customer", said)) == []


def test_what_staff_wrote_passes_and_what_the_assistant_wrote_does_not() -> None:
    assert withheld("Te lo dejan en $199,000.", Said("staff", "Se lo dejamos en $199,000.")) == []
    assert withheld("Te lo dejo en $199,000.", Said("assistant", "Te lo dejo en $199,000.")) == ["199,000"]


def test_a_remark_is_a_ground_only_where_it_says_so() -> None:
    assert withheld("Hasta $250,000.", Remark("price at most 250,000", is_ground=True)) == []
    assert withheld("Hasta $250,000.", Remark("price at most 250,000")) == ["250,000"]


def test_what_a_model_asked_for_is_no_ground() -> None:
    asked = ToolCall("call_1", "fetch_vehicles_data", '{"price_max": 199000}')
    assert withheld("Cuesta $199,000.", asked, gave({"total": 0, "vehicles": []})) == ["199,000"]


@pytest.mark.parametrize("text", ["Abrimos de 9:00 a 19:00.", "Garantía de 10 mil km.", "Garantía de 10,000 km."])
def test_the_dealerships_text_passes(text: str) -> None:
    told = {"information": {"hours": "De 9:00 a 19:00.", "warranty": "Garantía de 10 mil km."}, "not_known": []}
    assert withheld(text, gave(told)) == []


def test_our_own_sentences_pass() -> None:
    assert withheld("Manejamos plazos de 36 a 72 meses.") == []


def test_the_names_of_assistant_and_dealership_pass(settings: Settings) -> None:
    settings.ASSISTANT_NAME = "Karlos 3000"
    DealershipText.objects.create(topic="name", spanish="Autos 4x4 del 58")
    assert withheld("Soy Karlos 3000, de Autos 4x4 del 58.") == []


def test_a_correction_names_the_figures_and_the_answer() -> None:
    told = guardrails.correction("Cuesta $199,000.", guardrails.violations("Cuesta $199,000.", []))
    assert "the figure 199,000 comes from nowhere" in told
    assert "«Cuesta $199,000.»" in told


@pytest.mark.parametrize("result", [[], None, 7, {"vehicles": None}, {"vehicles": [], "total": 0}, {"information": []}])
def test_a_result_of_any_shape_is_looked_through(result: Any) -> None:
    assert withheld("Hola", gave(result)) == []
