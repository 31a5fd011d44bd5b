"""Remembers that the language model's server is away, so that not every customer waits for it anew."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from assistant.llm import LLMUnavailable

logger = logging.getLogger(__name__)

FAILURES_MOST = 3
AWAY_SECONDS = 30
_WITHIN_SECONDS = 120
_FAILURES, _AWAY, _PROBED = "llm:failures", "llm:away", "llm:probed"


class Outage(LLMUnavailable):
    """It would not serve anyone else now either. `is_certain`: it says so itself, and one such answer is enough."""

    def __init__(self, message: str, *, is_certain: bool = False) -> None:
        super().__init__(message)
        self.is_certain = is_certain


@contextmanager
def remembered() -> Iterator[None]:
    """Around each question: after three failures in a row nobody asks for half a minute, and then one does.

    Kept in the cache, for all processes; without the cache nothing is remembered, and everyone asks.
    """
    known = cache.get_many([_AWAY, _FAILURES]) or {}
    if reason := known.get(_AWAY):
        raise LLMUnavailable(f"Not asked: {reason}")
    failed_before = int(known.get(_FAILURES) or 0)
    if failed_before >= FAILURES_MOST and cache.add(_PROBED, True, AWAY_SECONDS) is False:
        raise LLMUnavailable("Not asked: another turn is finding out whether it is back.")
    try:
        yield
    except Outage as e:
        failures = FAILURES_MOST if e.is_certain else failed_before + 1
        cache.set(_FAILURES, failures, _WITHIN_SECONDS)
        if failures >= FAILURES_MOST:
            cache.set(_AWAY, str(e), AWAY_SECONDS)
            logger.error("The language model is left alone for %s s: %s", AWAY_SECONDS, e)
        raise
    else:
        if failed_before:
            forget()


def forget() -> None:
    """It serves again, as far as we know."""
    cache.delete_many([_FAILURES, _AWAY, _PROBED])
