"""The cells of a stock file to a vehicle's values: what is understood, and a remedy for what is not."""

import functools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext_noop

from inventory import kinds, spelling
from inventory.models import Vehicle, vehicle
from inventory.sentence import Sentence

Value = str | int | bool | Decimal | None
Choice = TypeVar("Choice", bound=str)

_STOCK_ID_MAX = 2_147_483_647
# Plain digits are a number; more of them than this go the long way.
_DIGITS = 18
_NUMBER = re.compile(r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_UNITS = re.compile(r"^\$|\s|(km|kms|mm|mxn|pesos)\.?$", re.IGNORECASE)
# A spreadsheet runs what begins so.
_RUN = ("=", "+", "-", "@")
_FORMULA = re.compile(r"^[=+\-@\s]+")
# Text that our own export kept from being run: the apostrophe is no part of it.
_KEPT_AS_TEXT = re.compile(r"^'(?=[=+\-@])")
# Most cells of a long file say what others have said.
_REMEMBERED = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")

# Written for "not recorded", besides nothing at all.
_BLANKS = frozenset({"", "na", "nd", "sd"})
_ANSWERS = {
    "si": True,
    "s": True,
    "yes": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
_TRANSMISSIONS = {
    kinds.Transmission.AUTOMATIC: ("automatic", "automática", "automático", "auto", "at", "ta", "tiptronic"),
    kinds.Transmission.MANUAL: ("manual", "estándar", "standard", "std", "mt", "tm"),
    kinds.Transmission.CVT: ("cvt", "ivt", "variable"),
    kinds.Transmission.DUAL_CLUTCH: ("dual_clutch", "doble clutch", "doble embrague", "dct", "dsg"),
}
_BODY_TYPES = {
    kinds.BodyType.SEDAN: ("sedan", "sedán"),
    kinds.BodyType.HATCHBACK: ("hatchback", "hatch"),
    kinds.BodyType.SUV: ("suv", "camioneta"),
    kinds.BodyType.PICKUP: ("pickup", "pick up", "troca"),
    kinds.BodyType.MINIVAN: ("minivan",),
    kinds.BodyType.COUPE: ("coupe", "coupé", "cupé"),
    kinds.BodyType.CONVERTIBLE: ("convertible", "cabrio"),
    kinds.BodyType.WAGON: ("wagon", "vagoneta"),
    kinds.BodyType.VAN: ("van",),
}
_FUELS = {
    kinds.Fuel.GASOLINE: ("gasoline", "gasolina", "petrol", "gas"),
    kinds.Fuel.DIESEL: ("diesel", "diésel"),
    kinds.Fuel.HYBRID: ("hybrid", "híbrido", "hev"),
    kinds.Fuel.PLUG_IN_HYBRID: ("plug_in_hybrid", "híbrido enchufable", "phev"),
    kinds.Fuel.ELECTRIC: ("electric", "eléctrico", "ev"),
}
_STATUSES = {
    kinds.Status.AVAILABLE: ("available", "disponible"),
    kinds.Status.RESERVED: ("reserved", "apartado", "reservado"),
    kinds.Status.SOLD: ("sold", "vendido"),
    kinds.Status.WITHDRAWN: ("withdrawn", "retirado", "baja"),
}


class CellError(ValueError):
    """A cell that cannot be taken, and the remedy."""

    def __init__(self, remedy: Sentence) -> None:
        super().__init__(remedy)
        self.remedy = remedy


def value(field: str, written: str) -> Value:
    """The field's value, None or "" where it is not recorded. Raises CellError."""
    return _READERS[field](written.strip())


def is_formula(field: str, written: str) -> bool:
    """Whether a spreadsheet would run this text when the stock is opened in it; `value` takes the signs away."""
    return field in _TEXTS and written.lstrip().startswith(_RUN)


def defused(text: str) -> str:
    """The text as a spreadsheet shows it and does not run it; `value` gives it back as it was."""
    return f"'{text}" if text.startswith(_RUN) else text


def _number(written: str) -> Decimal | None:
    """ "$461,999.00", "77400.0" or "54,435 km"; None if it is no plain number."""
    bare = _UNITS.sub("", written)
    return Decimal(bare.replace(",", "")) if _NUMBER.fullmatch(bare) else None


def _whole(written: str, least: int, most: int, remedy: Sentence) -> int:
    number: Decimal | int | None = int(written) if written.isdecimal() and len(written) <= _DIGITS else _number(written)
    # The bounds first: of a number with more digits than a Decimal computes with, there is no remainder.
    if number is None or not least <= number <= most or number % 1:
        raise CellError(remedy)
    return int(number)


_OWN_NUMBER = Sentence(gettext_noop("write the stock id as a whole number from 1, each vehicle its own."))


def _stock_id(written: str) -> int:
    return _whole(written, 1, _STOCK_ID_MAX, _OWN_NUMBER)


def _year(written: str) -> int:
    newest = timezone.localdate().year + 1
    remedy = gettext_noop("write a model year from %(oldest)s to %(newest)s.")
    return _whole(written, vehicle.YEAR_MIN, newest, Sentence(remedy, oldest=vehicle.YEAR_MIN, newest=newest))


_KILOMETRES = Sentence(
    gettext_noop("write the mileage in whole kilometres from 0 to %(most)s, as 77400."),
    most=f"{vehicle.MILEAGE_MAX_KM - 1:,}",
)


def _mileage(written: str) -> int:
    return _whole(written, 0, vehicle.MILEAGE_MAX_KM - 1, _KILOMETRES)


def _price(written: str) -> Decimal:
    price = _number(written)
    if price is None or not 0 < price < vehicle.PRICE_MAX_MXN or price * 100 % 1:
        remedy = gettext_noop("write the price in pesos above 0 and below 100,000,000, as 461999.00 or $461,999.")
        raise CellError(Sentence(remedy))
    return price.quantize(Decimal("0.01"))


def _millimetres(written: str) -> int | None:
    least, most = vehicle.LENGTH_MIN_MM, vehicle.LENGTH_MAX_MM
    remedy = gettext_noop("write whole millimetres from %(least)s to %(most)s, as 4580, or leave it empty.")
    if _is_blank(written):
        return None
    return _whole(written, least, most, Sentence(remedy, least=least, most=f"{most:,}"))


def _seats(written: str) -> int | None:
    remedy = gettext_noop("write the seats as a whole number from 1 to %(most)s, or leave it empty.")
    if _is_blank(written):
        return None
    return _whole(written, 1, vehicle.SEATS_MAX, Sentence(remedy, most=vehicle.SEATS_MAX))


def _answer(written: str) -> bool | None:
    if _is_blank(written):
        return None
    answer = _ANSWERS.get(spelling.compact(written))
    if answer is None:
        raise CellError(Sentence(gettext_noop("write Sí or No, or leave it empty.")))
    return answer


def _choice(written: str, choices: dict[str, str]) -> str:
    if _is_blank(written):
        return ""
    chosen = choices.get(spelling.compact(written))
    if chosen is None:
        remedy = gettext_noop("write one of %(choices)s, or leave it empty.")
        raise CellError(Sentence(remedy, choices=", ".join(dict.fromkeys(choices.values()))))
    return chosen


def _text(written: str, longest: int, what: str = "") -> str:
    """One line without spaces around. `what` is the remedy of a text that may not be empty."""
    if _CONTROL.search(written):
        raise CellError(Sentence(gettext_noop("this text has control characters: write it again by hand.")))
    bare = written[1:] if _KEPT_AS_TEXT.match(written) else _FORMULA.sub("", written)
    text = " ".join(bare.split())
    if what and not text:
        raise CellError(Sentence(what))
    if len(text) > longest:
        remedy = gettext_noop("write at most %(longest)s characters; these are %(has)s.")
        raise CellError(Sentence(remedy, longest=longest, has=len(text)))
    return text


def _is_blank(written: str) -> bool:
    return spelling.compact(written) in _BLANKS


def _compacted(choices: dict[Choice, tuple[str, ...]]) -> dict[str, str]:
    return {spelling.compact(word): str(choice) for choice, words in choices.items() for word in words}


def _length_of(field: str) -> int:
    return int(getattr(Vehicle._meta.get_field(field), "max_length", 0))


_TEXTS = {
    "make": gettext_noop("write the make."),
    "model": gettext_noop("write the model."),
    **dict.fromkeys(("trim", "colour", "location"), ""),
}
_CHOICES = {
    "transmission": _compacted(_TRANSMISSIONS),
    "body_type": _compacted(_BODY_TYPES),
    "fuel": _compacted(_FUELS),
    "status": _compacted(_STATUSES),
}
# What is different in every row; the rest is read once for each way it is written. A year that was possible stays possible.
_OWN: dict[str, Callable[[str], Value]] = {"stock_id": _stock_id, "mileage_km": _mileage, "price_mxn": _price}
_SHARED: dict[str, Callable[[str], Value]] = {
    "year": _year,
    "seats": _seats,
    **dict.fromkeys(("has_bluetooth", "has_car_play"), _answer),
    **dict.fromkeys(("length_mm", "width_mm", "height_mm"), _millimetres),
    **{field: functools.partial(_choice, choices=choices) for field, choices in _CHOICES.items()},
    **{field: functools.partial(_text, longest=_length_of(field), what=what) for field, what in _TEXTS.items()},
}
_READERS: dict[str, Callable[[str], Value]] = {
    **_OWN,
    **{field: functools.lru_cache(maxsize=_REMEMBERED)(read) for field, read in _SHARED.items()},
}
