"""Every make and model that may be meant, in stock or known to exist, under each of the ways it is written."""

import functools
import re
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from inventory import makes, nicknames, spelling

# Below this two writings have nothing to do with each other.
LEAST_LIKENESS = 0.5
# Two readings less than this many letters apart are told apart by asking.
TOO_CLOSE = 0.7
# Of two names equally like what was written, the one in stock comes first.
_STOCK_FIRST = 0.02
# "CLAs" is a misspelt "clase" more often than several CLA.
_PLURAL_FROM = 4
# So short a nickname, misspelt, may be anything.
_SHORT_NICKNAME = 4
_ENGLISH = {"clase": "class", "serie": "series"}


@dataclass(frozen=True, kw_only=True)
class Name:
    """A make, or a make's model, as the stock writes it; one that is not in stock as makes.toml does."""

    make: str
    model: str | None
    in_stock: bool


Scores = dict[Name, float]


@dataclass(frozen=True)
class Forms:
    """Ways of writing to the names they may mean."""

    names: dict[str, list[Name]] = field(default_factory=dict)
    looks: dict[str, set[str]] = field(default_factory=dict)
    sounds: dict[str, set[str]] = field(default_factory=dict)

    def add(self, form: str, name: Name, *, misspelt: bool = True) -> None:
        """Let `form`, compact, mean `name`; a form may mean several. Not `misspelt`: only when written just so."""
        meant = self.names.setdefault(form, [])
        if name not in meant:
            meant.append(name)
        if misspelt:
            self.looks.setdefault(form, {form})
            self.sounds.setdefault(spelling.sound(form), set()).add(form)

    def exact(self, written: str) -> list[Name]:
        """The names written just so or in the plural; where some are in stock, only those."""
        for form in (written, written.removesuffix("s"), written.removesuffix("es")):
            if form != written and len(form) < _PLURAL_FROM:
                break
            if meant := self.names.get(form):
                return [name for name in meant if name.in_stock] or meant
        return []

    def alike(self, written: str) -> Scores:
        """Every name that what was written looks or sounds like, with its likeness; an exact one alone, with 1."""
        if meant := self.exact(written):
            return dict.fromkeys(meant, 1.0)
        scores: Scores = {}
        for one in {written, _singular(written)}:
            # "Tyootas" may be several Toyota; "kolios" is no several Clio.
            for form in (form for form in self._near(one) if one == written or len(form) >= len(one)):
                likeness = spelling.likeness(one, form) - _letter_apart(one, form, self.names[form])
                for name in self.names[form] if likeness >= LEAST_LIKENESS else []:
                    scores[name] = max(scores.get(name, 0), likeness + _STOCK_FIRST * name.in_stock)
        return scores

    def _near(self, written: str) -> set[str]:
        return _closest(written, self.looks) | _closest(spelling.sound(written), self.sounds)


def _singular(written: str) -> str:
    """Without the letter that makes it several."""
    return written.removesuffix("s") if len(written) > _PLURAL_FROM + 1 else written


def _letter_apart(written: str, form: str, meant: list[Name]) -> float:
    """The one letter that ends "Clase A" tells cars apart as a figure does."""
    is_letter = all(re.search(r" [A-Za-z]$", name.model or "") for name in meant)
    return 0.3 if is_letter and form[-1:] != written[-1:] else 0


def _closest(written: str, forms: dict[str, set[str]]) -> set[str]:
    near = process.extract(
        written, list(forms), scorer=OSA.normalized_similarity, score_cutoff=LEAST_LIKENESS - 0.1, limit=24
    )
    return {form for key, _, _ in near for form in forms[key]}


@dataclass(frozen=True, kw_only=True, eq=False)
class Names:
    """The names of one stock: makes and models apart, as a sentence may have either or both."""

    stock: tuple[tuple[str, str], ...]
    makes: Forms
    models: Forms


