"""Numbers as people write them: digits in any style, words, k, mil and millions, with the unit that follows."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from django.utils import timezone

FIRST_YEAR = 1980

Unit = Literal["", "percent", "peso", "dollar", "km", "year", "month", "fortnight", "seat", "m", "cm", "mm", "ft"]


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number in a plain text, multiplied out; `is_scaled` if it was said with k, mil or millions."""

    value: Decimal
    unit: Unit
    start: int
    end: int
    is_scaled: bool = False
    has_sign: bool = False

    @property
    def is_year(self) -> bool:
        """It can be a model year."""
        plain_number = self.unit == "" and not self.is_scaled and not self.has_sign
        return plain_number and FIRST_YEAR <= self.value <= timezone.localdate().year + 1


_ONES = {
    "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
    "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21, "veintiuno": 21, "veintidos": 22, "veintitres": 23,
    "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {
    "k": 1000, "mil": 1000, "thousand": 1000, "grand": 1000, "hundred": 100,
    "millon": 10**6, "millones": 10**6, "melon": 10**6, "milloncito": 10**6, "milloncitos": 10**6, "melones": 10**6, "million": 10**6, "mdp": 10**6,
}  # fmt: skip
_FRACTIONS = {
    "medio": Decimal("0.5"), "cuarto de": Decimal("0.25"), "un cuarto de": Decimal("0.25"), "tres cuartos de": Decimal("0.75"),
    "half a": Decimal("0.5"), "quarter of a": Decimal("0.25"), "a quarter": Decimal("0.25"),
}  # fmt: skip
_UNITS: tuple[tuple[Unit, str], ...] = (
    ("percent", r"%|por\s?ciento|percent"),
    ("dollar", r"dolares|dolar|dlls?|dls|usd|dollars?|bucks|us\b"),
    ("km", r"kms?|kilometros?|kilometers?|kilometres?"),
    ("year", r"anos?|anitos|years?|yrs?"),
    ("month", r"meses|mes|months?|mensualidades|pagos"),
    ("fortnight", r"quincenas?"),
    (
        "seat",
        r"asientos?|pasajeros?|plazas?|personas|lugares|seats|seaters?|seat(?=\s+(?:car|suv|truck|van|vehicle))|passengers?|people",
    ),
    ("peso", r"pesos?|pesitos|varos?|varitos|baros?|bolas|bolitas|lucas|morlacos|mxn|mn\b"),
    ("cm", r"cms?|centimetros?|centimeters?"),
    ("mm", r"mms?|milimetros?|millimeters?"),
    ("m", r"m|mts?|metros?|meters?|metres?"),
    ("ft", r"ft|feet|foot|pies|pie"),
)

_UNITS_AFTER_Y = "un|una|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
_WORDS = "|".join(sorted(_ONES, key=len, reverse=True))
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_FRACTION = "|".join(sorted(_FRACTIONS, key=len, reverse=True)).replace(" ", r"\s+")
_DIGITS = r"\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,3}(?:\s000)+(?!\d)|\d+(?:[.,]\d+)?"
_NUMBER = re.compile(
    rf"(?P<sign>\$\s?)?(?:"
    rf"(?P<digits>(?:(?<![\w.-])|(?<=\d\d\d-)(?!\d+-))(?:{_DIGITS}))(?:\s?(?P<scale>(?:{_SCALE}))(?!\w))?(?P<half>\s+y\s+medio\b)?"
    rf"|(?<!\w)(?P<fraction>{_FRACTION})\s+(?P<fraction_scale>{_SCALE})(?!\w)"
    rf"|(?<!\w)(?P<words>(?:{_WORDS}|{_SCALE})(?:\s+(?:y\s+(?=(?:{_UNITS_AFTER_Y})\b)|and\s+)?(?:{_WORDS}|{_SCALE}))*)(?!\w)(?P<half_words>\s+y\s+medio\b)?"
    rf")"
)
# Shares of the price that people say in words.
_SHARES = (
    (re.compile(r"\b(?:la\s+)?mitad\b|\bhalf(?=\s+(?:of|down|upfront))"), 50),
    (re.compile(r"\bcuarta\s+parte\b"), 25),
)
# "3.80 x 2.20 m"
BY = re.compile(r"\s*(?:x|por|by)\s*")
_LENGTHS = frozenset({"m", "cm", "mm", "ft"})
_LIST_LINK = re.compile(r"\s*(?:,|y|o|,\s*y|and|or|,\s*and)\s*")
_UNIT = re.compile(
    r"\s*(?:de\s+)?(?:" + "|".join(rf"(?P<{unit}>(?:{pattern})(?!\w))" for unit, pattern in _UNITS) + ")"
)


