"""Where in a sentence a make or model stands: what is written exactly first, then what only looks or sounds like a name."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from inventory import nicknames, spelling
from inventory.names import TOO_CLOSE, Name, Names, Scores
from inventory.spelling import Word

_LONGEST = 4
# How like a name a word of a sentence must be to count, alone and beside its make.
_HEARD, _HEARD_APART, _HEARD_BESIDE = 0.8, 0.85, 0.66
# And to count although a part of it is another name.
_HEARD_LONGER = 0.9
# A word right where a car is asked for ("busco un emw") may be as unlike as this: it is asked about.
_HEARD_ASKED = 0.66
_SHORTEST, _SHORTEST_ASKED = 4, 3
# What may stand between the words of one name: "cx-5", "x trail"; never the end of a clause.
_GAP = re.compile(r"[ \t]*[-–_.'’/&]?[ \t]*")
# What a model's name may begin with, besides being a word.
_KINDS = frozenset(["clase", "class", "serie", "series"])
_LINKS = frozenset(["un", "una", "el", "la", "los", "las", "de", "del", "marca", "modelo"])

Place = tuple[int, int]
# Ordered, and quick to ask.
Windows = dict[Place, None]


@dataclass(frozen=True, kw_only=True)
class Span:
    """Words `first` to `end` (not included) and what they may mean. `everyday`: a name only if its make stands beside it."""

    first: int
    end: int
    scores: Scores
    everyday: bool = False

    @property
    def is_make(self) -> bool:
        """It names a make and no model."""
        return all(name.model is None for name in self.scores)


def find(known: Names, text: str, words: list[Word]) -> list[Span]:
    """The names of a sentence in order, none overlapping another."""
    windows = _windows(text, words)
    exact = {place: span for place in windows if (span := _exact(known, words, *place))}
    longer = [span for place in windows if (span := _longer(known, words, *place, exact))]
    by_length = sorted(exact.values(), key=lambda span: (span.everyday, span.first - span.end))
    chosen = _with_models_beside(known, words, windows, _apart([], longer + by_length))
    taken = _places(chosen)
    heard = [span for place in windows if taken.isdisjoint(range(*place)) and (span := _heard(known, words, *place))]
    chosen = _apart(chosen, sorted(heard, key=lambda span: (span.first - span.end, -max(span.scores.values()))))
    chosen = _with_models_beside(known, words, windows, chosen)
    return [span for span in _joined(words, sorted(chosen, key=lambda span: span.first)) if not span.everyday]


def _with_models_beside(known: Names, words: list[Word], windows: Windows, chosen: list[Span]) -> list[Span]:
    taken = _places(chosen)
    beside = [span for make in chosen if make.is_make for span in _beside(known, words, windows, make, taken)]
    return _apart(chosen, sorted(beside, key=lambda span: -max(span.scores.values())))


def _windows(text: str, words: list[Word]) -> Windows:
    """Every run of words that may be one name, the longest first."""
    gaps = [bool(_GAP.fullmatch(text[a.end : b.start])) for a, b in itertools.pairwise(words)]
    return {
        (first, first + size): None
        for size in range(_LONGEST, 0, -1)
        for first in range(len(words) - size + 1)
        if all(gaps[first : first + size - 1])
    }


def _exact(known: Names, words: list[Word], first: int, end: int) -> Span | None:
    for written in dict.fromkeys((_written(words, first, end), _in_figures(words, first, end))):
        if meant := known.makes.exact(written) + known.models.exact(written):
            scores = dict.fromkeys([name for name in meant if name.in_stock] or meant, 1.0)
            everyday = _is_everyday(words, first, written, is_make=all(name.model is None for name in meant))
            return Span(first=first, end=end, scores=scores, everyday=everyday)
    return None


def _is_everyday(words: list[Word], first: int, written: str, *, is_make: bool) -> bool:
    """An everyday word or a bare figure, without a word before it that makes it a car: "un uno", "tienen mini"."""
    before = words[first - 1].text if first else ""
    if written.isdecimal() or (len(words[first].text) == 1 and words[first].text in nicknames.everyday_words()):
        return True  # "208", or "a 4" of "a 4 años"
    if is_make:
        common = nicknames.everyday("makes") | nicknames.everyday("nicknames")
        return bool(common & {written, written.removesuffix("s")}) and before not in nicknames.everyday("makes_after")
    common = nicknames.everyday("models") | nicknames.everyday("nicknames") | nicknames.everyday_words()
    return written in common and before not in nicknames.everyday("models_after")


def _longer(known: Names, words: list[Word], first: int, end: int, exact: dict[Place, Span]) -> Span | None:
    """A misspelt longer name, of which a part is another name written exactly: "discovery sprot"."""
    places = itertools.combinations(range(first, end + 1), 2)
    parts = [exact[place] for place in places if place in exact]
    if not parts or (first, end) in exact:
        return None
    span = _heard(known, words, first, end)
    if span is None:
        return None
    if any(span.scores.keys() & part.scores.keys() for part in parts):
        return span if all(span.scores.keys() & part.scores.keys() for part in parts) else None
    return span if max(span.scores.values()) >= _HEARD_LONGER else None


def _heard(known: Names, words: list[Word], first: int, end: int) -> Span | None:
    written, is_asked = _in_figures(words, first, end), end - first == 1 and _is_asked_for(words, first)
    if (
        any(_is_no_name(word, is_alone=end - first == 1) for word in words[first:end])
        or len(written) < (_SHORTEST_ASKED if is_asked else _SHORTEST)
        or words[first].text.isdecimal()
    ):
        return None
    scores = known.makes.alike(written) | known.models.alike(written)
    if not is_asked:
        scores = {name: score for name, score in scores.items() if not _is_everyday_name(name)}
    best = max(scores.values(), default=0)
    least = _HEARD if end - first == 1 else _HEARD_APART
    if best < (_HEARD_ASKED if is_asked else least):
        return None
    rivals = {name: score for name, score in scores.items() if (best - score) * len(written) < TOO_CLOSE}
    return Span(first=first, end=end, scores=rivals)


def _is_no_name(word: Word, *, is_alone: bool) -> bool:
    """A word of its own, that is no misspelling; the "clase" of "clase gal" is one only alone."""
    is_own = word.text in nicknames.everyday_words() or word.text in nicknames.body_words()
    return is_own and (is_alone or word.text not in _KINDS)


def _is_asked_for(words: list[Word], first: int) -> bool:
    """It stands after "busco", "tienen", "quiero un": where the name of a car would."""
    before = [word.text for word in words[max(0, first - 2) : first]]
    asking, wanting, articles = (nicknames.asking(kind) for kind in ("verbs", "verbs_with_article", "articles"))
    if before and before[-1] in asking:
        return True
    return len(before) == 2 and before[1] in articles and before[0] in asking | wanting


def _is_everyday_name(name: Name) -> bool:
    kind = "makes" if name.model is None else "models"
    return spelling.compact(name.model or name.make) in nicknames.everyday(kind)


def _beside(known: Names, words: list[Word], windows: Windows, make: Span, taken: set[int]) -> Iterator[Span]:
    """Models of this make that the words next to it are like: here less likeness will do."""
    for size in range(_LONGEST, 0, -1):
        for first, end in ((make.end, make.end + size), (make.first - size, make.first)):
            if (first, end) not in windows or not taken.isdisjoint(range(first, end)):
                continue
            written = _in_figures(words, first, end)
            if len(written) < 3 or any(word.text in nicknames.everyday_words() for word in words[first:end]):
                continue
            scores = _of_make(known.models.alike(written), make.scores)
            if max(scores.values(), default=0) >= _HEARD_BESIDE:
                yield Span(first=first, end=end, scores=scores)


def _of_make(models: Scores, makes: Scores) -> Scores:
    """What has one of these makes."""
    meant = {name.make for name in makes}
    return {name: score for name, score in models.items() if name.make in meant}


def _joined(words: list[Word], spans: list[Span]) -> list[Span]:
    """A make and its own model side by side are one name; a bare "208" becomes one only so."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and (last.is_make or span.is_make) and _touch(words, last, span):
            make, model = (last, span) if last.is_make else (span, last)
            if scores := _of_make(model.scores, make.scores):
                joined[-1] = replace(last, end=span.end, scores=scores, everyday=False)
                continue
        joined.append(span)
    return joined


def _touch(words: list[Word], left: Span, right: Span) -> bool:
    """Nothing but a link between them, and nothing at all beside a figure or an everyday word."""
    between = words[left.end : right.first]
    return not between or (
        len(between) <= 2 and not (left.everyday or right.everyday) and all(word.text in _LINKS for word in between)
    )


def _apart(chosen: list[Span], more: list[Span]) -> list[Span]:
    """Those chosen, and more where there is room."""
    kept, taken = list(chosen), _places(chosen)
    for span in more:
        if _is_free(taken, span):
            kept.append(span)
            taken.update(range(span.first, span.end))
    return kept


def _places(spans: list[Span]) -> set[int]:
    return {place for span in spans for place in range(span.first, span.end)}


def _is_free(taken: set[int], span: Span) -> bool:
    return taken.isdisjoint(range(span.first, span.end))


def _written(words: list[Word], first: int, end: int) -> str:
    return "".join(word.text for word in words[first:end])


def _in_figures(words: list[Word], first: int, end: int) -> str:
    return "".join(spelling.in_figures([word.text for word in words[first:end]]))
