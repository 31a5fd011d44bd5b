"""Copies of real questions in other words: the same every time, masked, and held against the figures of the original."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from conversations import copies
from tests.conversations.conftest import Answer, Write

ASKED = "hola, busco un mazda 3 automático de menos de 300 mil"


def test_a_question_is_mistyped_reordered_put_in_other_units_and_in_english() -> None:
    assert copies.of(ASKED) == {
        "typos": "hola, busco un mazda 3 autoamtico de menos de 300 mil",
        "order": "busco un mazda 3 automático de menos de 300 mil, hola",
        "units": "hola, busco un mazda 3 automático de menos de 300,000",
        "english": "hi I am looking for a mazda 3 automatic under 300 thousand",
        "capitals": "HOLA, BUSCO UN MAZDA 3 AUTOMÁTICO DE MENOS DE 300 MIL",
    }
    assert copies.of(ASKED) == copies.of(ASKED)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("el sentra a 4 años con 50 mil de enganche", "el sentra a 48 meses con 50,000 de enganche"),
        ("con 50,000 de enganche", "con 50 mil de enganche"),
        ("con menos de 60 mil km", "con menos de 60,000 kilómetros"),
    ],
)
def test_units_stay_what_they_are_worth(text: str, units: str) -> None:
    assert copies.in_other_units(text) == units


def test_who_corrects_themselves_is_not_reordered_and_what_is_no_word_of_the_table_not_translated() -> None:
    assert copies.reordered("un mazda, no, perdón, un sentra") == ""
    assert copies.in_english("busco algo padrísimo") == ""


@pytest.mark.django_db(transaction=True)
def test_questions_that_were_really_asked_are_gathered_masked_and_their_copies_pass(
    write: Write, answer: Answer, tmp_path: Path
) -> None:
    first = "5215500000001"
    answer(write("soy Ana Pérez, busco un mazda 3 de menos de 300 mil", WaId=first, From=f"whatsapp:+{first}"))
    second = "5215500000002"
    answer(write("el sentra a 4 años con 20% de enganche", WaId=second, From=f"whatsapp:+{second}"))
    answer(write("¿y a 5?", WaId=second, From=f"whatsapp:+{second}"))
    path, out = tmp_path / "real.jsonl", io.StringIO()
    call_command("gather_scenarios", path, stdout=out)
    assert out.getvalue().startswith("2 questions and ")
    kept = path.read_text()
    assert "Pérez" not in kept
    assert "[nombre], busco un mazda 3" in kept
    assert {json.loads(line)["intent"] for line in kept.splitlines()} == {"search", "credit"}
    call_command("evaluate", scenarios=path, model="rules", floor=1.0, stdout=out)
    assert "100.0%" in out.getvalue()


@pytest.mark.django_db
def test_where_nobody_asked_anything_there_is_nothing_to_gather(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no questions"):
        call_command("gather_scenarios", tmp_path / "real.jsonl")
