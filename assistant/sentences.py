"""Sentences for customers, written by people in `prompts/sentences.*.toml`, and figures the way customers read them."""

import tomllib
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

PROMPTS = Path(__file__).parent / "prompts"


@cache
def _sentences(language: str) -> dict[str, str]:
    name = f"sentences.{'en' if language == 'en' else 'es'}.toml"
    return tomllib.loads((PROMPTS / name).read_text(encoding="utf-8"))


def say(language: str, name: str, /, **figures: Any) -> str:
    """The sentence of that name with its gaps filled. A missing sentence or gap is a KeyError: tests say every one."""
    return _sentences(language)[name].format_map(figures)


def every(language: str) -> dict[str, str]:
    """All sentences as they are written, gaps unfilled."""
    return dict(_sentences(language))


def pesos(amount: Decimal) -> str:
    """$268,999 or $5,458.01: cents only where there are any."""
    return f"${amount:,.0f}" if amount == amount.to_integral_value() else f"${amount:,.2f}"


def moment(language: str, at: datetime) -> str:
    """ "martes 24 de noviembre de 2026 a las 17:00" """
    weekday, month = (
        say(language, "weekdays").split()[at.weekday()],
        say(language, "months").split()[at.month - 1],
    )
    return say(language, "date", weekday=weekday, day=at.day, month=month, year=at.year, time=f"{at:%H:%M}")


def count(number: int) -> str:
    """102,874"""
    return f"{number:,}"
