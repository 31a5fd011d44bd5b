"""What the words right before and behind a figure make of it."""

import re
from typing import Literal

from assistant.reading.plain import says

_LAST_ARTICLE = re.compile(r"\s+(?:los|las|el|la|the)$")
_DENIED = re.compile(r"\b(?:no|ni|not|don'?t)\s+(?:\w+\s+){0,2}$")


def limit(ahead: str) -> Literal["most", "least"] | None:
    """Which limit the words before a figure make of it. "No traigo más de" is at most, "no menos de" at least."""
    ahead = _LAST_ARTICLE.sub("", re.sub(r"\bdel$", "de", ahead))
    most, least = end("price_most", ahead), end("price_least", ahead)
    if most is None and least is None:
        return None
    is_most = least is None or (most is not None and most <= least)
    start = most if is_most else least
    is_denied = bool(_DENIED.search(ahead[:start])) and not ahead[start:].startswith("no ")
    return "most" if is_most != is_denied else "least"


def starts(name: str, after: str) -> bool:
    """Whether a phrase of that name begins the words behind."""
    match = says(name, after)
    return match is not None and match.start() == 0


def ends(name: str, ahead: str) -> bool:
    """Whether a phrase of that name ends the words ahead."""
    return end(name, ahead) is not None


def end(name: str, ahead: str) -> int | None:
    """Where the longest phrase of that name begins that ends the words ahead."""
    for start in range(len(ahead)):
        if (found := says(name, ahead[start:])) and start + found.end() == len(ahead):
            return start + found.start()
    return None
