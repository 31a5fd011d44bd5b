"""What an answer claims: each figure of it with its kind and, for money, its part in a price or a quote."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from assistant.reading import figures
from assistant.reading.figures import Unit
from assistant.reading.plain import plain

Span = tuple[int, int]


class Kind(StrEnum):
    """What a figure counts. MONEY is pesos; MONTHS a term; MM a length; LONG a phone number or the like."""

    MONEY = "money"
    PERCENT = "percent"
    YEAR = "year"
    KM = "km"
    MM = "mm"
    MONTHS = "months"
    SEATS = "seats"
    COUNT = "count"
    STOCK_ID = "stock_id"
    LONG = "long"
    DATE = "date"
    TIME = "time"
    OTHER = "other"


class Part(StrEnum):
    """Which amount of a quote a sum of money is; ANY where the words don't say."""

    ANY = "any"
    PRICE = "price"
    MONTHLY = "monthly"
    DOWN = "down_payment"
    FINANCED = "financed"
    LAST = "last_payment"
    INTEREST = "interest_total"
    TOTAL = "total_with_down"
    BALANCE = "balance"
    # What the customer has, offers or sets as a limit.
    THEIRS = "theirs"
    # Of a percentage: the annual rate.
    RATE = "rate"
    # Of a length: which, what there is room for, and what is left over or missing.
    LENGTH = "length_mm"
    WIDTH = "width_mm"
    HEIGHT = "height_mm"
    SPACE = "space"
    MARGIN = "margin"
    # Of a count: how many there are, or how many are shown.
    ALL = "all"
    SHOWN = "shown"
    IN_WORDS = "in words"
    # Of a number of months: how many payments have been made.
    PAYMENTS = "payments"
    # Of a bare figure: a part of a name, such as the "36" of "CX-36".
    NAME = "name"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A figure as it stands in a text. `values` are the numbers it can mean, in pesos, km, months or millimetres."""

    written: str
    kind: Kind
    values: frozenset[Decimal]
    start: int
    end: int
    part: Part = Part.ANY
    # The whole word it stands in, in small letters: "cx-5", "2.5".
    word: str = ""
    # "about 5,500": it may stand for a figure that rounds to it.
    is_about: bool = False
    # "2019 or newer", "up to 80,000 km": a limit that was asked for, not a fact about a car.
    is_limit: bool = False
    # "2015 a 2018", "2013 y 2014": an end of a range, or one of several.
    is_joined: bool = False


# What cannot be seen can't make two figures of one.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ufe0f\u20e3]")
_KEYCAP = re.compile(r"^(\s*\d)\ufe0f?\u20e3\s", re.MULTILINE)
_DIGITS = r"\d{1,3}(?:[,.'\u2019 ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)*"
_FIGURE = re.compile(
    rf"(?P<sign>(?:\b(?:us|mxn?)\s?)?\$\s?|\bmxn\s?)?(?P<digits>{_DIGITS})"
    r"(?:\s?(?P<scale>k|mil|millon|millones|mdp|thousand|million)(?!\w))?"
)
_SCALES = {"k": 1000, "mil": 1000, "thousand": 1000}
_MILLION = 10**6
# "2. ", "2) ", "2.- ", "*2.* " at the head of a line
_LIST_NUMBER = re.compile(r"^[\s*_•-]*\d{1,2}[.)]-?[*_]?(?=\s)", re.MULTILINE)
_UNITS: tuple[tuple[str, str], ...] = (
    ("percent", r"%|por\s?ciento|percent"),
    ("km", r"kms?|kilometros?|kilometers?|kilometres?"),
    ("month", r"meses|mes|months?|mensualidades|pagos|payments|instal?lments"),
    ("years", r"anos?|years?"),
    ("seat", r"asientos?|pasajeros?|plazas?|seats?|seater|passengers?"),
    ("peso", r"pesos?|mxn|m\.n\."),
    ("dollar", r"dolares|dolar|usd|dollars?|dls"),
    ("cm", r"cms?|centimetros?"),
    ("mm", r"mms?|milimetros?"),
    ("m", r"m|mts?|metros?|meters?|metres?"),
    (
        "count",
        (
            r"(?:de\s+(?:ellos|estos)|of\s+(?:them|these)|autos?|carros?|coches?|camionetas?|unidades|unidad|opciones|modelos|versiones|"
            r"primer[oa]s|mas\s+(?:economic|barat|nuev|reciente|car)\w*|cars?|options|vehicles|models|cheapest|first|newest|in\s+total|en\s+total|disponibles|available)"
        ),
    ),
)
_UNIT = re.compile(r"[\s*_]{0,3}(?:de\s+)?(?:" + "|".join(rf"(?P<{name}>(?:{p})(?!\w))" for name, p in _UNITS) + ")")
_MM = {"cm": 10, "mm": 1, "m": 1000}
_YEAR = re.compile(r"(?:19[5-9]|20[0-4])\d")
_YEARS = re.compile(rf"{_YEAR.pattern}\s?-\s?{_YEAR.pattern}")
_MONTH_NAMES = (
    "enero|january|jan", "febrero|february|feb", "marzo|march|mar", "abril|april|apr", "mayo|may", "junio|june|jun",
    "julio|july|jul", "agosto|august|aug", "septiembre|setiembre|september|sept|sep", "octubre|october|oct",
    "noviembre|november|nov", "diciembre|december|dec",
)  # fmt: skip
_ANY_MONTH = "|".join(f"(?P<m{n}>(?:{names}))" for n, names in enumerate(_MONTH_NAMES, 1))
_WEEKDAY_NAMES = (
    r"(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_DATES = (
    re.compile(
        rf"\b{_WEEKDAY_NAMES}\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[:.,]\d|\s*(?:am|pm|de\s+(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep|oct|nov|dic)))\b"
    ),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:de\s+|of\s+)?(?:{_ANY_MONTH})\b(?:,?\s+(?:de\s+|del\s+)?(?P<year>20\d\d))?"
    ),
    re.compile(rf"\b(?:{_ANY_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<year>20\d\d))?"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?<![\d/])(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>20\d\d))?(?![\d/])"),
)
_TIMES = (
    re.compile(
        r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?!\d|:\d)(?:\s?(?P<half>a\.?\s?m|p\.?\s?m)\b)?(?:\s?h(?:rs|oras)?\b)?"
    ),
    re.compile(
        r"(?<![\d:.,$])(?P<hour>\d{1,2})\s?(?:(?P<half>a\.?\s?m|p\.?\s?m)\b|h(?:rs|oras)\b|(?=(?:\s+de\s+la\s+(?:manana|tarde|noche))))"
    ),
    re.compile(r"\b(?:a\s+las?|at)\s+(?P<hour>\d{1,2})(?![\d:.,%$]|\s*(?:meses|anos|months|years|km))\b"),
)
_PHONE = re.compile(r"(?<![\w$])\+?\(?\d{2,4}\)?(?:[\s.-]?\(?\d{2,4}\)?){2,5}(?![\w,])")
_PHONE_DIGITS = 8
_FOLIO = re.compile(r"\b\d{2,9}-\d{6}-[A-Z0-9]{3,12}\b|(?<=\b[Ff]olio )[\w,.-]*\d[\w-]*")
_STOCK_ID = re.compile(
    r"(?:\bids?|#|\bn[uú]m(?:ero)?\.?|\bno\.|\bstock(?:\s+id)?)(?:\s+(?:es|is))?(?:\s+(?:el|the))?\s*:?\s*\*?(\d{2,9})\b"
)
# "Un año más nuevo" is no term, "la mitad de kilómetros" no percentage.
_NO_FIGURE = re.compile(r"(?:un|one|a) (?:ano|mes|year|month)\b|(?:la\s+)?mitad|(?:a\s+)?half")
_ONE_PESO = re.compile(r"\b(?:un|one|a\s+single)\s+(?P<unit>pesos?|dolar|dollar)\b")
_COUNT_WORD = re.compile(
    r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
_COUNTED = re.compile(
    r"\s+(?:autos?|carros?|coches?|camionetas?|unidades|opciones|modelos|versiones|cars|options|vehicles|models)\b"
)
_TERM_YEARS_MOST = 15
_NOON = 12

# The words that tell which amount a sum is, right behind it and, failing that, before it. The first wins.
_BEHIND: tuple[tuple[Part, str], ...] = (
    (
        Part.TOTAL,
        r"contando (?:el|tu) enganche|con todo y enganche|en total|in total|including (?:the|your) down(?: payment)?",
    ),
    (
        Part.MONTHLY,
        r"(?:al|por|cada|/)\s?mes|mensual(?:es)?|de mensualidad|(?:a|per|each|every|/)\s?month|monthly|mensualidad",
    ),
    (Part.DOWN, r"(?:\(?\d+(?:\.\d+)?\s?%\)?\s)?(?:de enganche|de entrada|de inicial|down|as (?:a )?down|upfront)"),
    (Part.LAST, r"el ultimo pago|la ultima|as the last|for the last"),
    (Part.INTEREST, r"de intereses|in interest|of interest"),
    (Part.FINANCED, r"a financiar|financiados|financed|to finance"),
    (Part.THEIRS, r"que (?:me )?(?:ofreces|dices|mencionas|tienes|traes)|(?:that )?you (?:offer|mention|said|have)"),
)
_BEFORE: tuple[tuple[Part, str], ...] = (
    (
        Part.TOTAL,
        r"total(?: a pagar| pagado)?(?: con (?:el )?enganche)?|total (?:with|including)(?: the)? down(?: payment)?|en total (?:pagas|pagarias)|(?:terminarias|acabarias|terminas) pagando|total paid(?: is| of)?|total de",
    ),
    (Part.LAST, r"ultim[oa](?: pago| mensualidad)?(?: es| seria)?(?: de)?|last (?:one|payment)(?: is| being)?(?: of)?"),
    (Part.INTEREST, r"interes(?:es)?(?: total(?:es)?)?(?: son| de)?|interest(?: total)?(?: is| of)?"),
    (
        Part.FINANCED,
        r"(?:a|monto a|monto) financiar|financiad[oa]s?|se financian|amount financed|financ(?:ing|ed)|to (?:be )?financed?",
    ),
    (
        Part.BALANCE,
        r"se deben|debes|deberias|saldo(?: de| en)?|you (?:still )?owe|balance(?: is| of)?|would still (?:be )?owed?",
    ),
    (
        Part.DOWN,
        r"enganche(?: minimo)?(?: de| es| seria)?|down payment(?: of| is)?|dando|das|de entrada|putting(?: down)?",
    ),
    (
        Part.MONTHLY,
        (
            r"mensualidad(?:es)?(?: de| es| seria| quedaria(?: en)?| queda(?: en)?)?|pagas|pagarias|pago mensual(?: de| es)?|"
            r"monthly(?: payment)?(?: of| is| would be)?|payments? of|pagos de|pagando(?: hasta)?"
        ),
    ),
    (
        Part.THEIRS,
        (
            r"presupuesto(?: de)?|tus?|your|tu oferta(?: de)?|ofreces|ofreciste|ofrecer|con tus|tienes|your (?:budget|offer)(?: of| is)?|"
            r"you offer(?:ed)?|hasta(?: de)?|de hasta|menos de|mas de|entre|arriba de|abajo de|debajo de|maximo(?: de)?|up to|"
            r"under|below|over|above|between|less than|more than|at most|subiendo el precio hasta|"
            r"bajando el precio a|of up to|con tu|price up to|down to"
        ),
    ),
    (
        Part.PRICE,
        (
            r"precio(?: de lista)?(?: es| de)?|cuesta|vale|sale en|queda en|en solo|a solo|cuestan|price[ds]?(?: is| at| of)?|"
            r"costs?|for(?: only| just)?|por solo|en"
        ),
    ),
)
_BEHIND_RE = tuple(
    (part, re.compile(rf"[\s*_]*(?:(?:pesos|mxn)\s+)?[\s*_]{{0,3}}(?:{words})(?!\w)")) for part, words in _BEHIND
)
_BEFORE_RE = tuple((part, re.compile(rf"(?<!\w)(?:{words})[\s:*_(]*\Z")) for part, words in _BEFORE)
_BEFORE_CHARACTERS = 48
_ABOUT = re.compile(
    r"(?:aprox\w*\.?|alrededor de|cerca de|casi|unos|unas|como|mas o menos|about|around|roughly|nearly|almost|approximately|~)[\s*_$]*\Z"
)
_LIMIT_BEHIND = re.compile(
    r"[\s*_]*(?:km|mm|kilometros|asientos|seats|modelo)?\s*(?:o\s+(?:mas|menos|anterior\w*|menor\w*|mayor\w*|superior\w*)|en adelante|para arriba|"
    r"and (?:newer|older|up|above|later)|or (?:newer|older|more|less|fewer|later|earlier|above|below)|onwards?)"
)
_LIMIT_BEFORE = re.compile(
    r"(?:hasta|de hasta|menos de|mas de|maximo|minimo|desde(?: el)?|a partir de(?:l)?|entre|up to|under|less than|more than|at (?:most|least)|from|since|between|over)[\s*_$]*\Z"
)
_JOINED_BEHIND = re.compile(r"[\s*_]*(?:km\s+)?(?:(?:a|al|y|o|and|or|to)\s|-|–)\s*\$?\d")
_LISTED = re.compile(r",\s*\d")
_RANGE = re.compile(r"\d[\s*_]*(?:a|to|-|–)[\s*_]*\$?\d")
_JOINED_BEFORE = re.compile(r"(?:\d|mil|k)[\s*_]*(?:km\s*)?(?:\s(?:y|o|and|or|a|al|to)\s|-|–)[\s*_$]*\Z")


def normalised(text: str) -> str:
    """The text with every digit and letter in its plain form, and nothing in it that can't be seen."""
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", _KEYCAP.sub(r"\1. ", text)))


