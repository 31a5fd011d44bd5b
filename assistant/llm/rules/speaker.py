"""Says sentences in one language."""

from typing import Any

from assistant.sentences import say


class Speaker:
    """The sentences of one language, by name."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, name: str, /, **figures: Any) -> str:
        return say(self.language, name, **figures)

    def either(self, words: list[str]) -> str:
        """ "SUV, pickup o minivan" """
        *first, last = words
        return f"{', '.join(first)} {self('either')} {last}" if first else last
