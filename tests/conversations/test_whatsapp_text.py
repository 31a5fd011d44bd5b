"""Text as WhatsApp shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.whatsapp import text

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("**Sentra 2019**", "*Sentra 2019*"),
        ("*Sentra 2019*", "*Sentra 2019*"),
        ("__Sentra__ y ~~no~~", "*Sentra* y ~no~"),
        ("***muy***", "*_muy_*"),
        ("# Opciones\nuna", "*Opciones*\nuna"),
        ("[la ficha](https://karlos.example/1)", "la ficha: https://karlos.example/1"),
        ("* uno\n* dos", "- uno\n- dos"),
        ("1. uno\n2. dos", "1. uno\n2. dos"),
        ("| Auto | Precio |\n|---|---|\n| Sentra | $268,999 |", "Auto · Precio\nSentra · $268,999"),
        ("antes\n\n---\n\ndespués", "antes\n\ndespués"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a\n\n\n\nb", "a\n\nb"),
    ],
)
def test_markdown_becomes_whatsapps_marks(markdown: str, whatsapp: str) -> None:
    assert text.from_markdown(markdown) == whatsapp


def test_a_short_text_is_one_message() -> None:
    assert text.split("¡Hola! ¿Qué auto buscas?") == ["¡Hola! ¿Qué auto buscas?"]


def test_a_long_text_is_cut_between_sentences() -> None:
    sentence = "Este auto tiene un solo dueño y está muy cuidado. "
    parts = text.split(sentence * 60)
    assert len(parts) == 2
    assert all(part.endswith("cuidado.") for part in parts)


def test_a_cut_between_paragraphs_is_better_than_between_sentences() -> None:
    parts = text.split("Uno. Dos. " * 80 + "\n\n" + "Tres. Cuatro. " * 80)
    assert parts[0].endswith("Dos.")
    assert parts[1].startswith("Tres.")


@given(st.text(alphabet="aá 🚗.\nñ€", max_size=6000))
def test_no_part_is_over_1600_and_no_word_is_lost(long: str) -> None:
    parts = text.split(long)
    assert all(0 < len(part) <= 1600 for part in parts)
    assert "".join("".join(parts).split()) == "".join(long.split())


@given(st.text(max_size=300))
def test_any_text_can_be_converted(anything: str) -> None:
    text.from_markdown(anything)
