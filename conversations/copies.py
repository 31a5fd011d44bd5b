"""The same question in other words: mistyped, in another order, in other units, in English. The answer has to carry the same figures."""

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from assistant.reading.plain import plain

# A word in which two letters may stand the wrong way round and it is still that word.
_LONG = 6
_LETTERS = re.compile(r"(?<!\[)\b[^\W\d_]+")
_PIECES = re.compile(r"[a-z]+(?:-\d+)?|\$?\d[\d.,]*\d%?|\d%?|[?!\[\]]")
_THOUSANDS = re.compile(r"\b(\d{1,3}) mil\b(?! +(?:km|kil))", re.IGNORECASE)
_IN_FULL = re.compile(r"\b(\d{1,3}),000\b")
_YEARS = re.compile(r"\ba (\d) años\b", re.IGNORECASE)
_KILOMETRES = re.compile(r"\b(\d{1,3}) ?mil (?:km|kil[oó]metros)\b", re.IGNORECASE)
# Who corrects themselves counts on the order.
_CORRECTS = re.compile(r"\b(?:no|perd[oó]n|mejor|digo|sorry|rather|primero|segundo|luego|después)\b", re.IGNORECASE)
_CLAUSE = re.compile(r",\s+")


def of(text: str) -> dict[str, str]:
    """Each way to say it that says it differently, by the way's name. The same ones every time."""
    made = {name: way(text) for name, way in _WAYS.items()}
    return {name: copy for name, copy in made.items() if copy and copy != text}


def mistyped(text: str) -> str:
    """Two letters in the middle of the longest word the wrong way round, and no accents."""
    words = [word for word in _LETTERS.finditer(text) if len(word[0]) >= _LONG]
    if not words:
        return plain(text)
    word = max(words, key=lambda found: len(found[0]))
    middle = word.start() + len(word[0]) // 2
    swapped = f"{text[: middle - 1]}{text[middle]}{text[middle - 1]}{text[middle + 1 :]}"
    return plain(swapped)


def reordered(text: str) -> str:
    """The clauses between commas, the last one first; nothing where somebody corrects themselves."""
    clauses = _CLAUSE.split(text.strip().rstrip("."))
    if len(clauses) < 2 or _CORRECTS.search(text):
        return ""
    return ", ".join(clauses[::-1])


def in_other_units(text: str) -> str:
    """300 mil as 300,000, 300,000 as 300 mil, years as months, thousands of kilometres in full."""
    text = _KILOMETRES.sub(r"\1,000 kilómetros", text)
    text = _YEARS.sub(lambda found: f"a {int(found[1]) * 12} meses", text)
    if _THOUSANDS.search(text):
        return _THOUSANDS.sub(r"\1,000", text)
    return _IN_FULL.sub(r"\1 mil", text) if "kil" not in text else text


def in_english(text: str) -> str:
    """Word by word; nothing where a word is neither in the table nor a name or figure."""
    return " ".join(_translated(plain(text)))


def _translated(text: str) -> Iterator[str]:
    words = _PIECES.findall(text)
    place = 0
    found: list[str] = []
    while place < len(words):
        length, english = _longest(words[place:])
        if not length:
            return
        found += [english] if english else []
        place += length
    yield from found


def _longest(words: list[str]) -> tuple[int, str]:
    """How many of the first words the table has together, and what they are in English."""
    for length in range(min(len(words), 5), 0, -1):
        if (english := _table().get(" ".join(words[:length]))) is not None:
            return length, english
    is_same = not words[0].isalpha() or words[0] in _names()
    return (1, words[0]) if is_same else (0, "")


@cache
def _written() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "english.toml").read_text(encoding="utf-8"))


@cache
def _table() -> dict[str, str]:
    return {plain(spanish): english for spanish, english in _written()["words"].items()}


@cache
def _names() -> frozenset[str]:
    return frozenset(_written()["names"]["same"].split())


_WAYS: dict[str, Callable[[str], str]] = {
    "typos": mistyped,
    "order": reordered,
    "units": in_other_units,
    "english": in_english,
    "capitals": str.upper,
}