@functools.lru_cache(maxsize=4)
def of(stock: tuple[tuple[str, str], ...]) -> Names:
    """The names when the stock has these makes and models."""
    names = Names(stock=stock, makes=Forms(), models=Forms())
    # One writing for each make and model, even where the stock has several ("KIA", "Kia").
    makes_held: dict[str, str] = {}
    models_held: dict[str, str] = {}
    for written, model in stock:
        make = makes_held.setdefault(spelling.compact(written), written)
        if models_held.setdefault(spelling.compact(make + model), model) is model:
            _add(names, make, model, in_stock=True)
    for listed in makes.known():
        make = makes_held.get(spelling.compact(listed.name), listed.name)
        _add(names, make, None, in_stock=make in makes_held.values())
        for model in listed.models:
            if spelling.compact(make + model) not in models_held:
                held = [other for other in _held(stock, make) if other.lower().startswith(f"{model.lower()} ")]
                _add_short(names, make, model, held) if held else _add(names, make, model, in_stock=False)
    _add_families(names.models)
    return names


def _add(names: Names, make: str, model: str | None, *, in_stock: bool) -> None:
    if model is None or in_stock:
        name = Name(make=make, model=None, in_stock=in_stock)
        key = spelling.compact(make)
        names.makes.add(key, name)
        for form in nicknames.of_makes().get(key, ()):
            names.makes.add(form, name, misspelt=len(form) > _SHORT_NICKNAME)
    if model is not None:
        name = Name(make=make, model=model, in_stock=in_stock)
        for form in _forms(make, model):
            names.models.add(form, name)
        for form in nicknames.of_models().get(spelling.compact(f"{make} {model}"), ()):
            names.models.add(form, name, misspelt=len(form) > _SHORT_NICKNAME)
        for form in _spoken(make, model):
            names.models.add(form, name, misspelt=False)


def _held(stock: tuple[tuple[str, str], ...], make: str) -> list[str]:
    """The models of a make in stock."""
    return [model for written, model in stock if spelling.compact(written) == spelling.compact(make)]


def _add_short(names: Names, make: str, model: str, held: list[str]) -> None:
    """Where there is no Discovery, "discovery" is said of the Discovery Sport."""
    for form in _forms(make, model):
        for longer in held:
            names.models.add(form, Name(make=make, model=longer, in_stock=True))


def _forms(make: str, model: str) -> list[str]:
    """ "Serie 3" is also written "BMW Serie 3" and "3 series", and by its nicknames."""
    key = spelling.compact(f"{make} {model}")
    forms = [spelling.compact(model), key, *nicknames.of_models().get(key, ())]
    kind, _, rest = model.lower().partition(" ")
    if kind in _ENGLISH:
        forms += [spelling.compact(rest + _ENGLISH[kind]), spelling.compact(_ENGLISH[kind] + rest)]
    return forms


def _spoken(make: str, model: str) -> list[str]:
    """ "Mercedes C" for the Clase C."""
    kind, _, letter = model.lower().partition(" ")
    called = [spelling.compact(make), *nicknames.of_makes().get(spelling.compact(make), ())]
    return [name + letter for name in called if len(name) > 3] if kind in _ENGLISH and letter.isalpha() else []


def _add_families(models: Forms) -> None:
    """What several models in stock begin with, as "CX" or "Serie", may mean each of them."""
    families: dict[str, list[Name]] = {}
    for name in {name for meant in models.names.values() for name in meant if name.in_stock}:
        families.setdefault(_family(name.model or ""), []).append(name)
    for family, members in families.items():
        is_make = any(spelling.compact(name.make).startswith(family) for name in members)
        if family and len(members) > 1 and family not in models.names and not is_make:
            for name in members:
                models.add(family, name)


def _family(model: str) -> str:
    """The letters before a figure, or the first of several words."""
    head = re.match(r"[a-z]{2,}(?=\d)", spelling.compact(model))
    return head[0] if head else spelling.compact(model.partition(" ")[0]) if " " in model else ""
