"""The sentences that people wrote: all there in both languages, with the same gaps, and none left over."""

import ast
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

from assistant import sentences
from assistant.sentences import PROMPTS, count, pesos, say

pytestmark = pytest.mark.anywhere

ROOT = Path(__file__).resolve().parents[2]
SPOKEN_IN = ("assistant", "conversations")


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


NODES = [
    node
    for app in SPOKEN_IN
    for source in sorted((ROOT / app).rglob("*.py"))
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    if isinstance(node, (ast.Call, ast.Constant, ast.JoinedStr))
]


def patterns(speakers: set[str], name_at: dict[str, int]) -> set[str]:
    """The names said in the code, as regular expressions: a gap in a name stands for anything."""
    found: set[str] = set()
    for node in NODES:
        if isinstance(node, ast.Call) and _name(node.func) in speakers:
            named = node.args[name_at[_name(node.func)]] if len(node.args) > name_at[_name(node.func)] else None
            found |= set(_patterns(named))
    return found


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _patterns(named: ast.expr | None) -> Iterator[str]:
    match named:
        case ast.Constant(value=str(name)):
            yield re.escape(name)
        case ast.JoinedStr(values=parts):
            for choice in product(*(list(_patterns(part)) or [".+"] for part in parts)):
                yield "".join(choice)
        case ast.FormattedValue(value=value):
            yield from _patterns(value)
        case ast.IfExp(body=one, orelse=other):
            yield from _patterns(one)
            yield from _patterns(other)
        case _:
            return


# Every text that stands in the code.
TEXTS = {node.value for node in NODES if isinstance(node, ast.Constant) and isinstance(node.value, str)}
# Texts with a name's beginning written out, such as f"unavailable_{status}".
BUILT = {
    pattern
    for node in NODES
    if isinstance(node, ast.JoinedStr)
    for pattern in _patterns(node)
    if re.match(r"[a-z]+_", pattern)
}
SAID = patterns({"say", "tell"}, {"say": 1, "tell": 0})


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    spanish, english = sentences.every("es"), sentences.every("en")
    assert spanish.keys() == english.keys()
    assert {name: gaps(text) for name, text in spanish.items()} == {name: gaps(text) for name, text in english.items()}


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_sentence_says_something(language: str) -> None:
    assert all(text.strip() for text in sentences.every(language).values())


@pytest.mark.parametrize("pattern", sorted(SAID))
def test_what_the_code_says_is_written(pattern: str) -> None:
    assert any(re.fullmatch(pattern, name) for name in sentences.every("es"))


@pytest.mark.parametrize("name", sorted(sentences.every("es")))
def test_what_is_written_is_said_somewhere(name: str) -> None:
    assert name in TEXTS or any(re.fullmatch(pattern, name) for pattern in SAID | BUILT)


def test_a_sentence_is_said_with_its_gaps_filled() -> None:
    assert "Karlos" in say("es", "hello", name="Karlos")
    assert say("en", "hello", name="Karlos") != say("es", "hello", name="Karlos")


def test_a_sentence_or_figure_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("es", "no_such_sentence")
    with pytest.raises(KeyError):
        say("es", "hello")


@pytest.mark.parametrize("name", ["sentences.es.toml", "sentences.en.toml", "phrases.toml", "dealership.toml"])
def test_what_people_edit_can_be_read(name: str) -> None:
    assert tomllib.loads((PROMPTS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("amount", "written"),
    [("268999", "$268,999"), ("268999.00", "$268,999"), ("5458.01", "$5,458.01"), ("0.10", "$0.10"), ("0", "$0")],
)
def test_pesos_have_cents_only_where_there_are_any(amount: str, written: str) -> None:
    assert pesos(Decimal(amount)) == written


def test_a_count_is_written_with_commas() -> None:
    assert count(102_874) == "102,874"