def quantities(text: str) -> list[Quantity]:
    """Every number of a plain text, in order. "un" and "uno" alone are articles and no numbers."""
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        # The "ciento" of "veinte por ciento" is the unit of what came before.
        if found and match.start() < found[-1].end:
            continue
        if quantity := _quantity(match, text):
            found.append(quantity)
    # "3, 4, 5 y 6 años": the unit of the last is the unit of all.
    for index in range(len(found) - 2, -1, -1):
        this, following = found[index], found[index + 1]
        link = _LIST_LINK if following.unit in {"year", "month"} else BY if following.unit in _LENGTHS else None
        if not this.unit and link and link.fullmatch(text, this.end, following.start):
            found[index] = replace(this, unit=following.unit)
    return sorted([*found, *_shares(text)], key=lambda quantity: quantity.start)


def _shares(text: str) -> list[Quantity]:
    """ "la mitad de enganche" """
    return [
        Quantity(value=Decimal(share), unit="percent", start=match.start(), end=match.end())
        for pattern, share in _SHARES
        for match in pattern.finditer(text)
    ]


def _quantity(match: re.Match[str], text: str) -> Quantity | None:
    unit_match = _UNIT.match(text, match.end())
    unit: Unit = next((u for u, _ in _UNITS if unit_match and unit_match[u]), "")
    if match["words"] and match["words"] in {"un", "uno", "una", "one", "k", "grand"} and unit not in {"year", "month"}:
        return None
    value, is_scaled = _value(match)
    return Quantity(
        value=value,
        unit=unit,
        start=match.start(),
        end=unit_match.end() if unit_match else match.end(),
        is_scaled=is_scaled,
        has_sign=bool(match["sign"]),
    )


def _value(match: re.Match[str]) -> tuple[Decimal, bool]:
    if match["fraction"]:
        return _FRACTIONS[" ".join(match["fraction"].split())] * _SCALES[match["fraction_scale"]], True
    if match["words"]:
        value, scale = _of_words(match["words"].split())
        return value + (Decimal(scale) / 2 if match["half_words"] else 0), scale > 1
    value = _of_digits(match["digits"])
    scale = _SCALES[match["scale"]] if match["scale"] else 1
    return value * scale + (Decimal(scale) / 2 if match["half"] else 0), scale > 1


def _of_digits(digits: str) -> Decimal:
    """268,999 · 268.999 · 5,458.01 · 5.458,01 · 4.5 · 4,5"""
    digits = re.sub(r"[\s']", "", digits)
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return Decimal(digits)
    last = marks[-1]
    whole, _, end = digits.rpartition(last)
    is_decimal = len(end) != 3 or (len(set(marks)) == 2) or whole.lstrip("0") == ""
    if is_decimal:
        return Decimal(re.sub(r"[.,]", "", whole) + "." + end)
    return Decimal(re.sub(r"[.,]", "", digits))


def _of_words(words: list[str]) -> tuple[Decimal, int]:
    """Value and largest scale of "doscientos cuarenta y cinco mil"."""
    total, part, largest = 0, 0, 1
    for word in words:
        if word in _ONES:
            part += _ONES[word]
        elif word in _SCALES:
            largest = max(largest, _SCALES[word])
            if _SCALES[word] == 100:
                part = max(part, 1) * 100
            else:
                total, part = total + max(part, 1) * _SCALES[word], 0
    return Decimal(total + part), largest
