"""What an answer says of one car besides figures: its gearbox, fuel, features and colour. A blank is neither yes nor no."""

import re
from collections.abc import Iterator
from typing import Any

from assistant.guardrails import negation
from assistant.guardrails.grounds import Car
from assistant.reading.plain import plain

_SAID_OPEN = re.compile(
    r"\b(?:no (?:esta|viene|aparece|tengo|tenemos) (?:\w+ )?registrad\w*|not (?:on )?record\w*|unrecorded|sin dato|no data|no se|don'?t know|confirm\w*)\b"
)
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("transmission", "cvt", r"cvt"),
    ("transmission", "dual_clutch", r"doble (?:embrague|clutch)|dual[ -]clutch"),
    ("transmission", "manual", r"manual|estandar|stick shift"),
    ("transmission", "automatic", r"automatic[oa]?s?"),
    ("fuel", "gasoline", r"(?:a|de) gasolina|gasoline|petrol"),
    ("fuel", "diesel", r"diesel"),
    ("fuel", "hybrid", r"hibrid[oa]|hybrid"),
    ("fuel", "electric", r"(?:auto|carro|coche|totalmente|100 ?%) electric[oa]|(?:fully|all|an) electric(?: car)?"),
)
# Every kind of automatic is one.
_IS_ALSO = {"automatic": frozenset(("automatic", "cvt", "dual_clutch"))}
_FEATURES = (("bluetooth", re.compile(r"\bbluetooth\b")), ("car_play", re.compile(r"\bcar ?play\b")))
_COLOURS = (
    "blanc[oa]|white", "negr[oa]|black", "gris|gr[ae]y", "plata|platead[oa]|silver", "roj[oa]|red", "azul|blue",
    "verde|green", "amarill[oa]|yellow", "naranja|orange", "cafe|brown", "beige", "dorad[oa]|gold", "vino|burgundy",
)  # fmt: skip
_COLOUR = re.compile(
    rf"\b(?:color|es|is|en|in|viene en|comes in|(?:19|20)\d\d)[\s*_]+(?:color\s+)?(?P<colour>{'|'.join(_COLOURS)})\b"
)
# Nothing of these is recorded: only a trim may say so.
_UNRECORDED = re.compile(
    r"\b(?P<what>quemacocos|techo panoramico|sun ?roof|panoramic roof|piel|leather|camara de reversa|backup camera|rear camera|"
    r"navegacion|navigation|gps|aire acondicionado|air conditioning|asientos calefactables|heated seats|turbo|4x4|4wd|awd|"
    r"llantas nuevas|new tires|traccion integral|all[ -]wheel drive|garantia extendida|extended warranty|sensores|sensors)\b"
)


def violations(text: str, car: Car) -> Iterator[str]:
    """A sentence for each thing that a plain text says of the car and its record doesn't."""
    if not car.data or _SAID_OPEN.search(text):
        return
    yield from _kinds(text, car)
    yield from _features(text, car)
    match = _COLOUR.search(text)
    if (
        match
        and not negation.is_denied(text, match.start())
        and not _is_colour(match["colour"], str(car.data.get("colour", "")))
    ):
        yield f"the colour of the car {car.stock_id} is {car.data.get('colour') or 'not recorded'}"
    for match in _UNRECORDED.finditer(text):
        if not _has(match["what"], plain(car.said)) and not negation.is_denied(text, match.start()):
            yield f"whether the car {car.stock_id} has {match['what']} is not recorded"


def _kinds(text: str, car: Car) -> Iterator[str]:
    for field, kind, words in _KINDS:
        for match in re.finditer(rf"\b(?:{words})\b", text):
            recorded = car.data.get(field)
            # What the trim says itself is no claim beyond it: "XLE HYBRID CVT".
            is_that = recorded in _IS_ALSO.get(kind, {kind}) or match[0] in plain(car.trim).split()
            if is_that == negation.is_denied(text, match.start()):
                yield f"the {field} of the car {car.stock_id} is {recorded or 'not recorded'}"
                return


def _features(text: str, car: Car) -> Iterator[str]:
    for field, words in _FEATURES:
        if match := words.search(text):
            recorded: Any = car.data.get(field)
            says_no = negation.is_denied(text, match.start()) or re.match(r"[\s*_]*:[\s*_]*no\b", text[match.end() :])
            if recorded is not (not says_no):
                yield f"whether the car {car.stock_id} has {field} is recorded as {recorded}; a blank is neither yes nor no"


_DRIVEN_BY_ALL = (
    "4x4",
    "4wd",
    "awd",
    "all-wheel drive",
    "all wheel drive",
    "traccion integral",
    "xdrive",
    "4matic",
    "quattro",
)


def _has(what: str, said: str) -> bool:
    alike = _DRIVEN_BY_ALL if what in _DRIVEN_BY_ALL else (what,)
    return any(word in said for word in alike)


def _is_colour(said: str, recorded: str) -> bool:
    held = plain(recorded)
    return any(re.fullmatch(group, said) and re.search(rf"\b(?:{group})\b", held) for group in _COLOURS)
