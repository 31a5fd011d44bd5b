"""What people call makes, models and kinds of car besides their names: nicknames.toml and everyday_words.txt."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory import spelling

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class BodyMention:
    """A kind of car found in a text: its place and the body types it may mean."""

    words: str
    start: int
    end: int
    body_types: tuple[str, ...]


@functools.cache
def of_makes() -> dict[str, list[str]]:
    """Compact make to its nicknames, compact."""
    return _compacted(_file()["makes"])


@functools.cache
def of_models() -> dict[str, list[str]]:
    """Compact make and model to its nicknames, compact."""
    return _compacted(_file()["models"])


@functools.cache
def everyday(kind: str) -> frozenset[str]:
    """Names ("makes", "models", "nicknames") that are also everyday words, and what they count after ("makes_after", ...)."""
    return frozenset(spelling.compact(word) for word in _file()["everyday"][kind])


@functools.cache
def asking(kind: str) -> frozenset[str]:
    """The words before the name of a car that is asked for: "verbs", "verbs_with_article" and "articles"."""
    return frozenset(spelling.compact(word) for word in _file()["asking"][kind])


@functools.cache
def body_words() -> frozenset[str]:
    """The kinds of car that are one word."""
    return frozenset(phrase for phrase in _bodies() if " " not in phrase)


@functools.cache
def everyday_words() -> frozenset[str]:
    """Words of everyday messages, which are never a misspelt name."""
    lines = (_FOLDER / "everyday_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_colour(wanted: str, recorded: str) -> bool:
    """Whether the colour in stock ("Gris Oxford") is the one wanted, in Spanish or English: "gray", "roja"."""
    return bool(_meanings(wanted) & _meanings(recorded))


def _meanings(colour: str) -> set[str]:
    """Each word of a colour as the first of the words that mean the same, in the singular."""
    return {
        next((_colours()[form] for form in _singulars(word.text) if form in _colours()), word.text)
        for word in spelling.words(colour)
    }


def _singulars(word: str) -> tuple[str, ...]:
    return word, word.removesuffix("s"), word.removesuffix("es")


@functools.cache
def _colours() -> dict[str, str]:
    return {spelling.compact(word): alike[0] for alike in _file()["colours"]["alike"] for word in alike}


def body_mentions(text: str) -> list[BodyMention]:
    """The kinds of car that a sentence names ("una troca", "mini van"), in order, the longest wording first."""
    words = spelling.words(text)
    found: list[BodyMention] = []
    start = 0
    while start < len(words):
        size = next((n for n in range(3, 0, -1) if _phrase(words, start, n) in _bodies()), 0)
        if size:
            span = words[start : start + size]
            found.append(
                BodyMention(
                    words=text[span[0].start : span[-1].end],
                    start=span[0].start,
                    end=span[-1].end,
                    body_types=_bodies()[_phrase(words, start, size)],
                )
            )
        start += size or 1
    return found


def _phrase(words: list[spelling.Word], start: int, size: int) -> str:
    """The words with spaces between, or "" past the end."""
    span = words[start : start + size]
    return " ".join(word.text for word in span) if len(span) == size else ""


@functools.cache
def _bodies() -> dict[str, tuple[str, ...]]:
    return {
        " ".join(word.text for word in spelling.words(phrase)): tuple(kind["means"])
        for kind in _file()["body_types"]
        for phrase in kind["words"]
    }


def _compacted(names: dict[str, list[str]]) -> dict[str, list[str]]:
    return {spelling.compact(name): [spelling.compact(word) for word in called] for name, called in names.items()}


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads((_FOLDER / "nicknames.toml").read_text(encoding="utf-8"))
