"""Misspelt words of the trade put right before anything is read: "engache", "kredito", "ke" for "que"."""

import functools
import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.reading.plain import words
from inventory import nicknames, spelling, vocabulary

# One wrong letter in a word as long as this leaves no doubt; a shorter one must at least sound the same.
_LONG, _SOUNDS_FROM = 7, 5
_WORD = re.compile(r"[^\W\d_]+")
# Never beside a figure: "200 k", "Audi Q 5".
_QUE = re.compile(r"(?<![\d$.,-])(?<!\d\s)\b(?:q|k|ke|qe|qu)\b(?!\s*\d)", re.IGNORECASE)


def mended(text: str) -> str:
    """The text with the misspelt words of the phrases put right. What may be the name of a car stays as it is."""
    text = _QUE.sub("que", text)
    names = vocabulary.mentions(text)

    def put_right(match: re.Match[str]) -> str:
        is_name = any(name.start < match.end() and match.start() < name.end for name in names)
        return match[0] if is_name else _right(spelling.compact(match[0])) or match[0]

    return _WORD.sub(put_right, text)


@functools.lru_cache(maxsize=4096)
def _right(word: str) -> str | None:
    """The word of the phrases that is meant; None where it is one, an everyday word or like none."""
    known = _known()
    if len(word) < _SOUNDS_FROM or word in known or word in nicknames.everyday_words() | nicknames.body_words():
        return None
    if alike := _by_sound().get(spelling.sound(word)):
        return alike
    if len(word) < _LONG:
        return None
    found = process.extractOne(word, known, scorer=OSA.distance, score_cutoff=1)
    return found[0] if found else None


@functools.cache
def _known() -> tuple[str, ...]:
    """The longer words of the phrases, each once."""
    return tuple(word for word in words() if len(word) >= _SOUNDS_FROM and word.isalpha())


@functools.cache
def _by_sound() -> dict[str, str]:
    return {spelling.sound(word): word for word in reversed(_known())}
