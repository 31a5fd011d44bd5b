"""What staff set is read once and kept by the process; a stamp in the database, read once a turn, tells when it is another."""

from collections import ChainMap
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")

# What settings begin with where staff have set nothing.
_TO_BEGIN_WITH = (
    "ASSISTANT_NAME",
    "CREDIT_ANNUAL_RATE",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_EFFORT",
    "OPENAI_MODEL",
)


@dataclass(frozen=True)
class _Kept:
    """What was read under a stamp. Never changed: what is read later makes another."""

    stamp: tuple[Any, ...] | None = None
    values: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Turn:
    """What a turn knows: what was kept before it, and what it read itself."""

    before: dict[Any, Any]
    read: dict[Any, Any] = field(default_factory=dict)
    once: dict[Any, Any] = field(default_factory=dict)


_latest = _Kept()
_turn: ContextVar[_Turn | None] = ContextVar("settings_of_turn", default=None)


@contextmanager
def held() -> Iterator[None]:
    """Within, whatever is marked as `kept` holds as it was at the beginning, and is read at most once."""
    global _latest  # noqa: PLW0603 - one for all threads, replaced as a whole
    stamp = _read()
    turn = _Turn(_latest.values if stamp == _latest.stamp else {})
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)
    # What changed while it was read, or was made by reading it, is not kept.
    if turn.read and stamp is not None and _read() == stamp:
        _latest = _Kept(stamp, turn.before | turn.read)


def kept(read: Callable[P, T]) -> Callable[P, T]:
    """What this gives depends on settings alone: within `held` it is kept. Nobody changes what they are given."""
    return _remembered(read, lambda turn: ChainMap(turn.read, turn.before))


def once(read: Callable[P, T]) -> Callable[P, T]:
    """What this gives may change at any time: within `held` it is read once, and anew in the next turn."""
    return _remembered(read, lambda turn: turn.once)


def _remembered(read: Callable[P, T], where: Callable[[_Turn], MutableMapping[Any, Any]]) -> Callable[P, T]:
    @wraps(read)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        turn = _turn.get()
        if turn is None or kwargs:
            return read(*args, **kwargs)
        known, key = where(turn), (read, args)
        if key not in known:
            known[key] = read(*args, **kwargs)
        return known[key]  # type: ignore[no-any-return]

    return remembered


def _read() -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM inventory_settingsstamp")
        row = cursor.fetchone()
    return (row[0], *(getattr(settings, name) for name in _TO_BEGIN_WITH)) if row else None
