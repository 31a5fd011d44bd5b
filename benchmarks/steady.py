"""Customers who write and think, at 70 % of what the workers can do, for twenty minutes: what grows?"""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean

import psycopg

from benchmarks import load
from benchmarks.burst import CUSTOMERS, Scene
from benchmarks.figures import Bar, tell
from benchmarks.messages import request, requests_of
from benchmarks.stage import Stage, memory_bytes
from tests.faults.processes import Process

SHARE_OF_CAPACITY = 0.7
# What a customer reads and writes between an answer and the next question, and after how many they are served.
THINKS_SECONDS = (10.0, 40.0)
QUESTIONS = 4
MEGABYTE = 1024 * 1024
_OLDEST = "SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0) FROM conversations_customer WHERE due_at < now()"
_ASKED = """
SELECT answer.id, extract(epoch FROM min(question.created_at))
FROM conversations_message answer JOIN conversations_message question USING (turn_id)
WHERE answer.author = 'assistant' AND question.author = 'customer'
GROUP BY answer.id
"""
_WINDOWS = 4
# Beyond all that write otherwise.
_FIRST = 500_000


def measure(stage: Stage, *, is_full: bool) -> None:
    """The first quarter of the run beside its last: memory, queue age and reply time may not grow."""
    seconds = 20 * 60 if is_full else 2 * 60
    scene = Scene(stage)
    product = scene.up("steady", ["--pool", "threads", "--concurrency", "150"], warm_up=CUSTOMERS)
    own = scene.environment(DATABASE_URL=product.url, LOG_LEVEL="error")
    stage.measured("budget", "benchmarks.steady", "raise_budget", [], own)
    rate = SHARE_OF_CAPACITY * _capacity(scene, product.port)
    watch = _Watch(product.url, product.workers)
    watch.begin()
    began = time.time()
    _write(product.port, rate, seconds)
    watch.end()
    replies = _replies(scene, product.url, began, seconds)
    memory, queue = watch.windows("memory"), watch.windows("age")
    rows = [
        ("memory of the workers, MB", *(f"{mean(window) / MEGABYTE:.0f}" for window in memory)),
        ("oldest that is due, s", *(f"{max(window):.1f}" for window in queue)),
        ("reply p50, s", *(f"{_quantile(window, 0.5):.2f}" for window in replies)),
        ("reply p99, s", *(f"{_quantile(window, 0.99):.2f}" for window in replies)),
    ]
    tell(
        f"Steady: {rate:.1f} messages a second for {seconds // 60} minutes",
        ("", *(f"quarter {number}" for number in range(1, _WINDOWS + 1))),
        rows,
        [
            Bar(what="memory, last quarter against the second", figure=mean(memory[-1]) / mean(memory[1]), most=1.05),
            Bar(what="oldest that is due in the last quarter, s", figure=max(queue[-1]), most=5),
            Bar(
                what="reply p99, last quarter against the second",
                figure=_quantile(replies[-1], 0.99) / _quantile(replies[1], 0.99),
                most=1.25,
            ),
        ],
    )


def raise_budget() -> None:
    """The day's budget ends within twenty minutes; after it the rules would answer, and the run would be another one."""
    from conversations.models import Limits

    Limits.objects.create(budget_mxn=1_000_000)


def _capacity(scene: Scene, port: int) -> float:
    """Messages a second that are answered while there is always one to answer."""
    size = 2 * CUSTOMERS
    began = time.time()
    load.post(port, requests_of(range(_FIRST, _FIRST + size)), callers=64)
    ordered = sorted(scene.drained(began, size))
    return size * 0.8 / (ordered[int(size * 0.9)] - ordered[int(size * 0.1)])


def _write(port: int, rate: float, seconds: float) -> None:
    """Customers come and go: when the run begins, some are in the middle of their questions already."""
    chance = random.Random(11)
    longest = QUESTIONS * THINKS_SECONDS[1]
    moments = []
    for customer in range(int(rate * (seconds + longest) / QUESTIONS)):
        at = chance.uniform(-longest, seconds)
        for _ in range(QUESTIONS):
            moments.append((at, customer))
            at += chance.uniform(*THINKS_SECONDS)
    within = sorted(moment for moment in moments if 0 <= moment[0] < seconds)
    requests = [request(n, customer, "¿cuál mazda 3 es el más barato?") for n, (_, customer) in enumerate(within)]
    load.post(port, requests, callers=64, per_second=len(requests) / seconds)


@dataclass
class _Watch:
    """Looks every second at the workers' memory and at who is due."""

    url: str
    workers: Sequence[Process]
    seen: list[dict[str, float]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self._over.wait(1):
                row = connection.execute(_OLDEST).fetchone()
                memory = sum(memory_bytes(worker) for worker in self.workers)
                self.seen.append({"age": float(row[0]) if row else 0.0, "memory": float(memory)})

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def windows(self, what: str) -> list[list[float]]:
        values = [one[what] for one in self.seen]
        size = max(1, len(values) // _WINDOWS)
        return [values[n * size : (n + 1) * size] for n in range(_WINDOWS)]


def _replies(scene: Scene, url: str, began: float, seconds: float) -> list[list[float]]:
    """From the webhook of the first message of a turn until Twilio has the answer, by when that was."""
    # Before the questions are read: some answers are still to come, and each is recorded before it is sent.
    sent = scene.notes.sent_since(began)
    with psycopg.connect(url) as connection:
        asked = {int(row[0]): float(row[1]) for row in connection.execute(_ASKED)}
    windows: list[list[float]] = [[] for _ in range(_WINDOWS)]
    for note in sent:
        place = min(_WINDOWS - 1, int((note["at"] - began) / seconds * _WINDOWS))
        windows[place].append(note["at"] - asked[int(note["callback"].rpartition("=")[2])])
    return windows


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
