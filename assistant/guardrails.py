"""What an answer must pass before it is sent: every figure in it comes from somewhere."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings

from assistant import dealership, sentences
from assistant.items import Item, Remark, Said, ToolResult
from assistant.reading import figures
from assistant.reading.figures import Quantity
from assistant.reading.plain import plain

# 268,999.00 · 268.999 · 5,458.01 · 2018 · 4.5
_FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)*")
# "2. ", "2) ", "2.- ", "*2.* " and 2 on a keycap, at the head of a line
_LIST_NUMBER = re.compile(r"^[\s*_•-]*\d{1,2}(?:[.)]-?[*_]?\s|\ufe0f?\u20e3)", re.MULTILINE)
_DOTTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
MONTHS_PER_YEAR, MM_PER_M = 12, 1000
TERM_MOST_MONTHS, DIMENSION_LEAST_MM, DIMENSION_MOST_MM = 72, 1000, 10_000


def violations(text: str, items: Sequence[Item]) -> list[str]:
    """A sentence for each figure of the answer that neither tools, dealership, customer nor our own sentences gave."""
    grounds = _grounds(items)
    scaled = _in_thousands(text)
    unfounded = [text[q.start : q.end] for q in scaled if _is_in_words(q, text) and q.value not in grounds]
    rest = _without(text, [q for q in scaled if q.value in grounds])
    said = dict.fromkeys(_FIGURE.findall(_LIST_NUMBER.sub(" ", rest)))
    unfounded += [figure for figure in said if not _readings(figure) & grounds]
    return [f"the figure {figure} comes from nowhere" for figure in unfounded]


def correction(text: str, found: Iterable[str]) -> str:
    """What the model is told about its withheld answer."""
    return (
        f"Your answer was not sent: {'; '.join(found)}. It was: «{text}» Answer again with figures of the tool results "
        "only; look up what is missing, and do not mention this note."
    )


def _in_thousands(text: str) -> list[Quantity]:
    """ "250 mil", "doscientos cincuenta mil": figures said with a word for thousands or millions."""
    return [quantity for quantity in figures.quantities(plain(text)) if quantity.is_scaled]


def _is_in_words(quantity: Quantity, text: str) -> bool:
    """Said without any digit, and not in one word: "mil gracias" is no figure."""
    written = text[quantity.start : quantity.end]
    return " " in written and not any(character.isdigit() for character in written)


def _without(text: str, quantities: Iterable[Quantity]) -> str:
    for quantity in quantities:
        text = text[: quantity.start] + " " * (quantity.end - quantity.start) + text[quantity.end :]
    return text


def _readings(figure: str) -> set[Decimal]:
    """The numbers a written figure can mean."""
    found = set()
    if _DOTTED_THOUSANDS.fullmatch(figure):
        found.add(Decimal(figure.replace(".", "")))
    plain_figure = figure.replace(",", "")
    if plain_figure.count(".") <= 1:
        found.add(Decimal(plain_figure))
    return found


def _figures(text: str) -> set[Decimal]:
    return {number for figure in _FIGURE.findall(text) for number in _readings(figure)}


def _in_words_too(text: str) -> set[Decimal]:
    """The figures of what a person wrote, however they wrote them."""
    return _figures(text) | {quantity.value for quantity in figures.quantities(plain(text))}


def _grounds(items: Sequence[Item]) -> set[Decimal]:
    """Every number that an answer may contain."""
    grounds = _figures(f"{settings.ASSISTANT_NAME} {dealership.name()}") | _own_figures()
    for item in items:
        match item:
            case ToolResult(output=output):
                grounds |= _of_result(json.loads(output))
            case Said("customer" | "staff", text) | Remark(text, is_ground=True):
                grounds |= _in_words_too(text)
    years = {months / MONTHS_PER_YEAR for months in grounds if 0 < months <= TERM_MOST_MONTHS}
    months = {years * MONTHS_PER_YEAR for years in grounds if 0 < years <= TERM_MOST_MONTHS / MONTHS_PER_YEAR}
    metres = {mm / MM_PER_M for mm in grounds if DIMENSION_LEAST_MM <= mm <= DIMENSION_MOST_MM}
    return grounds | years | months | metres


@cache
def _own_figures() -> set[Decimal]:
    return {
        number for language in ("es", "en") for text in sentences.every(language).values() for number in _figures(text)
    }


def _of_result(result: Any) -> set[Decimal]:
    """The numbers in a tool's result, and how many there are of what it lists."""
    found = {number for leaf in _leaves(result) for number in _figures(leaf)}
    if isinstance(result, dict) and isinstance(vehicles := result.get("vehicles"), list):
        found |= {Decimal(len(vehicles)), Decimal(max(0, result.get("total", 0) - len(vehicles)))}
    if isinstance(result, dict) and isinstance(told := result.get("information"), dict):
        found |= {number for text in told.values() for number in _in_words_too(text)}
    return found


def _leaves(value: Any) -> Iterator[str]:
    """Every value as text. Keys are ours, but for those that are stock ids."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)
