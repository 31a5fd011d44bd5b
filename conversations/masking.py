"""Words of customers without who they are: what is kept to try versions on has nobody's name, phone, e-mail or address."""

import functools
import re
from collections.abc import Iterable
from typing import Any

from assistant.reading.plain import plain, words
from conversations.models import Customer
from inventory import nicknames

NAME, PHONE, EMAIL, ADDRESS, NUMBER, LINK = "[nombre]", "[teléfono]", "[correo]", "[dirección]", "[número]", "[enlace]"

_UPPER = "A-ZÁÉÍÓÚÜÑ"
_LOWER = "a-záéíóúüñ"
_WORD = f"[{_UPPER}{_LOWER}][{_UPPER}{_LOWER}'’-]+"
# What follows "soy" and is nobody's name.
_NO_NAMES_WRITTEN = """
de del la el los las un una yo tu su mi nuevo nueva cliente clienta interesado interesada empleado empleada
asalariado jubilado pensionado profesor maestra maestro doctor mamá papá mayor menor soltero casado mexicano
mexicana extranjero dueño dueña taxista chofer conductor estudiante independiente comerciante looking interested
here not sorry from new just good fine ok okay sure the an going trying asking buying selling
"""
_NO_NAMES = frozenset(_NO_NAMES_WRITTEN.split())
_INTRODUCED = re.compile(
    rf"\b(me\s+llamo|mi\s+nombre\s+es|a\s+nombre\s+de|my\s+name\s+is|le\s+escribe|atte\.?|atentamente|soy|i\s+am|i'm)(\s*[:,]?\s+)((?:{_WORD}\s*){{1,6}})",
    re.IGNORECASE,
)
_PARTICLES = frozenset(("de", "del", "la", "los", "las"))
_NAME_MOST = 4
# The order counts: an address in a link, a number in an e-mail.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), EMAIL),
    (re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE), LINK),
    # CURP, RFC, VIN: letters and digits in one piece, of their lengths.
    (re.compile(r"\b[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d\b", re.IGNORECASE), NUMBER),
    (re.compile(r"\b[A-ZÑ&]{3,4}\d{6}[A-Z\d]{3}\b", re.IGNORECASE), NUMBER),
    (re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[A-HJ-NPR-Z\d]{17}\b", re.IGNORECASE), NUMBER),
    # Cards, accounts and CLABEs, then phones of ten digits and more; no price of a car is as long, and a quote's folio is none.
    (re.compile(r"(?<![\d$.,])\d(?:[ -]?\d){13,18}(?![\d.,]?\d)"), NUMBER),
    (re.compile(r"(?<![\d$.,-])(?!\d+-\d{6}-[A-Z])(?:\+|00)?\(?\d(?:[ .()-]{0,2}\d){9,13}(?!\d)"), PHONE),
    (
        re.compile(
            rf"\b(?:calle|av(?:enida|\.)?|blvd\.?|boulevard|bulevar|calz(?:ada|\.)|carretera|privada|andador|cerrada|circuito|prol(?:ongación|\.))\s+"
            rf"[{_UPPER}{_LOWER}0-9.'’ -]{{2,50}}?\s*(?:#|no\.?|núm\.?|número)?\s*\d+[a-z]?\b(?:\s*,?\s*(?:int(?:erior)?|depto|dpto)\.?\s*\w+)?",
            re.IGNORECASE,
        ),
        ADDRESS,
    ),
    (
        re.compile(rf"\b(?:col(?:onia|\.)|fracc(?:ionamiento|\.))\s+{_WORD}(?:\s+[{_UPPER}]\w+){{0,3}}", re.IGNORECASE),
        ADDRESS,
    ),
    (re.compile(r"\b(?:c\.?\s?p\.?|código\s+postal|zip(?:\s+code)?)\s*:?\s*\d{5}\b", re.IGNORECASE), ADDRESS),
    (
        re.compile(
            rf"\b\d{{1,5}}\s+(?:{_WORD}\s+){{1,3}}(?:street|st|avenue|ave|road|rd|drive|lane|blvd)\b\.?", re.IGNORECASE
        ),
        ADDRESS,
    ),
)


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with a mark in place of whatever tells who somebody is; figures of cars and credits stay."""
    for pattern, mark in _PATTERNS:
        text = pattern.sub(mark, text)
    text = _INTRODUCED.sub(_without_name, text)
    for name in names:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", NAME, text, flags=re.IGNORECASE)
    return text


def masked_data(value: Any, names: Iterable[str] = ()) -> Any:
    """The same for every text within data."""
    match value:
        case str():
            return masked(value, names)
        case list() | tuple():
            return [masked_data(inner, names) for inner in value]
        case dict():
            return {key: masked_data(inner, names) for key, inner in value.items()}
        case _:
            return value


def names_of(customer: Customer) -> list[str]:
    """The words of the name that a customer goes by, the whole of it first; nothing so short that it may be any word."""
    parts = re.findall(_WORD, customer.profile_name)
    return [
        name for name in (customer.profile_name.strip(), *parts) if len(name) > 2 and name.casefold() not in _NO_NAMES
    ]


def _without_name(found: re.Match[str]) -> str:
    """ "Soy Ana Ruiz, busco" is a name up to the comma, "me llamo ana busco" up to a word of the trade; "soy de Puebla" is none."""
    said = re.findall(rf"{_WORD}\s*", found[3])
    if said[0].strip().casefold() in _NO_NAMES:
        return found[0]
    length = 1
    while length < min(len(said), _NAME_MOST) and _is_of_name(said[length].strip()):
        length += 1
    while said[length - 1].strip().casefold() in _PARTICLES:
        length -= 1
    last = said[length - 1]
    return f"{found[1]}{found[2]}{NAME}{last[len(last.rstrip()) :]}{''.join(said[length:])}"


def _is_of_name(word: str) -> bool:
    return word.casefold() in _PARTICLES or plain(word) not in _trade()


@functools.cache
def _trade() -> frozenset[str]:
    """The words that customers ask with."""
    return frozenset(words()) | frozenset(nicknames.body_words())
