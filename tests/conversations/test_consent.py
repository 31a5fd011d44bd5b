"""Words that stop everything, and words that only look like it."""

import pytest

from conversations import consent


@pytest.mark.parametrize(
    "text",
    ["STOP", "baja", "Baja.", "ALTO", "¡Alto!", "dame de baja", "Ya no me manden mensajes", "no me escriban más mensajes",
     "por favor no me vuelvan a escribir", "stop texting me"],
)  # fmt: skip
def test_an_opt_out_is_recognised(text: str) -> None:
    assert consent.asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "el más alto", "¿qué tan alto es?", "dieron de baja las placas", "precio más baja", "no me manden el blanco",
     "stop and go", "ya no me interesa el azul"],
)  # fmt: skip
def test_talk_of_cars_is_no_opt_out(text: str) -> None:
    assert not consent.asks_to_stop(text)


@pytest.mark.parametrize("text", ["START", "alta", "Alta!", "iniciar"])
def test_an_opt_out_can_be_taken_back(text: str) -> None:
    assert consent.asks_to_resume(text)


def test_a_sentence_with_the_word_in_it_takes_nothing_back() -> None:
    assert not consent.asks_to_resume("una camioneta alta")
