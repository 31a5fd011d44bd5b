"""Any way of writing a make or model to the stock's own, and how sure that is; what we do not stock is known to be absent."""

import functools
from dataclasses import dataclass

from inventory import distinct, names, nicknames, spans, spelling, stamp
from inventory.names import TOO_CLOSE, Name, Names, Scores

# Makes and models as the stock writes them.
Pairs = tuple[tuple[str, str], ...]

# From here on it is taken as read; below, the customer is asked.
SURE = 0.76
# From here on the whole wording is believed even where a part of it is a name written just so.
_PLAIN = 0.85
_UNSURE = 0.6
_LIKE_NOTHING = 0.58
# A model less like than this leaves doubt, however plain its make.
_PART = 0.7
# One wrong letter in so short a name may make it any other.
_SHORT = 3
_LONGEST = 4
# No name is longer; what follows is not read.
_LONGEST_WRITTEN = 100
_MOST_ALTERNATIVES = 4
_REMEMBERED = 1_000
_FILLERS = frozenset(
    ("un", "una", "el", "la", "los", "las", "de", "del", "auto", "carro", "coche", "marca", "modelo", "the", "car")
)


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What a written name means. `make` None: nothing known is like it. `absent`: not in stock. Unsure: ask with `alternatives`."""

    written: str
    make: str | None
    model: str | None
    certainty: float
    alternatives: tuple[Name, ...]
    absent: bool

    @property
    def name(self) -> Name | None:
        """The make or model meant, if any."""
        return Name(make=self.make, model=self.model, in_stock=not self.absent) if self.make else None

    @property
    def is_sure(self) -> bool:
        """It may be acted on without asking."""
        return self.certainty >= SURE


@dataclass(frozen=True, kw_only=True)
class Mention(Resolution):
    """A make or model found in a sentence, and where it stands."""

    start: int
    end: int

    @property
    def words(self) -> str:
        """As the customer wrote it."""
        return self.written


@stamp.once
def stocked() -> Pairs:
    """Every make and model for sale now."""
    return tuple((make, model) for make, model in distinct.values("make", "model"))


def writings(name: Name, stock: Pairs) -> list[tuple[str, str]]:
    """The makes and models of this stock that are this one, in whatever ways it writes them."""
    make, model = spelling.compact(name.make), spelling.compact(name.make + name.model) if name.model else None
    return [
        pair for pair in stock if spelling.compact(pair[0]) == make and model in {None, spelling.compact("".join(pair))}
    ]


def resolve(written: str, stock: Pairs | None = None) -> Resolution:
    """What one written name means: "kia rio", "duster renol", "cx". The best guess comes first, however unsure.

    `stock` is what `stocked` gave, where several names are read one after the other.
    """
    return _resolved(written, names.of(stocked() if stock is None else stock))


# Most customers ask for what others have asked for, and misspell it alike.
@functools.lru_cache(maxsize=_REMEMBERED)
def _resolved(written: str, known: Names) -> Resolution:
    words = [word.text for word in spelling.words(written[:_LONGEST_WRITTEN])]
    words = [word for word in words if word not in _FILLERS] or words
    if "".join(words) in {spelling.compact(kind.words) for kind in nicknames.body_mentions(written)}:
        return _resolution(written, {})
    if len(words) > 1 and spelling.is_year(words[-1]) and not known.models.exact("".join(words)):
        words.pop()
    if not known.models.exact("".join(words)):
        words = spelling.in_figures(words)
    guess = _resolution(written, _scores(known, words))
    if guess.certainty == 1:
        return guess
    found = mentions(written[:_LONGEST_WRITTEN], known.stock)
    is_named_outright = len(found) == 1 and found[0].model is not None and found[0].certainty == 1
    if guess.certainty >= (_PLAIN if is_named_outright else SURE):
        return guess
    return _among_other_words(written, words, found, guess)


def _among_other_words(written: str, words: list[str], found: list[Mention], guess: Resolution) -> Resolution:
    """The name inside a longer wording ("sentra advance rojo"); sure only if no unread word could make it another car."""
    if not found or spelling.compact(found[0].written) == "".join(words):
        return guess
    first, unread = found[0], _unread(written, words, found)
    if len(found) > 1:
        others = tuple(mention.name for mention in found[1:] if mention.name)
        certainty, alternatives = _UNSURE, others
    elif first.model is None and unread:
        if guess.model and guess.make == first.make:
            return guess
        certainty, alternatives = _UNSURE, first.alternatives
    else:
        is_plain = len(spelling.compact(first.written)) > _SHORT or all(len(word) >= _SHORT for word in unread)
        certainty, alternatives = first.certainty if is_plain else _UNSURE, first.alternatives
    return Resolution(
        written=written,
        make=first.make,
        model=first.model,
        certainty=min(certainty, first.certainty),
        alternatives=alternatives,
        absent=first.absent,
    )


def _unread(written: str, words: list[str], found: list[Mention]) -> list[str]:
    """The words in no mention that are neither kinds of car, everyday words nor years."""
    read = [mention.written for mention in found] + [kind.words for kind in nicknames.body_mentions(written)]
    known = {word.text for text in read for word in spelling.words(text)}
    left = [word for word in words if word not in known and not spelling.is_year(word)]
    return [word for word in left if word not in nicknames.everyday_words() or len(word) < _SHORT]


def mentions(text: str, stock: Pairs | None = None) -> list[Mention]:
    """The makes and models of a sentence, in order; a make beside its own model is one mention. `stock` as in `resolve`."""
    return list(_mentions(text, stocked() if stock is None else stock))


# A turn reads the same words several times over: to mend them, to understand them, to hold the answer against them.
@stamp.once
def _mentions(text: str, stock: Pairs) -> tuple[Mention, ...]:
    words = spelling.words(text)
    found = [_mention(text, words, span) for span in spans.find(names.of(stock), text, words)]
    kinds = nicknames.body_mentions(text)
    return tuple(mention for mention in found if not any(_is_part_of(mention, kind) for kind in kinds))


def _is_part_of(mention: Mention, kind: nicknames.BodyMention) -> bool:
    """The "mini" of "mini van" is no Mini."""
    within = kind.start <= mention.start and mention.end <= kind.end
    return within and mention.words != kind.words


def _mention(text: str, words: list[spelling.Word], span: spans.Span) -> Mention:
    start, end = words[span.first].start, words[span.end - 1].end
    read = _resolution(text[start:end], span.scores)
    return Mention(**vars(read), start=start, end=end)


def _scores(known: Names, words: list[str]) -> Scores:
    """The words as one name, and as a make and a model side by side in either order."""
    whole = "".join(words)
    scores = known.makes.alike(whole)
    _take_better(scores, known.models.alike(whole))
    for cut in range(1, min(len(words), _LONGEST)):
        left, right = "".join(words[:cut]), "".join(words[cut:])
        _take_better(scores, _paired(known, left, right))
        _take_better(scores, _paired(known, right, left))
    outright = {name: score for name, score in scores.items() if score == 1}
    return {name: score for name, score in outright.items() if name.in_stock} or outright or scores


def _paired(known: Names, make: str, model: str) -> Scores:
    """Models by how alike both parts are, each counting by its length; a sure make does not make up for a doubtful model."""
    makes = {name.make: score for name, score in known.makes.alike(make).items()}
    models = {name: score for name, score in known.models.alike(model).items() if name.make in makes}
    length = len(make) + len(model)
    return {
        name: (len(make) * makes[name.make] + len(model) * score) / length * (1 if score >= _PART else _PART)
        for name, score in models.items()
    }


def _take_better(scores: Scores, more: Scores) -> None:
    for name, score in more.items():
        scores[name] = max(score, scores.get(name, 0))


def _resolution(written: str, scores: Scores) -> Resolution:
    ranked = sorted(scores, key=lambda name: (-scores[name], not name.in_stock, name.make, name.model or ""))
    length = len(spelling.compact(written))
    if not ranked or (length > _SHORT and scores[ranked[0]] < _LIKE_NOTHING):
        return Resolution(written=written, make=None, model=None, certainty=0, alternatives=(), absent=True)
    best = ranked[0]
    close = tuple(name for name in ranked[1:] if (scores[best] - scores[name]) * length < TOO_CLOSE)
    is_short = scores[best] < 1 and length <= _SHORT
    certainty = min(scores[best], _UNSURE if close or is_short else 1.0)
    return Resolution(
        written=written,
        make=best.make,
        model=best.model,
        certainty=round(certainty, 2),
        alternatives=close[:_MOST_ALTERNATIVES],
        absent=not best.in_stock,
    )
