"""What an answer may not say, however true its figures: promises nobody allowed, disclosures, other people's business."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.conf import settings

from assistant import sentences
from assistant.guardrails import negation
from assistant.guardrails.grounds import Grounds
from assistant.reading.plain import plain, says
from assistant.sentences import PROMPTS

# So many words of the instructions in a row are no chance.
_SHINGLE_WORDS = 7
_SECRET_CHARACTERS_LEAST = 8
_SECRETS = ("SECRET_KEY", "OPENAI_API_KEY", "TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "REDIS_URL", "DATABASE_URL")
# Keys and identifiers of services; names of ours with an underscore; anything long and encoded.
_INTERNAL = re.compile(
    r"\bsk-[\w-]{8,}|\b(?:AC|SK|SM|MM|MG)[0-9a-f]{32}\b|\b[a-z]+(?:_[a-z]+)+\b|[A-Za-z0-9+/]{40,}={0,2}|[{}]|</?\w+>|\b\w+\(\w*\)"
)
_ADMITS = re.compile(
    r"\b(?:asistente virtual|programa|robot|bot|inteligencia artificial|virtual assistant|program|ai|automatizad\w+)\b"
)
_WORD = re.compile(r"[a-z]{4,}")
# An answer of so many words of which so many are no words of the trade is about something else.
_WORDS_LEAST, _STRANGE_SHARE = 12, 0.75


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What the words alone don't tell: the model's instructions, the customer's last words, and what is recorded for people to do.

    `recorded` holds kinds of leads ("callback", "watch", ...), "visit" and "handoff".
    """

    instructions: str = ""
    asked: str = ""
    recorded: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class _Ban:
    """One thing that may not be said."""

    wrong: str
    pattern: re.Pattern[str]
    # The phrases that hold although their clause has a "no" in it.
    even_denied: re.Pattern[str] | None
    even_allowed: bool
    # It may be said to be for a person to decide.
    by_people: bool
    # A "no" anywhere in its sentence denies it.
    denied_anywhere: bool
    needs: frozenset[str]

    def found(self, text: str) -> Iterator[re.Match[str]]:
        """Where a plain text says it."""
        for match in self.pattern.finditer(text):
            holds = self.even_denied and self.even_denied.fullmatch(match[0])
            if holds or not (
                negation.is_denied(text, match.start())
                or negation.is_not_recorded(text, match.end())
                or self._is_left_to_people(text, match)
            ):
                yield match

    def _is_left_to_people(self, text: str, match: re.Match[str]) -> bool:
        if self.denied_anywhere:
            start, end = negation.sentence_around(text, *match.span())
            return negation.denies(text[start:end])
        return self.by_people and negation.is_for_a_person(text, match.start(), match.end())


@cache
def _bans() -> tuple[_Ban, ...]:
    written = tomllib.loads((PROMPTS / "promises.toml").read_text(encoding="utf-8"))
    return tuple(map(_ban, written.values()))


def _ban(written: dict[str, Any]) -> _Ban:
    """One table of the file, `even_denied` being some of its phrases or true for all of them."""
    denied = written.get("even_denied", [])
    denied = written["phrases"] if denied is True else denied
    return _Ban(
        wrong=written["wrong"],
        pattern=_pattern(written["phrases"]),
        even_denied=_pattern(denied) if denied else None,
        even_allowed=written.get("even_allowed", False),
        by_people=written.get("by_people", False),
        denied_anywhere=written.get("denied_anywhere", False),
        needs=frozenset(written.get("needs", ())),
    )


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w)(?:{_phrase(phrase)})(?!\w)" for phrase in phrases))


def _phrase(phrase: str) -> str:
    words: list[str] = []
    for word in phrase.split():
        if word == "…":
            words.append(r"(?:[^\s.!?\n]+\s+){0,6}?")
        else:
            alternatives = re.escape(word).replace(r"\*", r"\w*").replace(r"\|", "|")
            words.append(rf"(?:{alternatives})" + r"[*_,\s]+")
    return "".join(words).removesuffix(r"[*_,\s]+").replace(r"[*_,\s]+(?:'", r"[*_,\s]*(?:'")


def violations(text: str, known: Grounds, situation: Situation) -> list[str]:
    """A sentence for each thing that a `normalised` answer may not say."""
    words = plain(text).replace("\u2019", "'")
    found = [ban.wrong for ban in _bans() if _is_said(ban, words, known, situation)]
    return [
        *found,
        *_disclosed(text, words, known, situation),
        *_not_admitted(words, situation),
        *_strange(words, known),
    ]


