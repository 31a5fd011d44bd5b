"""Which workers are there and when: from the moment they say in their log that they look for work until they are struck."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# What a worker says when it is up.
_THERE = b"for what is due"
_POLL_SECONDS = 0.2

Interval = tuple[float, float]


@dataclass
class Attendance:
    """Written down as it happens, by our clock: one of the workers' may be wrong."""

    # Name of the worker -> where it writes.
    logs: dict[str, Path]
    # In order: when how many were there.
    counts: list[tuple[float, int]] = field(default_factory=list)
    # Told of each that goes.
    tell: Callable[[str], None] = lambda _name: None
    _there: set[str] = field(default_factory=set)
    _read: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        self.counts.append((time.time(), 0))
        threading.Thread(target=self._read_always, daemon=True).start()

    def end(self) -> None:
        self._over.set()

    def come(self, name: str) -> None:
        self._note(lambda: self._there.add(name))

    def is_complete(self) -> bool:
        return self._there == self.logs.keys()

    def gone(self, name: str) -> None:
        self._note(lambda: self._there.discard(name))
        self.tell(name)

    def _note(self, change: Callable[[], None]) -> None:
        with self._lock:
            change()
            self.counts.append((time.time(), len(self._there)))

    def _read_always(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            for name, log in self.logs.items():
                if log.exists() and _THERE in self._news(name, log):
                    self.come(name)

    def _news(self, name: str, log: Path) -> bytes:
        with log.open("rb") as file:
            file.seek(self._read.get(name, 0))
            news = file.read()
            # Half a line is read again.
            self._read[name] = file.tell() - len(news) + news.rfind(b"\n") + 1
            return news[: news.rfind(b"\n") + 1]

    def nobody(self) -> Iterator[Interval]:
        """From when until when no worker was there."""
        ends = [at for at, _ in self.counts[1:]] + [time.time()]
        for (began, count), ended in zip(self.counts, ends, strict=True):
            if not count:
                yield began, ended


def last_hindrance(moment: float, hindrances: Iterable[Interval]) -> float:
    """When the last of them was over that began before that moment; not over yet: that moment itself."""
    return max((min(ended, moment) for began, ended in hindrances if began <= moment), default=0.0)
