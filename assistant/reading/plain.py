"""Text in small letters without accents, every character in its place, and phrases found in it."""

import re
import tomllib
import unicodedata
from functools import cache

from assistant.sentences import PROMPTS


def plain(text: str) -> str:
    """The text in small letters without accents, of the same length: a place in one is a place in the other."""
    return text.translate(_LETTERS)


class _Letters(dict[int, str]):
    """By its code, what a character is in plain: found out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        bare = unicodedata.normalize("NFKD", character)[0].lower()
        letter = self[code] = bare if len(bare) == 1 else character
        return letter


_LETTERS = _Letters()


_AD = re.compile(r"\[anuncio\b[^\]]*\]")


def without_ad(text: str) -> str:
    """The customer's own words, every one in its place: what the ad says that brought them is not what they ask for."""
    return _AD.sub(lambda ad: " " * len(ad[0]), text)


@cache
def _phrases() -> dict[str, re.Pattern[str]]:
    """The phrases of `prompts/phrases.toml`, by name; `*` stands for the rest of a word, `|` parts alternatives in a word's place."""
    written = tomllib.loads((PROMPTS / "phrases.toml").read_text(encoding="utf-8"))
    return {name: _pattern(phrases) for name, phrases in written.items()}


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    alternatives = (
        r"\s+".join(f"(?:{re.escape(word)})".replace(r"\*", r"\w*").replace(r"\|", "|") for word in phrase.split())
        for phrase in sorted(phrases, key=len, reverse=True)
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)")


def says(name: str, plain_text: str) -> re.Match[str] | None:
    """The first place where one of the phrases of that name stands in a plain text."""
    return _phrases()[name].search(plain_text)


def is_only(name: str, plain_text: str) -> bool:
    """Whether the text is one of the phrases of that name and nothing more."""
    return _phrases()[name].fullmatch(plain_text) is not None


def without(name: str, plain_text: str) -> str:
    """The text with every phrase of that name cut out."""
    return _phrases()[name].sub(" ", plain_text)


def every(name: str, plain_text: str) -> list[str]:
    """Each of the phrases of that name that stands in a plain text, in order."""
    return list(dict.fromkeys(match[0] for match in _phrases()[name].finditer(plain_text)))


def parted(name: str, text: str) -> list[str]:
    """The text between the phrases of that name; at least one part."""
    parts, start = [], 0
    for match in _phrases()[name].finditer(plain(text)):
        parts.append(text[start : match.start()])
        start = match.end()
    return [*parts, text[start:]]


def names() -> tuple[str, ...]:
    """Every set of phrases."""
    return tuple(_phrases())


@cache
def words() -> tuple[str, ...]:
    """Every word of the phrases; of some only the beginning."""
    written = tomllib.loads((PROMPTS / "phrases.toml").read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(word for phrases in written.values() for word in re.findall(r"\w+", " ".join(phrases))))