def claims(text: str, names: Sequence[Span] = (), trims: Sequence[Span] = ()) -> list[Claim]:
    """Every figure of a `normalised` text, in order. Names and trims of cars are passed over: their "3" is no figure."""
    scan = _Scan(text, names, trims)
    return scan.found()


class _Scan:
    """One reading of a text: each pattern takes what it knows, and what is left over is still a figure."""

    def __init__(self, text: str, names: Sequence[Span], trims: Sequence[Span]) -> None:
        self.text = text
        self.plain = plain(text)
        self.rest = self.plain
        self.claims: list[Claim] = []
        self.names = {start for start, _ in names}
        for start, end in (*names, *trims):
            self._take(start, end)
        for match in _LIST_NUMBER.finditer(self.rest):
            self._take(match.start(), match.end())

    def found(self) -> list[Claim]:
        self._folios()
        self._dates_and_times()
        self._stock_ids()
        self._phones()
        self._in_words()
        for match in _FIGURE.finditer(self.rest):
            self._figure(match)
        return sorted(self.claims, key=lambda claim: claim.start)

    def _take(self, start: int, end: int) -> None:
        # Not a space, so that what stood on both sides is not joined and no unit is read across it.
        self.rest = self.rest[:start] + "\0" * (end - start) + self.rest[end:]

    def _add(self, kind: Kind, values: set[Decimal], start: int, end: int, part: Part = Part.ANY) -> None:
        before = self.plain[max(0, start - _BEFORE_CHARACTERS) : start]
        self.claims.append(
            Claim(
                written=self.text[start:end].strip(" *_"),
                kind=kind,
                values=frozenset(values),
                start=start,
                end=end,
                part=part,
                word=_word_at(self.plain, start, end),
                is_about=bool(_ABOUT.search(before)),
                is_limit=bool(_LIMIT_BEHIND.match(self.plain, end) or _LIMIT_BEFORE.search(before)),
                is_joined=self._is_joined(kind, start, end),
            )
        )
        self._take(start, end)

    def _is_joined(self, kind: Kind, start: int, end: int) -> bool:
        if kind is Kind.MONEY:
            return bool(_RANGE.search(self.plain[max(0, start - 6) : end + 6]))
        if kind is Kind.OTHER and _LISTED.match(self.plain, end):
            return True
        before = self.plain[max(0, start - _BEFORE_CHARACTERS) : start]
        return bool(_JOINED_BEHIND.match(self.plain, end) or _JOINED_BEFORE.search(before))

    def _folios(self) -> None:
        for match in _FOLIO.finditer(self.text):
            if "\0" not in self.rest[match.start() : match.end()]:
                self._add(Kind.LONG, set(), match.start(), match.end())

    def _dates_and_times(self) -> None:
        for pattern in _DATES:
            for match in pattern.finditer(self.rest):
                self._add(Kind.DATE, _date(match), match.start(), match.end())
        for pattern in _TIMES:
            for match in pattern.finditer(self.rest):
                self._add(Kind.TIME, _time(match, self.plain), match.start(), match.end())

    def _stock_ids(self) -> None:
        for match in _STOCK_ID.finditer(self.rest):
            self._add(Kind.STOCK_ID, {Decimal(match[1])}, match.start(1), match.end(1))

    def _phones(self) -> None:
        for match in _PHONE.finditer(self.rest):
            digits = re.sub(r"\D", "", match[0])
            if len(digits) >= _PHONE_DIGITS and not _YEARS.fullmatch(match[0].strip()):
                self._add(Kind.LONG, {Decimal(digits)}, match.start(), match.end())

    def _in_words(self) -> None:
        """ "doscientos cincuenta mil", "cuarenta y ocho meses", "un peso", "tres opciones"."""
        for match in _ONE_PESO.finditer(self.rest):
            self._add(Kind.MONEY, {Decimal(1)}, match.start(), match.end(), self._part(match.start(), match.end()))
        for quantity in figures.quantities(self.rest):
            written = self.rest[quantity.start : quantity.end]
            if any(character.isdigit() for character in written) or "\0" in written:
                continue
            if quantity.unit and quantity.unit != "seat" and not _NO_FIGURE.match(written):
                kind, factor = _OF_UNIT[quantity.unit]
            elif quantity.is_scaled and " " in written.strip():
                kind, factor = Kind.MONEY, 1
            else:
                continue
            self._add(
                kind,
                {quantity.value * factor},
                quantity.start,
                quantity.end,
                self._part(quantity.start, quantity.end),
            )
        for match in _COUNT_WORD.finditer(self.rest):
            before = self.rest[max(0, match.start() - _BEFORE_CHARACTERS) : match.start()]
            is_counted = _COUNTED.match(self.rest, match.end()) or self._is_before_name(match.end())
            if is_counted or _COUNT_BEFORE.search(before):
                value = figures.quantities(match[0] + " km")[0].value
                self._add(Kind.COUNT, {value}, match.start(), match.end(), Part.IN_WORDS)

    def _figure(self, match: re.Match[str]) -> None:
        start, end = match.span()
        scale = match["scale"]
        factor = 1 if not scale else _SCALES.get(scale, _MILLION)
        values = {value * factor for value in readings(match["digits"])}
        unit_match = _UNIT.match(self.rest, end)
        unit = unit_match.lastgroup if unit_match else None
        if unit == "percent":
            self._add(Kind.PERCENT, values, start, end, self._of_percent(start, end))
        elif unit == "km":
            self._add(Kind.KM, values, start, unit_match.end() if unit_match else end)
        elif unit in _MM:
            self._add(Kind.MM, {value * _MM[unit] for value in values}, start, end, self._dimension(start, end))
        elif match["sign"] or scale or unit in {"peso", "dollar"}:
            self._add(Kind.MONEY, values, start, end, self._part(match.start("digits"), end))
        else:
            self._bare(match, values, unit)

    def _bare(self, match: re.Match[str], values: set[Decimal], unit: str | None) -> None:
        start, end, digits = match.start(), match.end(), match["digits"]
        before = self.plain[max(0, start - _BEFORE_CHARACTERS) : start]
        if _GLUED_BEFORE.search(before) or _GLUED_BEHIND.match(self.plain, end):
            self._add(Kind.OTHER, values, start, end, Part.NAME)
        elif unit == "month":
            is_payments = _PAYMENTS.match(self.plain, end) and _PAID.search(before)
            self._add(Kind.MONTHS, values, start, end, Part.PAYMENTS if is_payments else Part.ANY)
        elif unit == "years" and max(values) <= _TERM_YEARS_MOST:
            self._add(Kind.MONTHS, {value * 12 for value in values}, start, end)
        elif unit == "seat" and not self.text[end:].lstrip(" *_").startswith("Seat"):  # the make
            self._add(Kind.SEATS, values, start, end)
        elif _YEAR.fullmatch(digits):
            self._add(Kind.YEAR, values, start, end)
        elif unit == "count" or self._is_before_name(end) or _COUNT_BEFORE.search(before):
            is_shown = _SHOWN_BEHIND.match(self.plain, end) or _SHOWN_BEFORE.search(before)
            self._add(Kind.COUNT, values, start, end, Part.SHOWN if is_shown else Part.ALL)
        elif (
            re.search(r"\d[,.'\u2019 ]\d{3}", digits)
            and max(values) >= _THOUSAND
            and not _IS_JOINED_TO_UNIT.match(self.plain, end)
        ):
            is_mileage = _OF_MILEAGE.search(re.split(r"[.!?\n]\s", before)[-1]) and not match["sign"]
            self._add(Kind.KM if is_mileage else Kind.MONEY, values, start, end, self._part(start, end))
        else:
            self._add(Kind.OTHER, values, start, end)

    def _is_before_name(self, end: int) -> bool:
        """ "6 Mazda 3": so many of that car."""
        match = _GAP.match(self.plain, end)
        is_seat = self.text[end:].lstrip(" *_").startswith("Seat")  # an everyday word where it stands alone
        return is_seat or bool(match and match.end() > end and match.end() in self.names)

    def _of_percent(self, start: int, end: int) -> Part:
        before = self.plain[max(0, start - _BEFORE_CHARACTERS) : start]
        if _RATE_BEHIND.match(self.plain, end) or _RATE_BEFORE.search(before):
            return Part.RATE
        return Part.DOWN if _DOWN_BEHIND.match(self.plain, end) or _DOWN_BEFORE.search(before) else Part.ANY

    def _dimension(self, start: int, end: int) -> Part:
        before = re.split(r"[;.!?\n]", self.plain[max(0, start - _BEFORE_CHARACTERS) : start])[-1]
        by_what_follows = (part for part, behind, _ in _DIMENSIONS if behind.match(self.plain, end))
        by_what_precedes = (part for part, _, ahead in _DIMENSIONS if ahead.search(before))
        return next(chain(by_what_follows, by_what_precedes), Part.ANY)

    def _part(self, start: int, end: int) -> Part:
        """Which amount a sum is, by the words around it."""
        for part, pattern in _BEHIND_RE:
            if pattern.match(self.plain, end):
                return part
        before = self.plain[max(0, start - _BEFORE_CHARACTERS) : start].rstrip("$ ")
        clause = re.split(r"[;.!?\n]|(?<!\d),", before)[-1]
        for part, pattern in _BEFORE_RE:
            if pattern.search(clause):
                return part
        return Part.ANY


