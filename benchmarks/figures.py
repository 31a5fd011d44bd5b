"""Figures as they are told: the median of several rounds, their spread, and ratios within one run."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(rounds: Sequence[T], name: str) -> "Iterable[T]":
    """The rounds, with a bar on the terminal."""
    return tqdm(rounds, desc=name, unit="round", file=sys.stderr)


@dataclass(frozen=True)
class Rounds:
    """One figure, once a round."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        least, most = min(self.values), max(self.values)
        return f"{_short(self.median)} ({_short(least)}-{_short(most)})"


def ratio(ours: Rounds, theirs: Rounds) -> Rounds:
    """Round by round: what disturbs the machine disturbs both."""
    return Rounds([mine / other for mine, other in zip(ours.values, theirs.values, strict=True)])


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What must hold of a ratio."""

    what: str
    figure: float
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.most is None or self.figure <= self.most) and (self.least is None or self.figure >= self.least)

    def __str__(self) -> str:
        wanted = f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"
        return f"{'met   ' if self.is_met else 'MISSED'} {self.what}: {self.figure:.3g} ({wanted})"


def tell(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]], bars: Iterable[Bar] = ()) -> None:
    """A table in Markdown, to be pasted as it is, and the bars below it."""
    lines = [f"\n### {title}\n", "| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    lines += ["", *(f"- {bar}" for bar in bars)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
