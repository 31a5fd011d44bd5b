"""Words that stop everything, and words that only look like it."""

import pytest

from conversations import consent

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    "text",
    ["STOP", "baja", "Baja.", "ALTO", "¡Alto!", "dame de baja", "Ya no me manden mensajes", "no me escriban más mensajes",
     "por favor no me vuelvan a escribir", "stop texting me", "STOP!!!", "stop please", "Baja por favor", "BAJA YA",
     "Stop all", "ya no me escriban", "no quiero recibir más mensajes", "ya no quiero mensajes", "deja de escribirme",
     "dejen de mandarme mensajes", "no me sigan molestando", "me pueden dar de baja?", "quiero darme de baja de esto",
     "quítenme de su lista", "don't text me again", "Please do not contact me", "take me off your list",
     "ya no nos envíen whatsapps", "no me manden nada"],
)  # fmt: skip
def test_an_opt_out_is_recognised(text: str) -> None:
    assert consent.asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "el más alto", "¿qué tan alto es?", "dieron de baja las placas", "precio más baja", "no me manden el blanco",
     "stop and go", "ya no me interesa el azul", "quiero dar de baja las placas de mi carro", "me pueden dar de baja el auto",
     "no me manden mensajes de voz por favor", "si no me mandan mensaje no me entero", "un auto de gama baja",
     "ya no lo quiero", "no quiero mas enganche", "no me mandes fotos del rojo", "deja de lado el precio"],
)  # fmt: skip
def test_talk_of_cars_is_no_opt_out(text: str) -> None:
    assert not consent.asks_to_stop(text)


@pytest.mark.parametrize(
    "text", ["START", "alta", "Alta!", "iniciar", "Alta por favor", "quiero volver a recibir mensajes"]
)
def test_an_opt_out_can_be_taken_back(text: str) -> None:
    assert consent.asks_to_resume(text)


def test_a_sentence_with_the_word_in_it_takes_nothing_back() -> None:
    assert not consent.asks_to_resume("una camioneta alta")
    assert not consent.asks_to_resume("no quiero recibir mensajes")
