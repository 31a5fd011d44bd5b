"""The dealership's own questions and answers: found by what customers write, told by the rules and to the model."""

import json

import pytest
from django.core.exceptions import ValidationError
from pytest_django.fixtures import Settings

from assistant import agent, dealership, guardrails, questions, tools
from assistant.guardrails import Situation
from assistant.items import Said, ToolCall
from assistant.models import AssistantSettings, Question
from assistant.tools import Asked
from tests.assistant.conftest import NOW

pytestmark = pytest.mark.django_db

PARKING = "Sí, hay estacionamiento con techo para 40 autos."


@pytest.fixture
def parking() -> Question:
    Question.objects.create(asked="¿Dan factura a empresas?", spanish="Sí, con tu constancia fiscal.")
    return Question.objects.create(
        asked="¿Tienen estacionamiento techado?\nWhere can I park?", spanish=PARKING, english="Yes, 40 covered places."
    )


@pytest.mark.parametrize(
    "words",
    [
        "¿tienen estacionamiento techado?",
        "oigan y hay estacionamientos techados ahi?",
        "estasionamiento techado??",
        "where can I park",
    ],
)
def test_a_question_is_known_however_it_is_asked(parking: Question, words: str) -> None:
    (found,) = questions.answers(words, "es")
    assert (found.question, found.text, found.is_sure) == ("¿Tienen estacionamiento techado?", PARKING, True)


@pytest.mark.parametrize("words", ["busco un mazda 3", "¿a qué hora abren?", "", "techo", "🚗"])
def test_other_words_ask_none_of_them(parking: Question, words: str) -> None:
    assert not questions.is_asked(words)


def test_the_answer_comes_in_the_customers_language_or_in_spanish(parking: Question) -> None:
    assert questions.answers("where can I park", "en")[0].text == "Yes, 40 covered places."
    parking.english = ""
    parking.save()
    assert questions.answers("where can I park", "en")[0].text == PARKING


def tell(**arguments: object) -> dict[str, object]:
    call = ToolCall("call_1", "fetch_dealership_information", json.dumps({"topics": [], **arguments}))
    receipt, _effect = tools.run(call, Asked(now=NOW, language="es"))
    return receipt.result


def test_the_model_asks_in_the_customers_words_and_is_told_what_is_not_known(parking: Question) -> None:
    assert tell(question="¿el estacionamiento es techado?") == {
        "information": {"¿Tienen estacionamiento techado?": PARKING},
        "not_known": [],
    }
    assert tell(question="¿aceptan perros?") == {"information": {}, "not_known": ["question"]}


def test_the_examples_come_with_the_first_start_and_not_again() -> None:
    dealership.start_from_examples()
    assert Question.objects.filter(is_example=True).count() == 1
    Question.objects.all().delete()
    dealership.start_from_examples()
    assert not Question.objects.exists()


# --- The greeting, and who speaks -------------------------------------------------------------------------------


def test_the_settings_begin_with_those_of_the_environment_and_are_the_admins_from_then_on(settings: Settings) -> None:
    settings.ASSISTANT_NAME, settings.OPENAI_API_KEY = "Lupita", "a-key"
    assert agent.upsert_agent().name == "Lupita"
    AssistantSettings.objects.create(name="Beto", model="gpt-6.1-terra", effort="high")
    made = agent.upsert_agent()
    assert (made.name, made.model, made.settings) == ("Beto", "gpt-6.1-terra", {"effort": "high"})


def test_the_greeting_stands_in_the_instructions_and_may_be_said_word_for_word() -> None:
    greeting = "¡Qué tal! Aquí {name}, el asistente virtual de {dealership}, tu agencia de confianza desde 1987."
    AssistantSettings.objects.create(greeting_spanish=greeting)
    instructions = agent.upsert_agent().instructions
    filled = AssistantSettings.current().greeting("es", "Autos Ejemplo")
    assert filled == greeting.replace("{name}", "Karlos").replace("{dealership}", "Autos Ejemplo")
    assert filled in instructions
    items = (Said("customer", "hola"),)
    assert not guardrails.check(filled, items, Situation(instructions=instructions)).violations
    rest = instructions[instructions.index("Every price, payment") :][:120]
    assert guardrails.check(rest, items, Situation(instructions=instructions)).violations


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "gpt-4o-mini"),
        ("model", "GPT-5"),
        ("model", "gpt 6 luna"),
        ("effort", "much"),
        ("greeting_spanish", "Hola {customer}"),
        ("greeting_english", "Hi }"),
        ("name", ""),
    ],
)
def test_what_can_not_work_is_refused(settings: Settings, field: str, value: str) -> None:
    settings.OPENAI_BASE_URL = ""
    with pytest.raises(ValidationError) as refused:
        AssistantSettings(**{field: value}).full_clean()
    assert list(refused.value.message_dict) == [field]


def test_another_server_may_call_its_models_what_it_likes(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:11434/v1"
    AssistantSettings(model="gpt-4o").full_clean()
