"""Which of the two languages the customer writes."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache

from assistant.sentences import PROMPTS

_WORD = re.compile(r"[a-záéíóúüñ']+")


@cache
def _words(language: str) -> frozenset[str]:
    """The words of `prompts/languages.toml` that only this language has."""
    written = tomllib.loads((PROMPTS / "languages.toml").read_text(encoding="utf-8"))
    other = "english" if language == "spanish" else "spanish"
    return frozenset(written[language].split()) - frozenset(written[other].split())


def of(texts: Sequence[str], *, otherwise: str) -> str:
    """Spanish (es) or English (en), by the words that only one of them has; `otherwise` where they don't tell."""
    words = [word for text in texts for word in _WORD.findall(text.lower())]
    english = sum(word in _words("english") for word in words)
    spanish = sum(word in _words("spanish") or not word.isascii() for word in words)
    if english == spanish:
        return otherwise
    return "en" if english > spanish else "es"
