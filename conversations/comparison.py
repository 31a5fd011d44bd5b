"""What one version of Karlos does otherwise than another with the same words: tools, arguments, figures, a person."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

HAND_OFF = "hand_off_to_person"
# What a customer is told of a car, of a search and of a credit; folios and dates differ every time.
_FIGURES = frozenset(
    (
        "total",
        "stock_id",
        "price",
        "monthly",
        "months",
        "down_payment",
        "financed",
        "last_payment",
        "interest_total",
        "total_with_down",
        "balance",
        "highest_price",
    )
)
_AMOUNT = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)")

# So many of each side stand on a line; JSON has them all.
SHOWN_MOST = 12

# Name, arguments and result of one call.
Call = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is another than before: tools, arguments, figures or amounts; both sides as they are shown and written as JSON."""

    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.what}: {_short(self.before)} → {_short(self.after)}"

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Difference":
        """What `as_data` wrote."""
        return cls(what=data["what"], before=tuple(data["before"]), after=tuple(data["after"]))

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {"what": self.what, "before": list(self.before), "after": list(self.after)}


def differences(
    before: Sequence[Call], after: Sequence[Call], told_before: str = "", told_after: str = ""
) -> list[Difference]:
    """Everything in which two answers to the same words differ; the words themselves may."""
    found = [
        _difference("tools", names(before), names(after)),
        *_arguments(before, after),
        _difference("figures", *_without_common(figures(before), figures(after))),
        _difference("amounts", *_without_common(_written(amounts(told_before)), _written(amounts(told_after)))),
    ]
    return [difference for difference in found if difference]


def names(calls: Iterable[Call]) -> tuple[str, ...]:
    """The tools that were called, each once."""
    return tuple(sorted({call["name"] for call in calls}))


def figures(calls: Iterable[Call]) -> frozenset[str]:
    """What the tools gave that a customer may be told, such as "monthly 5458.01"."""
    return frozenset(f"{name} {value:f}" for call in calls for name, value in _walk(call["result"]) if name in _FIGURES)


def amounts(text: str) -> frozenset[Decimal]:
    """The amounts of money that a text names."""
    return frozenset(Decimal(written.replace(",", "")).normalize() for written in _AMOUNT.findall(text))


def known_amounts(calls: Iterable[Call]) -> frozenset[Decimal]:
    """Every number that the tools gave."""
    return frozenset(value for call in calls for _name, value in _walk(call["result"]))


def _walk(value: Any, name: str = "") -> Iterator[tuple[str, Decimal]]:
    match value:
        case bool() | None:
            return
        case dict():
            for key, inner in value.items():
                yield from _walk(inner, key)
        case list():
            for inner in value:
                yield from _walk(inner, name)
        case _:
            try:
                number = Decimal(str(value))
            except InvalidOperation:
                return
            if number.is_finite():
                yield name, number.normalize()


def _arguments(before: Sequence[Call], after: Sequence[Call]) -> Iterator[Difference | None]:
    """Call by call of the same tool, only what was asked otherwise."""
    for tool in sorted({call["name"] for call in before} & {call["name"] for call in after}):
        was, now = _asked(before, tool), _asked(after, tool)
        yield _difference(f"arguments of {tool}", *_without_common(was, now))


def _asked(calls: Sequence[Call], tool: str) -> frozenset[str]:
    """What is left out and what is empty are the same to a tool."""
    given = (call["arguments"].items() for call in calls if call["name"] == tool)
    return frozenset(f"{name}={value}" for pairs in given for name, value in pairs if value not in (None, [], ""))


def _without_common(before: frozenset[str], after: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(sorted(before - after)), tuple(sorted(after - before))


def _written(found: frozenset[Decimal]) -> frozenset[str]:
    return frozenset(f"${amount:,f}" for amount in found)


def _short(values: tuple[str, ...]) -> str:
    """The first of them: an amortisation schedule has hundreds."""
    return ", ".join((*values[:SHOWN_MOST], *(("…",) if len(values) > SHOWN_MOST else ()))) or "—"


def _difference(what: str, before: tuple[str, ...], after: tuple[str, ...]) -> Difference | None:
    return Difference(what=what, before=before, after=after) if before != after else None
