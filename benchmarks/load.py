"""A load of prepared HTTP requests on one port: as fast as they are answered, or at a steady pace."""

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_PAUSE_MOST_SECONDS = 0.05
_STALLED_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came of a load; `seconds` has one entry a request, from the moment when it was due to its whole answer."""

    took: float
    seconds: list[float] = field(repr=False)
    statuses: Counter[int]

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    def quantile(self, share: float) -> float:
        """In seconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Caller:
    """One connection, kept open; one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._got = b""
        self.due_at = 0.0
        self.connection = self._connect()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(self, request: bytes, due_at: float) -> None:
        self.due_at = due_at
        self.connection.sendall(request)

    def read(self) -> int | None:
        """The status once the answer is whole. Raises ConnectionError."""
        piece = self.connection.recv(65_536)
        if not piece:
            raise ConnectionError("The server hung up.")
        self._got += piece
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        self._got = b""
        return int(head[9:12])


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def post(port: int, requests: Sequence[bytes], *, callers: int, per_second: float | None = None) -> Answers:
    """Send them all, each once. At a pace, a request that finds no free caller waits, and its waiting counts."""
    idle = deque(_Caller(port) for _ in range(callers))
    coming = _schedule(requests, per_second)
    upcoming = next(coming, None)
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        while len(seconds) < len(requests):
            now = time.perf_counter()
            while upcoming and idle and upcoming[0] <= now - began:
                caller = idle.popleft()
                caller.ask(upcoming[1], began + upcoming[0] if per_second else now)
                selector.register(caller.connection, selectors.EVENT_READ, caller)
                upcoming = next(coming, None)
            pause = max(0.0, began + upcoming[0] - now) if upcoming and idle else _PAUSE_MOST_SECONDS
            for key, _ in selector.select(min(pause, _PAUSE_MOST_SECONDS)):
                status = key.data.read()
                if status is not None:
                    seconds.append(time.perf_counter() - key.data.due_at)
                    statuses[status] += 1
                    selector.unregister(key.fileobj)
                    idle.append(key.data)
            if time.perf_counter() - now > _STALLED_SECONDS:
                raise TimeoutError("The server does not answer.")
    took = time.perf_counter() - began
    for caller in idle:
        caller.connection.close()
    return Answers(took=took, seconds=seconds, statuses=statuses)


def _schedule(requests: Sequence[bytes], per_second: float | None) -> Iterator[tuple[float, bytes]]:
    for number, request in enumerate(requests):
        yield (number / per_second if per_second else 0.0), request
