"""A person is brought in by the customer's words, whatever a model makes of them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant import escalation
from assistant.answer import Answer, HandOff, Receipt
from assistant.items import Said, ToolCall, ToolResult
from assistant.sentences import say
from assistant.tools import Asked

pytestmark = [pytest.mark.anywhere, pytest.mark.django_db]

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("America/Mexico_City"))
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 0, tzinfo=ZoneInfo("America/Mexico_City"))


def answer(text: str, **more: Any) -> Answer:
    """What a model said."""
    return Answer(text=text, model="a model", items=(Said("assistant", text),), **more)


def ensured(given: Answer, said: str, *before: Said, now: datetime = MONDAY_NOON, language: str = "es") -> Answer:
    return escalation.ensured(given, said, before=before, asked=Asked(now=now, language=language))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("quiero hablar con una persona", "asked"),
        ("Pásame a un asesor por favor", "asked"),
        ("can I talk to a human", "asked"),
        ("eres un robot? comunicame con un asesor", "asked"),
        ("qué pésimo servicio, los voy a reportar a PROFECO", "complaint"),
        ("el carro que me vendieron ya no prende", "after_sales"),
        ("¿me aprueban con mal buró?", "credit"),
        ("quiero que borren mis datos", "privacy"),
        ("NADIE ME CONTESTA!!! LLEVO DOS DIAS", "complaint"),
        ("SON UNOS RATEROS!!", "complaint"),
        ("ERES UN INUTIL!!!", "complaint"),
    ],
)
def test_some_words_need_a_person(said: str, reason: str) -> None:
    assert escalation.reason(said) == reason


@pytest.mark.parametrize(
    "said",
    [
        "busco un mazda 3",
        "eres un robot?",
        "hablo con una persona?",
        "eres un inútil",
        "BUSCO UN JETTA 2018!!",
        "QUE PRECIO TIENE EL SENTRA??",
        "a nadie le gusta el color rojo",
        "WHY IS IT SO CHEAP",
        "[anuncio: ¿Mal buró? Habla con un asesor]\nhola",
    ],
)
def test_other_words_do_not(said: str) -> None:
    assert escalation.reason(said) is None


def test_a_second_insult_does() -> None:
    before = [Said("customer", "eres un inútil"), Said("assistant", say("es", "abuse"))]
    assert escalation.reason("idiota", before) == "complaint"


def test_a_model_that_says_no_to_a_person_is_overruled() -> None:
    given = ensured(answer("No puedo comunicarte con nadie."), "pásame a un asesor")
    assert given.text == say("es", "handed_off")
    assert [effect.reason for effect in given.effects if isinstance(effect, HandOff)] == ["asked"]
    assert given.receipts[-1].result == {"handed_off": True}
    call, result, said = given.items
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert call.call_id == result.call_id == given.receipts[-1].call_id
    assert said == Said("assistant", given.text)
    assert given.remarks == ("A person was brought in by the customer's words: asked.",)


def test_what_was_looked_up_is_told_all_the_same() -> None:
    found = Receipt(call_id="1", name="fetch_vehicles_data", arguments={}, result={"total": 6})
    given = ensured(answer("Tenemos 6 Mazda 3.", receipts=(found,)), "cuantos mazda 3 hay? y pásame a un asesor")
    assert given.text == f"Tenemos 6 Mazda 3.\n\n{say('es', 'handed_off')}"
    assert len(given.receipts) == 2


def test_a_model_that_handed_over_itself_is_left_alone() -> None:
    own = answer("Te paso con alguien.", effects=(HandOff(reason="asked", summary="x"),))
    assert ensured(own, "pásame a un asesor") is own


def test_whoever_is_handed_over_while_it_is_closed_is_told_when_somebody_answers() -> None:
    when = say("es", "person_answers_from", when="lunes 23 de noviembre de 2026 a las 09:00")
    assert when in ensured(answer("No."), "pásame a un asesor", now=SATURDAY_NIGHT).text
    own = answer("Te paso con alguien.", effects=(HandOff(reason="asked", summary="x"),))
    given = ensured(own, "pásame a un asesor", now=SATURDAY_NIGHT)
    assert given.text == f"Te paso con alguien.\n\n{when}"
    assert given.items == (Said("assistant", given.text),)
    told = replace(own, text="Te responden el lunes desde las 9:00.")
    assert ensured(told, "pásame a un asesor", now=SATURDAY_NIGHT) is told


def test_two_turns_in_a_row_without_sense_bring_in_a_person() -> None:
    lost = say("es", "not_understood")
    before = [Said("customer", "asdf"), Said("assistant", lost)]
    given = ensured(answer(lost), "qwer zxcv", *before)
    assert given.text == say("es", "handed_off_not_understood")
    assert [effect.reason for effect in given.effects if isinstance(effect, HandOff)] == ["not_understood"]
    once = answer(lost)
    assert ensured(once, "asdf") is once
    between = [*before, Said("customer", "busco un mazda"), Said("assistant", "Tenemos 6.")]
    assert ensured(once, "qwer", *between) is once


def test_after_the_person_gave_back_the_count_begins_anew() -> None:
    lost = say("es", "not_understood")
    once = answer(lost)
    before = [Said("assistant", lost), Said("staff", "Listo, ya quedó.")]
    assert ensured(once, "asdf", *before) is once
