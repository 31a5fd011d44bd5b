"""What Karlos asked last, so that a bare answer ("50 mil", "el jueves", "sí") is read as one."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from assistant.items import Item, Said
from assistant.sentences import every

Asked = Literal["", "credit", "payment", "visit", "person", "more", "estimate", "callback", "trade_in"]

# What each of our sentences asks for, the most telling first.
_SENTENCES: tuple[tuple[Asked, tuple[str, ...]], ...] = (
    (
        "visit",
        (
            "visit_when",
            "visit_what_time",
            "visit_what_day",
            "visit_refused_incomplete",
            "visit_refused_past",
            "visit_refused_too_far",
        ),
    ),
    ("visit", ("visit_refused_closed_day", "visit_refused_closed_time", "visit_cancelled")),
    ("payment", ("income", "too_dear")),
    ("credit", ("credit_down_payment", "credit_which_of_these", "credit_which_car", "affordable_down_payment")),
    ("credit", ("credit_refused_down_payment_too_high", "credit_refused_down_payment_below_minimum")),
    ("credit", ("credit_refused_term_out_of_range", "credit_refused_term_not_offered")),
    ("callback", ("interest_callback",)),
    ("trade_in", ("interest_trade_in",)),
    ("person", ("not_known", "photos", "abuse", "robot")),
    ("more", ("list_end_more",)),
    ("estimate", ("one_car_end", "best_cheapest", "best_dearest", "best_least_mileage", "best_newest")),
)


def last(items: Sequence[Item]) -> Asked:
    """What the last words before the customer's ask for; "" where they ask nothing that this knows."""
    spoken = next((item for item in reversed(items) if isinstance(item, Said) and item.author != "customer"), None)
    if spoken is None or spoken.author != "assistant":
        return ""
    return next((asked for asked, pattern in _patterns() if pattern.search(spoken.text)), "")


@cache
def _patterns() -> tuple[tuple[Asked, re.Pattern[str]], ...]:
    """The last stretch of each sentence without gaps, in both languages."""
    written = [every(language) for language in ("es", "en")]
    return tuple(
        (
            asked,
            re.compile("|".join(re.escape(re.split(r"\{\w+\}", one[name])[-1]) for name in names for one in written)),
        )
        for asked, names in _SENTENCES
    )
