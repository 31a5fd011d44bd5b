"""How a name looks and sounds: words of a text with their places, and how alike two writings are."""

import functools
import re
import unicodedata
from dataclasses import dataclass

from rapidfuzz.distance import OSA

# How Mexican Spanish hears a name, in this order: writings that sound alike come out the same.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"sh|ch", "X"),
        (r"qu|ck", "k"),
        (r"c(?=[eiy])|z", "s"),
        (r"c|q", "k"),
        (r"(?<=.)x", "ks"),
        (r"g(?=[eiy])", "j"),
        (r"gu(?=[ei])", "g"),
        (r"^w", "b"),
        (r"hu(?=[aei])|w", "u"),
        (r"h", ""),
        (r"ll|y", "i"),
        (r"au|ou", "o"),
        (r"v", "b"),
        (r"([a-zX])\1+", r"\1"),
        (r"[td]$", ""),
    )
]
_FIGURES = dict(
    zip(["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"], "123456789", strict=True)
)
_YEAR = re.compile(r"(19[5-9]|20[0-4])\d")
# A name that sounds the same but is written otherwise is a little less sure than the very same writing.
_HEARD = 0.25
# Shorter names are spelt out, letter by letter.
_SOUNDS_FROM = 4


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word in small letters without accents, and where it stands in the text."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The runs of letters and digits; hyphens, dots and spaces only part them."""
    return [Word(text=compact(m[0]), start=m.start(), end=m.end()) for m in re.finditer(r"[^\W_]+", text)]


@functools.lru_cache(maxsize=10_000)
def compact(text: str) -> str:
    """Small letters and digits only, without accents: "CX-5" and "cx 5" become "cx5"."""
    return re.sub(r"[^a-z0-9]", "", bare(text))


def bare(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def is_year(word: str) -> bool:
    """Whether a word can be a model year."""
    return bool(_YEAR.fullmatch(word))


def in_figures(said: list[str]) -> list[str]:
    """With spoken figures after the first word as figures: "rav cuatro" is "rav 4"."""
    return [*said[:1], *(_FIGURES.get(word, word) for word in said[1:])]


def sound(name: str) -> str:
    """What a compact name sounds like."""
    for pattern, heard in _SOUNDS:
        name = pattern.sub(heard, name)
    return name


def likeness(written: str, name: str) -> float:
    """From 0 to 1, between compact writings: the better of how alike they look and how alike they sound."""
    looks = OSA.normalized_similarity(written, name)
    if min(len(written), len(name)) < _SOUNDS_FROM:
        return looks - _digits_apart(written, name)
    sounds = max(_apart(sound(written), sound(name)), _apart(_undoubled(written), _undoubled(name)))
    return max(looks, sounds) - _digits_apart(written, name)


def _apart(heard: str, said: str) -> float:
    """How alike two are that are written otherwise."""
    return 1 - (OSA.distance(heard, said) + _HEARD) / max(len(heard), len(said))


def _undoubled(name: str) -> str:
    """ "corrola" and "corolla" are the same but for the letter that is doubled."""
    return re.sub(r"([a-z])\1", r"\1", name)


def _digits_apart(written: str, name: str) -> float:
    """Figures are hardly ever misspelt: another figure is another car. One may have been forgotten or hit beside."""
    has, wants = re.sub(r"\D", "", written), re.sub(r"\D", "", name)
    if has == wants:
        return 0
    if not has:
        return 0.1
    rest = iter(wants)
    return 0.15 if all(digit in rest for digit in has) else 0.5
