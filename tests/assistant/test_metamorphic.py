"""The same wish in other words: a hundred pairs of our own that must come to the same look-ups."""

import random
import re
import unicodedata
from collections.abc import Callable

import pytest

from assistant import language, loop, reading, tools
from assistant.items import Said
from assistant.llm.rules import Rules
from tests.assistant.conftest import NOW

pytestmark = [pytest.mark.anywhere, pytest.mark.usefixtures("stock")]

PHRASES = (
    "busco un mazda 3 de menos de 250 mil pesos",
    "tienen algún sentra 2019",
    "quiero un auto automático de hasta 300 mil",
    "qué toyotas tienen",
    "un mazda con menos de 60 mil km",
    "una rav4 de menos de 400 mil",
    "¿cuánto queda al mes el sentra con 20% de enganche a 4 años?",
    "cotízame el sentra con 50 mil de enganche a 60 meses",
    "autos de 2019 en adelante",
    "puedo pagar 5 mil al mes y dar 120 mil de enganche",
    "el más barato que tengas",
    "mazda 3 entre 200 mil y 300 mil",
    "una pickup nissan",
    "no quiero mazda, algo de menos de 400 mil",
    "what does the sentra cost a month with 20% down over 4 years",
)
PAIRS = 100
SAME_LEAST = 100


def shouted(text: str) -> str:
    return text.upper()


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def with_k(text: str) -> str:
    return re.sub(r"(\d+) mil(?! km)", r"\1k", text)


def in_full(text: str) -> str:
    return re.sub(r"(\d+) mil\b", r"\1,000", text)


def with_dots(text: str) -> str:
    return re.sub(r"(\d+) mil\b", r"\1.000", text)


def politely(text: str) -> str:
    return f"Buenas tardes, disculpe: {text}, por favor"


def hurriedly(text: str) -> str:
    return text.replace("que ", "q ").replace("qué ", "k ").replace("¿", "").replace("?", "")


def mistyped(text: str) -> str:
    """Two letters of a name swapped."""
    swaps = {"sentra": "senrta", "toyotas": "tyootas", "mazda": "madza", "nissan": "nisasn"}
    return re.sub("|".join(swaps), lambda m: swaps[m[0]], text)


WAYS: tuple[Callable[[str], str], ...] = (
    shouted, without_accents, with_k, in_full, with_dots, politely, hurriedly, mistyped,
)  # fmt: skip


def look_ups(text: str) -> list[tuple[str, object]]:
    """What the tools gave: cars found, payments computed."""
    said = (Said("customer", text),)
    task = loop.Task(
        instructions="",
        tools=tuple(tool.spec for tool in tools.TOOLS),
        items=(*said, *reading.remarks(said, NOW)),
        language=language.of([text], otherwise="es"),
        now=NOW,
        customer_ref="0123abcd",
    )
    receipts = loop.answer(task, (Rules(),), lambda: None).receipts
    return [(r.name, _figures(r.result)) for r in receipts]


def _figures(result: dict[str, object]) -> object:
    vehicles = result.get("vehicles") or ()
    estimates = result.get("estimates") or ()
    cars = [(car["stock_id"], car.get("monthly")) for car in vehicles]  # type: ignore[attr-defined]
    return result.get("total"), cars, [estimate["monthly"] for estimate in estimates]  # type: ignore[attr-defined]


def pairs() -> list[tuple[str, str]]:
    """A hundred, the same ones every time; a way that changes nothing of a phrase makes no pair."""
    made = [(phrase, way(phrase)) for phrase in PHRASES for way in WAYS]
    made += [
        (phrase, politely(way(phrase))) for phrase in PHRASES for way in (shouted, without_accents, in_full, mistyped)
    ]
    different = list(dict.fromkeys(pair for pair in made if pair[0] != pair[1]))
    return random.Random(7).sample(different, PAIRS)


def test_the_same_wish_in_other_words_comes_to_the_same_look_ups() -> None:
    wanted = {phrase: look_ups(phrase) for phrase in PHRASES}
    assert all(wanted.values())
    other = [said for phrase, said in pairs() if look_ups(said) != wanted[phrase]]
    assert len(other) <= PAIRS - SAME_LEAST, other
