"""The rules: conversations held without any language model, through the same loop, tools and guardrails."""

from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from assistant import language, loop, reading, tools
from assistant.answer import Answer, Document, HandOff
from assistant.items import Item, Said, ToolCall
from assistant.llm.rules import Rules
from assistant.models import DealershipText
from inventory.models import CreditTerms, Vehicle
from tests.assistant.conftest import NOW, request

SEARCH, CREDIT = "fetch_vehicles_data", "fetch_credit_estimate"

pytestmark = [pytest.mark.anywhere, pytest.mark.usefixtures("stock")]


class Talk:
    """A customer's conversation with the rules; each `says` is a turn."""

    def __init__(self) -> None:
        self.items: tuple[Item, ...] = ()
        self.language = "es"

    def says(self, *words: str) -> Answer:
        said = (*self.items, *(Said("customer", text) for text in words))
        self.language = language.of(words, otherwise=self.language)
        task = loop.Task(
            instructions="",
            tools=tuple(tool.spec for tool in tools.TOOLS),
            items=(*said, *reading.remarks(said, NOW)),
            language=self.language,
            now=NOW,
            customer_ref="0123abcd",
        )
        answer = loop.answer(task, (Rules(),), lambda: None)
        self.items = (*said, *answer.items)
        assert answer.model == "rules"
        assert answer.remarks == ()
        return answer


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_busco_un_mazda_3_says_there_are_six_and_lists_the_cheapest_five(talk: Talk) -> None:
    answer = talk.says("busco un mazda 3")
    assert "6 Mazda 3" in answer.text
    lines = [line for line in answer.text.splitlines() if line[:2] in {f"{n}." for n in range(1, 10)}]
    assert [line.rpartition("id ")[2] for line in lines] == ["101", "102", "103", "104", "105"]
    assert "$159,000" in lines[0]
    assert "$218,500.50" in lines[1]


