"""A sentence for people that is kept with its figures, so that it can be said in English now and in Spanish later."""

from typing import Any, Self

from django.utils.translation import gettext


class Sentence(str):
    """The sentence in English, as a terminal shows it; `said` is the same in the reader's language.

    `words` are marked for the catalogue where they are written; each figure fills a `%(name)s` of theirs.
    """

    words: str
    figures: dict[str, str | int]

    def __new__(cls, words: str, **figures: str | int) -> Self:
        sentence = super().__new__(cls, words % figures if figures else words)
        sentence.words, sentence.figures = words, figures
        return sentence

    @property
    def said(self) -> str:
        words = gettext(self.words)
        return words % self.figures if self.figures else words

    @property
    def kept(self) -> dict[str, Any]:
        """As it goes into a JSON column; `kept_again` reads it."""
        return {"words": self.words, "figures": self.figures}

    @classmethod
    def kept_again(cls, kept: dict[str, Any]) -> Self:
        return cls(kept["words"], **kept["figures"])