_THOUSAND = 1000
_GLUED_BEFORE = re.compile(r"[a-z](?:-|\d*)\Z")
_GLUED_BEHIND = re.compile(r"(?!(?:km|mm|cm|m|am|pm|h|hrs)\b)[a-z]")
# "1,855 y 1,845 mm", "44,107 contra 93,481": what counts them is said of another.
_IS_JOINED_TO_UNIT = re.compile(
    r"\s*(?:y|and|contra|vs\.?|versus|x|×|por|by|a|to)\s+(?:los\s+)?\d[\d,.]*\s*(?:mm|cm|m|km|kms|kilometros)\b"
)
_OF_MILEAGE = re.compile(r"\b(?:kilometros|kilometraje|km|mileage)\b[^$]*\Z")
_PAID = re.compile(r"\b(?:despues de|tras|luego de|al cabo de|con|after|having made|once you have made)[\s*_]*\Z")
_PAYMENTS = re.compile(r"[\s*_]*(?:pagos|payments|mensualidades|instal)")
_GAP = re.compile(r"[\s*_]{1,3}")
_COUNT_BEFORE = re.compile(
    r"\b(?:de (?:los|las|un total de)|of(?: the| all)?|son|hay|tenemos|tengo|encontre|quedan|there are|we have|i have|found|primer[oa]s|first|"
    r"total de)[\s*_]+\Z"
)
_SHOWN_BEHIND = re.compile(r"[\s*_]*(?:primer|mas\s|first|cheapest|newest)")
_SHOWN_BEFORE = re.compile(
    r"\b(?:primer[oa]s|first|muestro|mando|paso|comparto|te dejo|estos|estas|these|here are|showing|quedan|faltan|otr[oa]s|mas)"
    r"(?: (?:son|are))?(?: (?:los|las|the))?[\s*_]+\Z"
)
_RATE_BEHIND = re.compile(
    r"\s*(?:%|por\s?ciento|percent)?[\s*_,(]*(?:anual|annual|fij|fixed|al ano|a year|de interes|interest|de tasa)"
)
_RATE_BEFORE = re.compile(r"\b(?:tasa|rate|interes|interest|anual|annual)(?:\s+\w+){0,4}[\s:*_]*\Z")
_DOWN_BEHIND = re.compile(r"\s*(?:%|por\s?ciento|percent)?[\s*_)(]*(?:de (?:enganche|entrada|inicial)|down)")
_DOWN_BEFORE = re.compile(
    r"\b(?:enganche|entrada|down(?: payment)?|inicial)(?:\s+(?:de|del|of|is))?[\s:*_(]*(?:\$?[\d,.]+\s*(?:pesos\s*)?[(,]?\s*)?\Z"
)
_DIMENSIONS = (
    (
        Part.MARGIN,
        re.compile(r"\s*(?:mm|cm|m)?\s*(?:de sobra|to spare|left|short|too)"),
        re.compile(
            r"\b(?:sobran?|faltan?|se pasa(?: por)?|excede(?: por)?|over by|margen(?: de)?|spare|short(?: by| of)?|margin(?: of)?|by)[\s:*_]*\Z"
        ),
    ),
    (
        Part.SPACE,
        re.compile(r"(?!)"),
        re.compile(
            r"\b(?:hay|cochera(?: es)?(?: de)?|garaje(?: de)?|espacio(?: de)?|lugar de|garage(?: is)?(?: of)?|space(?: is)?(?: of)?|you have|tienes|there (?:is|are)|de hasta|up to)[\s:*_]*\Z"
        ),
    ),
    (
        Part.LENGTH,
        re.compile(r"\s*(?:mm|cm|mts?|metros|meters|m)?\s*(?:de largo|de longitud|long|in length)"),
        re.compile(r"\b(?:largo|longitud|length)\b[^;\d]*\Z"),
    ),
    (
        Part.WIDTH,
        re.compile(r"\s*(?:mm|cm|mts?|metros|meters|m)?\s*(?:de ancho|wide|in width)"),
        re.compile(r"\b(?:ancho|width)\b[^;\d]*\Z"),
    ),
    (
        Part.HEIGHT,
        re.compile(r"\s*(?:mm|cm|mts?|metros|meters|m)?\s*(?:de alto|de altura|high|tall|in height)"),
        re.compile(r"\b(?:alto|altura|height)\b[^;\d]*\Z"),
    ),
)
_OF_UNIT: dict[Unit, tuple[Kind, Decimal | int]] = {
    "percent": (Kind.PERCENT, 1),
    "peso": (Kind.MONEY, 1),
    "dollar": (Kind.MONEY, 1),
    "km": (Kind.KM, 1),
    "year": (Kind.MONTHS, 12),
    "month": (Kind.MONTHS, 1),
    "fortnight": (Kind.OTHER, 1),
    "m": (Kind.MM, 1000),
    "cm": (Kind.MM, 10),
    "mm": (Kind.MM, 1),
    "ft": (Kind.MM, Decimal("304.8")),
}