def _is_said(ban: _Ban, words: str, known: Grounds, situation: Situation) -> bool:
    if ban.needs & situation.recorded:
        return False
    matches = [match for match in ban.found(words) if not _is_ours(words, match)]
    if ban.needs:
        matches = [match for match in matches if not _is_offered(words, match)]
    if not matches or ban.even_allowed:
        return bool(matches)
    allowed = {match[0] for match in ban.found(known.told_text)}
    return any(match[0] not in allowed for match in matches)


_OFFERED = re.compile(
    r"\?|\b(?:si (?:quieres|gustas|prefieres|te interesa|te parece|me dices)|cuando (?:quieras|gustes)|if you(?:'d)? (?:like|want|prefer)|would you)\b"
)


def _is_offered(words: str, match: re.Match[str]) -> bool:
    """ "¿Quieres que lo deje anotado?", "si quieres, te marca un asesor": nothing is promised yet."""
    start, end = negation.sentence_around(words, *match.span())
    return bool(_OFFERED.search(words[start : end + 1]))


def _is_ours(words: str, match: re.Match[str]) -> bool:
    """Whether it stands in a sentence of our own."""
    start, end = negation.sentence_around(words, *match.span())
    sentence = words[start:end].strip(" *_¡¿")
    offset = words.find(sentence, start) if sentence else start
    for own in _own_sentences():
        if ours := own.fullmatch(sentence):
            gaps = (ours.span(n) for n in range(1, own.groups + 1))
            # What a model wrote into a gap is not ours.
            if not any(first < match.end() - offset and match.start() - offset < last for first, last in gaps):
                return True
    return False


@cache
def _own_sentences() -> tuple[re.Pattern[str], ...]:
    """Every sentence of ours, its gaps left open but for what would be a sentence of its own."""
    written = {text for language in ("es", "en") for text in sentences.every(language).values()}
    parts = {part.strip(" *_¡¿") for text in written for part in re.split(r"[.!?\n]", plain(text))}
    return tuple(
        re.compile(re.sub(r"\\\{\w+\\\}", r"([^.!?\\n]{0,160})", re.escape(part)))
        for part in parts
        if len(re.sub(r"\{\w+\}", "", part)) >= _SECRET_CHARACTERS_LEAST
    )


def _disclosed(text: str, words: str, known: Grounds, situation: Situation) -> Iterator[str]:
    secrets = {str(getattr(settings, name, "") or "") for name in _SECRETS}
    if any(len(secret) >= _SECRET_CHARACTERS_LEAST and secret in text for secret in secrets):
        yield "it tells a secret"
    if match := _INTERNAL.search(text):
        yield f"it tells something internal: {match[0][:24]}"
    # The greeting stands in the instructions, too, and is the dealership's to say.
    if _shingles_of(situation.instructions) & _shingles(words) - _shingles(known.told_text):
        yield "it repeats your instructions"


@lru_cache(maxsize=4)
def _shingles_of(instructions: str) -> set[tuple[str, ...]]:
    """Those of an agent's instructions, which are the same turn after turn."""
    return _shingles(plain(instructions))


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text)
    return {tuple(words[n : n + _SHINGLE_WORDS]) for n in range(len(words) - _SHINGLE_WORDS + 1)}


def _not_admitted(words: str, situation: Situation) -> Iterator[str]:
    if says("robot", plain(situation.asked)) and not _ADMITS.search(words):
        yield "the customer asked whether they talk to a program: say that you are one"


def _strange(words: str, known: Grounds) -> Iterator[str]:
    """An answer nearly none of whose words are the trade's: a poem, somebody's homework."""
    said = _WORD.findall(words)
    named = set(_WORD.findall(f"{known.told_text} {plain(' '.join(car.said for car in known.cars.values()))}"))
    strange = [word for word in said if word not in named and word not in _trade()]
    if len(said) >= _WORDS_LEAST and len(strange) >= _STRANGE_SHARE * len(said):
        yield "it is about something that is not the dealership's business"


@cache
def _trade() -> frozenset[str]:
    """The words of our own sentences and of how customers ask for cars."""
    written = [text for language in ("es", "en") for text in sentences.every(language).values()]
    phrases = (PROMPTS / "phrases.toml").read_text(encoding="utf-8")
    examples = (PROMPTS / "dealership.toml").read_text(encoding="utf-8")
    return frozenset(_WORD.findall(plain(" ".join((*written, phrases, examples)))))
