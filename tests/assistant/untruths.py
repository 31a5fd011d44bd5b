"""A true answer with one thing changed: a figure, a car, or whether it is still there."""

import random
import re
from collections.abc import Iterator

from tests.assistant.truths import Truth

_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_LIST_NUMBER = re.compile(r"^\d{1,2}\. ", re.MULTILINE)
_STATUS = (
    ("sigue disponible", "ya se vendió"),
    ("is still available", "has been sold"),
    ("No manejamos Tesla por ahora", "Tenemos Tesla"),
    ("ya se vendió", "sigue disponible"),
    ("está apartado", "está disponible"),
)
_OTHER_CARS = (
    "Mazda 6",
    "Honda Civic",
    "Kia Rio",
    "BMW X5",
    "Nissan Tsuru",
    "Ford Lobo",
    "Tesla Model 3",
    "Toyota Supra",
)


def of(truth: Truth, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Every way of changing it that there is, each with what was changed."""
    yield from _with_other_figures(truth.text, chance)
    yield from _with_other_car(truth.text, chance)
    for here, gone in _STATUS:
        if here in truth.text:
            yield f"{here} -> {gone}", truth.text.replace(here, gone)


def _with_other_figures(text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Each figure in turn: once with another digit, once, where there is one, with another figure of the same answer."""
    ordinals = {match.start() for match in _LIST_NUMBER.finditer(text)}
    figures = [match for match in _FIGURE.finditer(text) if match.start() not in ordinals]
    for match in figures:
        others = sorted({other[0] for other in figures if len(other[0]) == len(match[0])} - {match[0]})
        for new in [_nudged(match[0], chance), *chance.sample(others, min(1, len(others)))]:
            yield f"{match[0]} -> {new}", text[: match.start()] + new + text[match.end() :]


def _nudged(figure: str, chance: random.Random) -> str:
    places = [place for place, character in enumerate(figure) if character.isdigit()]
    # Nobody misstates a price by centavos only: any digit may change, the first included.
    place = chance.choice(places)
    digit = chance.choice([d for d in "123456789" if d != figure[place]])
    return figure[:place] + digit + figure[place + 1 :]


def _with_other_car(text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """The first car named in bold or with its year becomes another model."""
    for match in list(re.finditer(r"(?P<name>(?:[A-Z][\w-]+ )?[A-Z][\w-]*(?: \d)?) (?=(?:19|20)\d\d\b)", text))[:2]:
        other = chance.choice([car for car in _OTHER_CARS if car != match["name"]])
        yield f"{match['name']} -> {other}", text[: match.start()] + other + " " + text[match.end() :]
