"""What is kept of customers' words to try versions on tells nobody who they are, and still asks the same."""

import pytest

from conversations import masking
from conversations.models import Customer

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mi cel es 55 1234 5678", "1234"),
        ("llámame al +52 1 55 1234-5678 por favor", "1234"),
        ("(222) 123 45 67", "123"),
        ("escríbeme a ana.perez+autos@correo.com.mx", "perez"),
        ("me llamo Ana Pérez de la Cruz, busco un mazda", "Pérez"),
        ("me llamo ana perez y busco un mazda 3", "perez"),
        ("Hola, soy Juan Carlos", "Carlos"),
        ("my name is John Smith", "Smith"),
        ("pónganlo a nombre de Rosa López", "López"),
        ("vivo en Calle 5 de Mayo 123 int. 4, Col. Centro", "Mayo"),
        ("estoy en av. Insurgentes Sur 1602", "Insurgentes"),
        ("c.p. 03100", "03100"),
        ("I live at 42 Elm Street", "Elm"),
        ("mi RFC es PEGA800101AB1", "PEGA"),
        ("PEGA800101MDFRRN09", "PEGA"),
        ("mi tarjeta 4111 1111 1111 1111", "4111"),
        ("CLABE 012345678901234567", "0123"),
        ("el NIV es 3VWFE21C04M000001", "3VWFE"),
        ("mira https://facebook.com/ana.perez", "perez"),
    ],
)
def test_what_tells_who_somebody_is_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in masking.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "busco un mazda 3 2018 de menos de 268,999 pesos",
        "entre 250000 y 300000, con 50,000 de enganche a 48 meses",
        "el 201 con 20% de enganche a 4 años, ¿cuánto queda al mes?",
        "$5,458.01 por 48 meses",
        "un 4runner con menos de 60 000 km",
        "soy de Puebla, ¿tienen CX-5?",
        "I'm looking for a RAV4 under 400,000",
        "soy asalariado, gano 18 mil",
        "Folio 420302-261130-NQPLRFDJ.",
        "la avenida es la camioneta que quiero",
    ],
)
def test_what_is_asked_stays(text: str) -> None:
    assert masking.masked(text) == text


def test_a_name_ends_where_the_question_begins() -> None:
    assert masking.masked("me llamo ana, busco un mazda") == "me llamo [nombre], busco un mazda"
    assert masking.masked("Soy Ana Ruiz. ¿Tienen Sentra?") == "Soy [nombre]. ¿Tienen Sentra?"
    assert masking.masked("me llamo ana quiero un sentra") == "me llamo [nombre] quiero un sentra"


def test_the_name_of_the_profile_is_masked_wherever_it_stands() -> None:
    names = masking.names_of(Customer(profile_name="Lupita Ríos 🌸"))
    assert masking.masked("saludos, lupita", names) == "saludos, [nombre]"
    assert masking.masked_data({"note": ["Es RÍOS, la de ayer"], "n": 5}, names) == {
        "note": ["Es [nombre], la de ayer"],
        "n": 5,
    }
