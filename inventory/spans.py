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
# A word right where a car is asked for ("busco un emw") may be as unlike as this, and so may one that is written as only
# names of cars are ("hrb", "cx-s5"): it is asked about. After an article alone ("cuesta el vrsa") it may be less unlike.
_HEARD_ASKED, _HEARD_AFTER_ARTICLE = 0.66, 0.74
_SHORTEST, _SHORTEST_ASKED = 4, 3
_LONGEST_OF_LETTERS = 4
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
    longer = [span for span in longer if not any(_cuts(span, other) for other in exact.values() if not other.everyday)]
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
        if all(gaps[first : first + size - 1]) and not _is_times(words, first)
    }


def _is_times(words: list[Word], first: int) -> bool:
    """The "x" of "3.80 x 2 m"."""
    return words[first].text == "x" and first > 0 and words[first - 1].text.isdecimal()


def _exact(known: Names, words: list[Word], first: int, end: int) -> Span | None:
    for written in dict.fromkeys((_written(words, first, end), _in_figures(words, first, end))):
        if meant := known.makes.exact(written) + known.models.exact(written):
            scores = dict.fromkeys([name for name in meant if name.in_stock] or meant, 1.0)
            everyday = _is_everyday(words, first, end, is_make=all(name.model is None for name in meant))
            return Span(first=first, end=end, scores=scores, everyday=everyday)
    return None


def _is_everyday(words: list[Word], first: int, end: int, *, is_make: bool) -> bool:
    """An everyday word or a bare figure, without a word beside it that makes it a car: "un uno", "tienen mini", "leon 2019"."""
    written, before = _written(words, first, end), words[first - 1].text if first else ""
    if written.isdecimal() or (len(words[first].text) == 1 and words[first].text in nicknames.everyday_words()):
        return True  # "208", or "a 4" of "a 4 años"
    common, is_nickname = nicknames.everyday_words(), written in nicknames.everyday("nicknames")
    names = nicknames.everyday("makes") if is_make else nicknames.everyday("models") | common
    if not is_nickname and not names & {written, written.removesuffix("s") if is_make else written}:
        return False
    if written not in common and end < len(words) and spelling.is_year(words[end].text):
        return False
    makes_it_one = nicknames.everyday("makes_after" if is_make or is_nickname else "models_after")
    return before not in makes_it_one and not _is_asked_for(words, first)


def _longer(known: Names, words: list[Word], first: int, end: int, exact: dict[Place, Span]) -> Span | None:
    """A misspelt longer name, of which a part is another name written exactly: "discovery sprot"."""
    places = itertools.combinations(range(first, end + 1), 2)
    parts = [exact[place] for place in places if place in exact]
    if (
        not parts
        or (first, end) in exact
        or any((first, at) in exact and (at, end) in exact for at in range(first, end))
    ):
        return None
    span = _heard(known, words, first, end)
    if span is None:
        return None
    if any(span.scores.keys() & part.scores.keys() for part in parts):
        return span if all(span.scores.keys() & part.scores.keys() for part in parts) else None
    return span if max(span.scores.values()) >= _HEARD_LONGER else None


def _heard(known: Names, words: list[Word], first: int, end: int) -> Span | None:
    written, least = _in_figures(words, first, end), _least(words, first, end)
    if (
        any(_is_no_name(word, is_alone=end - first == 1) for word in words[first:end])
        or len(written) < (_SHORTEST if least >= _HEARD else _SHORTEST_ASKED)
        or words[first].text.isdecimal()
    ):
        return None
    scores = known.makes.alike(written) | known.models.alike(written)
    if least >= _HEARD:
        scores = {name: score for name, score in scores.items() if not _is_everyday_name(name)}
    best = max(scores.values(), default=0)
    if best < least:
        return None
    rivals = {name: score for name, score in scores.items() if (best - score) * len(written) < TOO_CLOSE}
    return Span(first=first, end=end, scores=rivals)


def _cuts(span: Span, other: Span) -> bool:
    """It begins or ends within the other: the "v honda" of "cr v honda"."""
    overlap = span.first < other.end and other.first < span.end
    return overlap and not (span.first <= other.first and other.end <= span.end)


def _least(words: list[Word], first: int, end: int) -> float:
    """How like a name these words must be, in the place where they stand."""
    is_alone = end - first == 1
    if _is_code(words, first, end) or (is_alone and _is_asked_for(words, first)):
        return _HEARD_ASKED
    if is_alone and first and words[first - 1].text in nicknames.asking("articles"):
        return _HEARD_ASKED if len(words[first].text) < _SHORTEST else _HEARD_AFTER_ARTICLE
    return _HEARD if is_alone else _HEARD_APART


def _is_code(words: list[Word], first: int, end: int) -> bool:
    """Written as hardly anything but the name of a car is: letters and figures mixed, or single letters, "cx-s5", "hr b"."""
    parts = [word.text for word in words[first:end]]
    if not parts[0][:1].isalpha() or any(part in nicknames.everyday_words() for part in parts):
        return False
    written = "".join(parts)
    return any(map(str.isdecimal, written)) or (len(parts) > 1 and len(written) <= _LONGEST_OF_LETTERS)


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