def _word_at(text: str, start: int, end: int) -> str:
    first = re.search(r"[\w.-]*\Z", text[:start])
    last = re.match(r"[\w-]*(?:\.\w+)?", text[end:])
    return f"{first[0] if first else ''}{text[start:end]}{last[0] if last else ''}".strip(".-")


def readings(digits: str) -> set[Decimal]:
    """The numbers that written digits can mean: 268,999.00 · 268.999 · 5.458,01 · 4.5"""
    bare = re.sub(r"['\u2019 ]", "", digits)
    marks = [character for character in bare if character in ".,"]
    if not marks:
        return {Decimal(bare)}
    groups = re.split(r"[.,]", bare)
    found = set()
    if len(set(marks)) == 1 and all(len(group) == 3 for group in groups[1:]):
        found.add(Decimal("".join(groups)))
    if len(marks) == 1 and (marks[0] == "." or len(groups[1]) < 3):
        found.add(Decimal(".".join(groups)))
    elif len(set(marks)) == 2 or len(groups[-1]) < 3:
        found.add(Decimal("".join(groups[:-1]) + "." + groups[-1]))
    return found or {Decimal("".join(groups))}


def _date(match: re.Match[str]) -> set[Decimal]:
    """Month and day as MMDD, with the year in front where it is said: one number for a date."""
    groups = match.groupdict()
    if not (groups.get("month") or any(groups.get(f"m{n}") for n in range(1, 13))):
        return {Decimal(int(groups["day"]))}
    month = int(groups["month"]) if groups.get("month") else _month(groups)
    day = Decimal(month * 100 + int(groups["day"]))
    return {day + int(groups["year"]) * 10_000} if groups.get("year") else {day}


def _month(groups: dict[str, str]) -> int:
    return next(number for number in range(1, 13) if groups.get(f"m{number}"))


def _time(match: re.Match[str], text: str) -> set[Decimal]:
    """The time as HHMM on 24 hours: both halves of the day where it is not said which."""
    groups = match.groupdict()
    hour, minute = int(groups["hour"]), int(groups.get("minute") or 0)
    half = (groups.get("half") or "").replace(".", "").replace(" ", "")
    if not half and (part_of_day := re.match(r"\s+de\s+la\s+(manana|tarde|noche)", text[match.end() :])):
        half = "am" if part_of_day[1] == "manana" else "pm"
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    said = Decimal(hour * 100 + minute)
    is_either = not half and 0 < hour <= _NOON
    return {said, Decimal((hour + _NOON) % 24 * 100 + minute)} if is_either else {said}
