"""What an estimate rests on, in words: the rate is named, and never as the CAT or the APR, which hold fees and insurance besides."""

import re
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

RATE = "{rate}"
_TEXTS = Path(__file__).parent / "assumptions.toml"
_GAP = re.compile(r"\{[^{}]*\}?|\}")
_YEARLY_COST = r"(?:C\.?A\.?T\.?|A\.?P\.?R\.?|costo anual total|annual percentage rate)(?!\w)"
_NAMED = re.compile(rf"\b{_YEARLY_COST}", re.IGNORECASE)
# "no es el CAT", "ni CAT", "it is neither the CAT": the refusal at most three words before, and no rate behind it.
_DENIED = re.compile(
    rf"\b(?:no|ni|not|isn['’]t|neither|nor|nunca|never)\s+(?:[^\W\d]+\s+){{0,3}}{_YEARLY_COST}(?![^.,;]*\{{)",
    re.IGNORECASE,
)


def validate(text: str) -> None:
    """The rate once in braces and nothing else in any, and no rate that is called CAT or APR."""
    gaps = _GAP.findall(text)
    if gaps.count(RATE) != 1:
        raise ValidationError(_("Write {rate} once: the annual rate is put there."), code="rate")
    if len(gaps) != 1:
        raise ValidationError(_("Only {rate} can be filled in: write no other braces."), code="braces")
    if len(_NAMED.findall(text)) != len(_DENIED.findall(text)):
        raise ValidationError(
            _("The rate is neither the CAT nor the APR: name them only to say that it is not."), code="yearly_cost"
        )


def filled(text: str, annual_rate: Decimal) -> str:
    """The text with the rate in it, as "10" or "12.5"."""
    return text.replace(RATE, percent(annual_rate))


def percent(annual_rate: Decimal) -> str:
    """A fraction in percent, without needless zeros."""
    return f"{(annual_rate * 100).normalize():f}"


def default_spanish() -> str:
    """What staff begin with."""
    return _texts()["es"]


def default_english() -> str:
    """The same for customers who write English."""
    return _texts()["en"]


@cache
def _texts() -> dict[str, str]:
    return tomllib.loads(_TEXTS.read_text(encoding="utf-8"))
