"""A sentence about several cars, cut wherever it is true: each figure with a name, a year or a stock id of its own car."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.guardrails import truth
from assistant.guardrails.claims import Claim, Kind, Part
from assistant.guardrails.grounds import Car, Grounds
from assistant.guardrails.segment import Segment
from inventory.vocabulary import Mention

# What stands between the members of a row of like figures: "$342,999 y $338,999", "18,383 km contra 99,564 km".
_ROW = re.compile(
    r"[\s*_,/$()x×]*(?:km|mm|kms|kilometros|pesos|mxn|de largo|long|de intereses|in interest|al mes|a month)?[\s*_,/$()]*"
    r"(?:y|e|o|u|and|or|vs\.?|versus|contra|en vez de|en lugar de|instead of|frente a|against|compared (?:to|with)|a|to|-|–|por|by)?"
    r"[\s*_$(]*(?:los|las|the|el|la)?[\s*_$(]*",
    re.IGNORECASE,
)
# A figure before its car's name runs on into it: no "y", no comma between.
_BREAK = re.compile(r"[;,:.]|\b(?:y|e|and|pero|but|mientras|while|o|or)\b", re.IGNORECASE)
_IDENTITY = re.compile(r"\b(?:el|la|los|las|the|one|ones) (?:de|at|for|of)[\s*_]*\Z", re.IGNORECASE)
# Here a limit is that of prices: "desde 148,999 hasta 408,999".
_RANGE = re.compile(r"\b(?:desde|van de|entre|from|between|starting at|range|ranging)\b", re.IGNORECASE)
_ROW_KINDS = frozenset((Kind.MONEY, Kind.KM, Kind.MM, Kind.OTHER, Kind.YEAR))
# Kinds of figures that may belong to a car; the others are checked without any.
OF_A_CAR = frozenset(Kind) - {Kind.COUNT, Kind.DATE, Kind.TIME, Kind.LONG}


@dataclass(frozen=True)
class _Token:
    """A name or a figure in its place."""

    start: int
    end: int
    mention: Mention | None = None
    claim: Claim | None = None


def cars_of(sentence: Segment, text: str, known: Grounds, topic: Sequence[Car], named: Sequence[Car] = ()) -> list[Car]:
    """The cars that the sentence is true of, cut in some way; `named` are those before it. Empty if there is no such cut."""
    context = [car for car in known.cars.values() if sentence.names(car)] or list(topic) or list(known.cars.values())
    if any(not _is_of_some(mention, context) for mention in sentence.mentions):
        return []
    tokens = _tokens(sentence, known)
    if not _RANGE.search(sentence.text) and any(token.claim and _sets_a_limit(token.claim) for token in tokens):
        return []
    # "La T-Cross es más corta: 4,199 contra 4,294 mm": the other is one that was named before.
    tokens, of_rows = _without_rows(tokens, text, [*context, *named], known)
    if not tokens:
        return of_rows
    grouping = _Grouping(text, context, known, _glued(tokens, text))
    if not truth.partitions(tokens, grouping.is_whole):
        return []
    return [*of_rows, *grouping.cars]


def _is_of_some(mention: Mention, cars: Sequence[Car]) -> bool:
    return any(car.is_called(mention.make, mention.model) for car in cars)


def _tokens(sentence: Segment, known: Grounds) -> list[_Token]:
    found = [_Token(mention.start, mention.end, mention=mention) for mention in sentence.mentions]
    found += [
        _Token(claim.start, claim.end, claim=claim)
        for claim in sentence.claims
        if claim.kind in OF_A_CAR and not _is_limit(claim, known)
    ]
    return sorted(found, key=lambda token: token.start)


def _sets_a_limit(claim: Claim) -> bool:
    return claim.part is Part.THEIRS or (claim.is_limit and not claim.is_joined)


def _is_limit(claim: Claim, known: Grounds) -> bool:
    """What the customer set as a limit belongs to no car."""
    return _sets_a_limit(claim) and bool(claim.values & known.theirs_of(claim.kind))


def _without_rows(
    tokens: list[_Token], text: str, context: Sequence[Car], known: Grounds
) -> tuple[list[_Token], list[Car]]:
    """The tokens without rows of like figures each of which is true of one of the cars: those cars besides."""
    kept: list[_Token] = []
    found: list[Car] = []
    place = 0
    while place < len(tokens):
        end = place + 1
        while end < len(tokens) and _is_in_row(tokens[end - 1], tokens[end], text):
            end += 1
        row = [token.claim for token in tokens[place:end] if token.claim]
        of_each = zip(row, _in_order(row, tokens, context), strict=True)
        held = [truth.car_of(truth.fact(claim), cars, known) for claim, cars in of_each]
        if end - place > 1 and None not in held:
            found.extend(car for car in held if car)
        else:
            kept.extend(tokens[place:end])
        place = end
    return kept, found


def _in_order(row: Sequence[Claim], tokens: Sequence[_Token], context: Sequence[Car]) -> list[Sequence[Car]]:
    """The cars that each figure of a row may be of: as many names before it as figures take them in turn."""
    before = [token.mention for token in tokens if token.mention and row and token.end <= row[0].start]
    if len(before) != len(row) or len(row) < 2:
        return [context] * len(row)
    return [[car for car in context if car.is_called(mention.make, mention.model)] for mention in before]


def _is_in_row(one: _Token, other: _Token, text: str) -> bool:
    if one.claim is None or other.claim is None:
        return False
    alike = one.claim.kind is other.claim.kind or Kind.OTHER in {one.claim.kind, other.claim.kind}
    is_kind = one.claim.kind in _ROW_KINDS and other.claim.kind in _ROW_KINDS
    return alike and is_kind and bool(_ROW.fullmatch(text[one.end : other.start]))


def _glued(tokens: Sequence[_Token], text: str) -> frozenset[int]:
    """Where a name and a year stand side by side, in either order: the second of them belongs to the first."""
    return frozenset(
        other.start
        for one, other in pairwise(tokens)
        if (one.mention or other.mention)
        and any(token.claim and token.claim.kind is Kind.YEAR for token in (one, other))
        and not text[one.end : other.start].strip(" *_")
    )


class _Grouping:
    """Which stretches of tokens are whole: anchored in a car, and true of it."""

    def __init__(self, text: str, context: Sequence[Car], known: Grounds, glued: frozenset[int]) -> None:
        self.text, self.context, self.known, self.glued = text, context, known, glued
        self.cars: list[Car] = []

    def is_whole(self, group: Sequence[_Token]) -> bool:
        if group[0].start in self.glued:
            return False
        anchor = next((place for place, token in enumerate(group) if self._is_anchor(token)), None)
        if anchor is None or not self._runs_on(group[: anchor + 1]):
            return False
        mentions = [token.mention for token in group if token.mention]
        bound = [truth.fact(token.claim) for token in group if token.claim]
        for car in self.context:
            called = all(car.is_called(mention.make, mention.model) for mention in mentions)
            if called and not truth.failures(bound, car, self.known):
                if car not in self.cars:
                    self.cars.append(car)
                return True
        return False

    def _is_anchor(self, token: _Token) -> bool:
        claim = token.claim
        if claim is None:
            return True
        if claim.kind is Kind.MONEY:
            return bool(_IDENTITY.search(self.text[max(0, claim.start - 12) : claim.start]))
        return claim.kind in {Kind.YEAR, Kind.STOCK_ID}

    def _runs_on(self, head: Sequence[_Token]) -> bool:
        gaps = (self.text[one.end : other.start] for one, other in pairwise(head))
        return not any(_BREAK.search(gap) for gap in gaps)