def test_the_second_at_four_years_with_twenty_percent_is_quoted_to_the_cent(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    answer = talk.says("el segundo a 4 años con 20% de enganche")
    assert [(receipt.name, receipt.arguments) for receipt in answer.receipts] == [
        (CREDIT, {"stock_id": 102, "down_payment_percent": 20, "months": 48})
    ]
    for figure in ("$43,700.10", "20%", "$174,800.40", "*$4,433.39 al mes*", "48 meses", "$4,433.42", "$256,502.85"):
        assert figure in answer.text
    assert "no es el CAT" in answer.text


def test_the_known_figures_come_out_in_words(talk: Talk) -> None:
    answer = talk.says("el sentra a 48 meses con 20% de enganche")
    assert [receipt.name for receipt in answer.receipts] == [SEARCH, CREDIT]
    for figure in ("$5,458.01", "$5,457.85", "$46,785.12", "$315,784.12"):
        assert figure in answer.text


def test_who_wants_a_person_gets_one(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    answer = talk.says("quiero hablar con una persona")
    (effect,) = answer.effects
    assert isinstance(effect, HandOff)
    assert effect.reason == "asked"
    assert "quiero hablar con una persona" in effect.summary
    assert "persona del equipo" in answer.text


def test_the_greeting_comes_once(talk: Talk, settings: Settings) -> None:
    settings.ASSISTANT_NAME = "Lupita"
    assert talk.says("hola").text.count("Soy Lupita") == 1
    assert "Lupita" not in talk.says("hola, busco un mazda 3").text
    assert "Lupita" not in talk.says("gracias").text


def test_the_dealership_is_named_as_staff_call_it(talk: Talk) -> None:
    DealershipText.objects.create(topic="name", spanish="Autos del 58")
    assert "Autos del 58" in talk.says("hola").text


def test_who_writes_english_is_answered_in_english(talk: Talk) -> None:
    assert "We have 6 Mazda 3" in talk.says("Hi, do you have a mazda 3?").text
    answer = talk.says("the second one over 4 years with 20% down")
    assert "*$4,433.39 a month*" in answer.text
    assert "neither the CAT" in answer.text
    assert talk.says("can I talk to a person please").effects


def test_several_messages_get_one_answer(talk: Talk) -> None:
    answer = talk.says("hola", "busco un mazda 3")
    assert "6 Mazda 3" in answer.text
    assert answer.text.count("Karlos") == 1


def test_the_list_goes_on_where_it_ended(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    answer = talk.says("más opciones")
    assert "6. *Mazda 3 2022*" in answer.text
    assert "id 101" not in answer.text


def test_the_car_that_was_shown_last_is_meant_by_ese(talk: Talk) -> None:
    talk.says("tienen el sentra?")
    answer = talk.says("ese a 48 meses con 20%")
    assert "$5,458.01" in answer.text


def test_what_is_missing_for_a_quote_is_asked_for(talk: Talk) -> None:
    talk.says("tienen el sentra?")
    answer = talk.says("a 48 meses")
    assert answer.receipts == ()
    assert "enganche" in answer.text
    assert answer.text.endswith("?")


def test_without_a_term_every_term_is_quoted(talk: Talk) -> None:
    answer = talk.says("el sentra con 50 mil de enganche")
    assert [line for line in answer.text.splitlines() if "60 meses: *$4,653.08 al mes*" in line]
    assert all(f"- {months} meses" in answer.text for months in (36, 48, 60, 72))


def test_a_budget_limits_the_search(talk: Talk) -> None:
    answer = talk.says("qué tienen de hasta 260 mil")
    assert answer.receipts[0].arguments == {"price_max": 260_000}
    assert "Tenemos 3 autos de hasta $260,000" in answer.text


def test_of_very_many_cars_nobody_counts_beyond_a_thousand(talk: Talk) -> None:
    one = Vehicle.objects.first()
    assert one is not None
    Vehicle.objects.bulk_create(
        Vehicle(stock_id=n, make=one.make, model=one.model, year=one.year, mileage_km=n, price_mxn=n)
        for n in range(1000, 2001)
    )
    said = talk.says("busco un auto de menos de 100 mil").text
    assert "más de 1,000 autos" in said
    assert "más" in said.splitlines()[-1]


def test_a_car_that_is_not_here_is_said_not_to_be(talk: Talk) -> None:
    assert "no tenemos Ferrari" in talk.says("tienen ferrari?").text


def test_a_sold_car_is_not_quoted(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    Vehicle.objects.filter(stock_id=102).update(status=Vehicle.Status.SOLD)
    answer = talk.says("el segundo a 4 años con 20% de enganche")
    assert "error" in answer.receipts[0].result
    assert "al mes" not in answer.text


def test_a_blank_in_the_stock_is_not_recorded_and_no_no(talk: Talk) -> None:
    assert "no está registrado" in talk.says("el sentra tiene bluetooth?").text


def test_the_address_is_told_from_the_dealerships_text(talk: Talk) -> None:
    DealershipText.objects.create(topic="address", spanish="Av. Juárez 1234, Puebla.")
    assert "Av. Juárez 1234, Puebla." in talk.says("dónde están?").text


def test_what_is_not_understood_gets_a_sentence_and_no_silence(talk: Talk) -> None:
    answer = talk.says("xyzzy plugh")
    assert "No estoy seguro de haber entendido" in answer.text
    assert not answer.effects


def test_the_rules_say_what_they_are(talk: Talk) -> None:
    assert "un programa, no una persona" in talk.says("eres un robot?").text


def test_who_must_speak_looks_nothing_up() -> None:
    reply = Rules().respond(request(Said("customer", "busco un mazda 3"), must_speak=True))
    assert reply.calls == ()
    assert reply.text


@pytest.mark.parametrize("words", ["", " ", "??", "👍", "\n\n", "$", "%", "el", "0", "-1", "1" * 400, "a" * 5000])
def test_no_words_are_too_odd_for_an_answer(talk: Talk, words: str) -> None:
    assert talk.says(words).text
    assert talk.says(words).text


def test_each_call_of_a_thread_has_an_id_of_its_own(talk: Talk) -> None:
    for words in ("busco un mazda 3", "el segundo a 4 años con 20% de enganche", "tienen el sentra?"):
        talk.says(words)
    ids = [item.call_id for item in talk.items if isinstance(item, ToolCall)]
    assert len(ids) == len(set(ids)) == 3


def test_the_list_is_remembered_after_a_quote(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    talk.says("el segundo a 4 años con 20% de enganche")
    answer = talk.says("y el tercero a 4 años con 20% de enganche")
    assert answer.receipts[0].arguments["stock_id"] == 103


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("el sentra a 48 meses con veinte por ciento de enganche", {"down_payment_percent": 20, "months": 48}),
        ("el 201 con enganche de 50000 a 60 meses", {"down_payment": 50000, "months": 60}),
        ("el 201 pagando 5 mil al mes a 60 meses", {"monthly": 5000, "months": 60}),
    ],
)
def test_a_quote_is_asked_for_as_it_was_said(talk: Talk, text: str, wanted: dict[str, Any]) -> None:
    said = talk.says(text)
    arguments = [receipt.arguments for receipt in said.receipts if receipt.name == "fetch_credit_estimate"]
    assert arguments == [{"stock_id": 201, **wanted}]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("un nissan automático de menos de 300 mil", {"transmissions": ["automatic", "cvt", "dual_clutch"]}),
        ("un nissan que no sea automático", {"exclude_transmissions": ["automatic", "cvt", "dual_clutch"]}),
        ("un mazda 2018 o más nuevo", {"year_min": 2018}),
        ("una camioneta de 7 asientos", {"seats_min": 7}),
        ("un auto rojo", {"colours": ["rojo"]}),
    ],
)
def test_a_wish_is_searched_as_it_was_said(talk: Talk, text: str, wanted: dict[str, Any]) -> None:
    (receipt,) = talk.says(text).receipts
    assert receipt.arguments.items() >= wanted.items()
    assert "sort" not in receipt.arguments


def test_what_is_not_wanted_is_not_what_we_say_we_have(talk: Talk) -> None:
    assert "3 autos" in talk.says("algo que no sea mazda").text


def test_after_a_list_the_cheapest_is_one_of_it(talk: Talk) -> None:
    talk.says("busco una camioneta o pickup")
    said = talk.says("el más barato")
    assert said.receipts[0].arguments["sort"] == "price"
    assert "Mazda" not in said.text


def test_what_is_still_owed_is_said(talk: Talk) -> None:
    talk.says("el 201 con 20% a 48 meses")
    assert "Después de 24 pagos se deben *$118,27" in talk.says("si liquido en 2 años cuanto debo todavia").text


def test_a_payment_and_a_down_payment_list_what_they_pay_for(talk: Talk) -> None:
    answer = talk.says("puedo pagar 5 mil al mes y dar 120 de enganche")
    assert answer.receipts[0].arguments == {"monthly_max": 5000, "down_payment": 120000}
    assert "al mes a 36 meses" in answer.text
    assert "10%" in answer.text, "the rate is said"


def test_a_payment_alone_is_asked_for_the_down_payment(talk: Talk) -> None:
    answer = talk.says("qué me alcanza con 6 mil al mes")
    assert answer.receipts == ()
    assert "enganche" in answer.text


def test_whether_a_car_fits_a_garage_is_told_with_the_margin(talk: Talk) -> None:
    talk.says("me interesa el 201")
    assert (
        "No cabe de largo: mide 4,636 mm y hay 4,500 mm; faltan 136 mm."
        in talk.says("¿cabe en una cochera de 4.5 m?").text
    )


def test_when_nothing_fits_the_nearest_is_offered(talk: Talk) -> None:
    answer = talk.says("un sentra de menos de 250 mil")
    assert "subiendo el precio hasta $268,999" in answer.text


def test_a_question_about_the_car_in_focus_is_answered_about_it(talk: Talk) -> None:
    talk.says("me interesa el 201")
    assert "Color: no está registrado" in talk.says("¿de qué color es?").text
    assert "Transmisión: automática (según su versión)" in talk.says("¿es automático?").text


def test_a_visit_and_a_payment_in_one_message_get_both(talk: Talk) -> None:
    talk.says("me interesa el 201")
    answer = talk.says("lo puedo ver mañana a las 5? y cuánto queda al mes con 50 mil a 5 años")
    assert [receipt.name for receipt in answer.receipts] == ["book_visit", CREDIT]
    assert "$4,653.08" in answer.text


def test_a_visit_and_the_address_in_one_message_get_both(talk: Talk) -> None:
    DealershipText.objects.create(topic="address", spanish="Av. Juárez 1234, Puebla.")
    answer = talk.says("puedo ir mañana a las 10? dónde están?")
    assert [receipt.name for receipt in answer.receipts] == ["book_visit", "fetch_dealership_information"]
    assert "Av. Juárez 1234" in answer.text


def test_a_visit_for_a_car_that_is_named_is_for_that_car(talk: Talk) -> None:
    answer = talk.says("puedo ver el sentra mañana a las 11?")
    assert [receipt.name for receipt in answer.receipts] == [SEARCH, "book_visit"]
    assert answer.receipts[1].arguments["stock_id"] == 201


def test_day_and_time_of_a_visit_may_come_one_after_the_other(talk: Talk) -> None:
    talk.says("quiero ir a ver el 201")
    assert "A qué hora" in talk.says("mañana").text
    (receipt,) = talk.says("a las 5").receipts
    assert receipt.arguments.items() >= {"time": "17:00", "stock_id": 201}.items()


def test_a_call_at_some_time_is_no_visit(talk: Talk) -> None:
    assert [receipt.name for receipt in talk.says("márcame mañana a las 5").receipts] == ["record_interest"]
    assert [receipt.name for receipt in talk.says("¿abren mañana a las 5?").receipts] == [
        "fetch_dealership_information"
    ]


def test_who_accepts_the_person_that_was_offered_gets_one(talk: Talk) -> None:
    assert not talk.says("me mandas fotos del 201?").effects
    (effect,) = talk.says("sí, por favor").effects
    assert isinstance(effect, HandOff)


def test_who_wants_the_payment_that_was_offered_is_asked_what_it_takes(talk: Talk) -> None:
    talk.says("tienen el sentra?")
    assert "enganche" in talk.says("sí").text
    assert "$4,653.08" in talk.says("50 mil a 5 años").text


def test_other_terms_are_quoted_with_the_rest_as_before_and_so_is_another_car(talk: Talk) -> None:
    talk.says("el 201 con 50 mil de enganche a 4 años")
    assert talk.says("y a 5?").receipts[0].arguments == {"stock_id": 201, "down_payment": 50000, "months": 60}
    answer = talk.says("y el 102 con lo mismo?")
    assert answer.receipts[-1].arguments == {"stock_id": 102, "down_payment": 50000, "months": 60}


def test_a_search_is_narrowed_step_by_step(talk: Talk) -> None:
    talk.says("autos de menos de 300 mil")
    talk.says("que sea automático")
    talk.says("que no sea nissan")
    answer = talk.says("solo mazda")
    automatic = ["automatic", "cvt", "dual_clutch"]
    assert answer.receipts[0].arguments == {
        "price_max": 300000,
        "transmissions": automatic,
        "exclude_makes": ["nissan"],
        "models": ["mazda"],
    }


def test_a_limit_that_is_said_anew_takes_the_place_of_the_old_one(talk: Talk) -> None:
    talk.says("entre 200 y 300 mil")
    assert talk.says("no más de 250").receipts[0].arguments == {"price_max": 250000}


def test_another_kind_of_car_after_one_model_or_none_is_searched_anew(talk: Talk) -> None:
    for first in ("mazda 3", "tienes bocho?"):
        talk.says(first)
        assert "models" not in talk.says("y una pickup?").receipts[0].arguments


def test_more_may_be_asked_for_in_one_word(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    assert talk.says("más").receipts[0].arguments["offset"] == 5


def test_of_several_cars_ese_is_asked_about(talk: Talk) -> None:
    talk.says("busco un mazda 3")
    assert "¿Cuál de ellos?" in talk.says("ese").text


def test_the_car_of_an_offer_is_the_one_that_is_then_spoken_of(talk: Talk) -> None:
    talk.says("te doy 240 por el 201")
    assert talk.says("apártamelo").receipts[0].arguments["stock_id"] == 201


def test_whether_a_car_named_by_its_number_fits_is_told(talk: Talk) -> None:
    assert "No cabe de largo: mide 4,636 mm" in talk.says("el 201 cabe en una cochera de 15 pies?").text
    assert "Su ancho no está registrado" in talk.says("y de ancho 1.80?").text


def test_what_no_stock_file_records_is_said_not_to_be_recorded(talk: Talk) -> None:
    talk.says("me interesa el 201")
    assert "Quemacocos, camara de reversa: no está registrado" in talk.says("trae quemacocos y cámara de reversa?").text
    assert "Unico dueno: no está registrado" in talk.says("¿es de único dueño?").text


def test_what_the_ad_says_is_no_wish_of_the_customer(talk: Talk) -> None:
    answer = talk.says("[anuncio: Nissan Sentra 2019 - Reserva tu visita el martes a las 11]\nQuiero más información")
    assert "$268,999" in answer.text
    assert answer.effects == ()


def test_a_newer_one_is_one_like_the_car_in_focus(talk: Talk) -> None:
    talk.says("me interesa el 103")
    assert talk.says("uno más nuevo?").receipts[0].arguments == {"models": ["Mazda 3"], "year_min": 2019}


def test_something_like_the_car_in_focus_is_of_its_kind_and_costs_about_as_much(talk: Talk) -> None:
    talk.says("me interesa el 201")
    assert talk.says("algo parecido?").receipts[0].arguments == {
        "body_types": ["sedan"],
        "price_min": 215000,
        "price_max": 323000,
    }


def test_an_offer_after_a_car_was_shown_is_no_down_payment(talk: Talk) -> None:
    talk.says("me interesa el 201")
    assert [receipt.name for receipt in talk.says("aceptas 240 en efectivo?").receipts] == ["record_interest"]


def test_an_income_is_no_payment(talk: Talk) -> None:
    answer = talk.says("gano 18 mil al mes, qué me recomiendas")
    assert answer.receipts == ()
    assert "pagar al mes" in answer.text


def test_a_discount_is_not_promised(talk: Talk) -> None:
    talk.says("me interesa el 201")
    assert "yo no puedo cambiarlos" in talk.says("hazme un descuentito").text


def test_what_is_said_of_the_own_car_is_added_to_the_note(talk: Talk) -> None:
    talk.says("quiero vender mi vitara 2021")
    (receipt,) = talk.says("es GLS, 60 mil km, en Puebla").receipts
    assert receipt.arguments == {
        "kind": "trade_in",
        "note": "quiero vender mi vitara 2021\nes GLS, 60 mil km, en Puebla",
    }


def test_a_thumb_up_is_understood(talk: Talk) -> None:
    talk.says("tienen el sentra?")
    assert "No estoy seguro" not in talk.says("👍").text


def test_a_car_that_is_called_like_a_month_is_a_car(talk: Talk) -> None:
    Vehicle.objects.create(stock_id=401, make="Nissan", model="March", year=2018, mileage_km=68_601, price_mxn=184_999)
    assert "Nissan March 2018" in talk.says("q precio tiene el march").text


def test_up_to_which_price_a_payment_goes_is_told_with_the_cars_that_fit(talk: Talk) -> None:
    answer = talk.says("¿hasta qué precio me alcanza con 7,000 al mes y 100 de enganche a 5 años?")
    asked = {"monthly": 7000, "down_payment": 100_000}
    assert [receipt.arguments for receipt in answer.receipts] == [
        {**asked, "months": 60},
        {"monthly_max": 7000, "down_payment": 100_000, "months_max": 60},
    ]
    assert "a 60 meses te alcanza para un auto de hasta *$429,457.81*" in answer.text
    assert "id 106" in talk.says("más opciones").text
    assert answer.text.count("no es el CAT") == 1


def test_without_a_term_the_highest_price_is_told_for_each(talk: Talk) -> None:
    answer = talk.says("what price can I afford with 6,000 a month and 20% down?")
    assert "$6,000 a month and 20% down pay for a car of up to:" in answer.text
    assert "- 36 months: *$232,434.45*" in answer.text


def test_the_highest_price_is_told_before_a_down_payment_is(talk: Talk) -> None:
    answer = talk.says("¿hasta qué precio me alcanza con 7 mil al mes?")
    assert "$0 de enganche" in answer.text
    assert "- 36 meses: *$216,938.80*" in answer.text


def test_the_highest_price_is_no_question_about_the_car_that_was_quoted(talk: Talk) -> None:
    talk.says("el 201 con 20% a 48 meses")
    answer = talk.says("¿y hasta qué precio me alcanza con 7,000 al mes y 100 de enganche a 5 años?")
    assert answer.receipts[0].arguments == {"monthly": 7000, "down_payment": 100_000, "months": 60}


def test_a_single_estimate_is_told_with_its_folio(talk: Talk) -> None:
    answer = talk.says("el 201 con 20% a 48 meses")
    assert f"Folio {answer.receipts[0].result['estimates'][0]['folio']}." in answer.text
    assert "Folio" not in Talk().says("el 201 con 20%").text


def test_a_long_schedule_is_announced_and_goes_out_as_a_document(talk: Talk) -> None:
    talk.says("el 201 con 20% a 60 meses")
    answer = talk.says("mándame la tabla de amortización")
    assert "en PDF" in answer.text
    (estimate,) = answer.receipts[0].result["estimates"]
    assert answer.media == (Document(estimate["folio"]),)
    assert talk.says("y a 48 meses").media == ()


def test_the_assumptions_are_those_that_staff_word(talk: Talk) -> None:
    CreditTerms(annual_rate=Decimal("0.125"), assumptions_spanish="Tasa de {rate}%, más IVA de 16%.").save()
    assert "Tasa de 12.5%, más IVA de 16%." in talk.says("el 201 con 20% a 48 meses").text
    assert "Tasa de 12.5%, más IVA de 16%." in talk.says("puedo pagar 9 mil al mes y dar 120 de enganche").text


def test_the_schedule_of_a_wanted_payment_keeps_the_down_payment_that_it_takes(talk: Talk) -> None:
    wanted = {"stock_id": 201, "monthly": 5000, "months": 60}
    assert talk.says("el 201 pagando 5 mil al mes a 60 meses").receipts[-1].arguments == wanted
    assert talk.says("mándame la tabla de amortización").receipts[0].arguments == wanted | {"with_schedule": True}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("el 201 con 10% de enganche a 36 meses", "el mínimo que pide la agencia: $53,799.80"),
        ("el 201 con 300 mil de enganche a 36 meses", "cubre el precio completo"),
        ("el 201 con 20% a 24 meses", "plazos de 36 o 60 meses"),
        ("el 201 con 20% a 42 meses", "los plazos son de 36 o 60 meses"),
        ("¿hasta qué precio me alcanza con 7 mil al mes y 10% de enganche a 36 meses?", "pide la agencia: 20%"),
    ],
)
def test_a_financing_that_the_terms_do_not_allow_is_refused_with_what_they_are(
    talk: Talk, words: str, said: str
) -> None:
    CreditTerms(terms_months=[36, 60], minimum_down_payment_share=Decimal("0.2")).save()
    assert said in talk.says(words).text


@pytest.mark.parametrize(
    ("said", "fuels"),
    [
        ("busco un híbrido", ["hybrid", "plug_in_hybrid"]),
        ("tienes camionetas diesel?", ["diesel"]),
        ("do you have an electric car", ["electric"]),
        ("autos híbridos o eléctricos", ["hybrid", "plug_in_hybrid", "electric"]),
    ],
)
def test_a_fuel_is_searched_by_and_never_invented(talk: Talk, said: str, fuels: list[str]) -> None:
    answer = talk.says(said)
    assert answer.receipts[0].arguments["fuels"] == fuels
    assert answer.receipts[0].result["total"] == 0
    assert "fuel" in answer.receipts[0].result["not_recorded"]
    assert "combustible" in answer.text.lower() or "fuel" in answer.text.lower()


def test_whether_a_car_is_a_hybrid_is_a_question_about_it(talk: Talk) -> None:
    talk.says("el 201")
    assert "no está registrado" in talk.says("¿es híbrido?").text
