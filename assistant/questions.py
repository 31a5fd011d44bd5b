"""The dealership's questions and answers: which of them a customer's words ask."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from assistant.models import Question
from assistant.sentences import PROMPTS
from inventory import spelling, stamp

# The share of a question's own words that must be there: for a model, which reads on; and for the rules, which can't.
_MAYBE, _SURELY = 0.5, 0.75
MOST = 3
# Names of things differ from the third letter on: IVA, USB.
_LETTERS_LEAST = 3
# So many letters in front are the same in "mascota", "mascotas" and, mostly, in the forms of a verb.
_STEM_LETTERS = 5
_LIKE = 0.84


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A question of the dealership's with its answer, in the customer's language."""

    question: str
    text: str
    is_sure: bool


def answers(words: str, language: str) -> list[Answered]:
    """The questions that these words may ask, the likeliest first."""
    said = _telling(words)
    if not said:
        return []
    found = [(_share(row, said), row) for row in _all()]
    likely = sorted((pair for pair in found if pair[0] >= _MAYBE), key=lambda pair: -pair[0])
    return [_answered(row, share, language) for share, row in likely[:MOST]]


def is_asked(words: str) -> bool:
    """Whether one of the questions is surely meant."""
    return any(answer.is_sure for answer in answers(words, "es"))


def start_from_examples() -> None:
    """Write the example questions, marked as examples."""
    written = tomllib.loads((PROMPTS / "questions.toml").read_text(encoding="utf-8"))
    Question.objects.bulk_create(
        Question(asked=text["asked"], spanish=text["es"], english=text["en"], is_example=True)
        for text in written.values()
    )


@stamp.kept
def _all() -> list[Question]:
    return list(Question.objects.all())


def _answered(row: Question, share: float, language: str) -> Answered:
    text = (row.english.strip() if language == "en" else "") or row.spanish.strip()
    return Answered(question=str(row), text=text, is_sure=share >= _SURELY)


def _share(row: Question, said: set[str]) -> float:
    """How much of the question was said: of the way to ask it that fits best."""
    ways = (_telling(line) for line in row.asked.splitlines())
    return max((_found(way, said) / len(way) for way in ways if way), default=0)


def _found(way: Iterable[str], said: set[str]) -> int:
    return sum(any(_is_same(word, other) for other in said) for word in way)


def _is_same(word: str, other: str) -> bool:
    if word == other:
        return True
    if min(len(word), len(other)) < _STEM_LETTERS:
        return False
    return word[:_STEM_LETTERS] == other[:_STEM_LETTERS] or (
        word[0] == other[0] and spelling.likeness(word, other) >= _LIKE
    )


def _telling(text: str) -> set[str]:
    """The words that tell one question from another."""
    words = {word.text for word in spelling.words(text) if len(word.text) >= _LETTERS_LEAST}
    return words - _common()


@cache
def _common() -> frozenset[str]:
    """Words that stand in any question."""
    written = tomllib.loads((PROMPTS / "languages.toml").read_text(encoding="utf-8"))
    return frozenset(spelling.compact(word) for text in written.values() for word in text.split())
