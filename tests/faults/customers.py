"""Customers who write: in bursts, twice, out of order, and again while nobody takes it."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.faults import ways
from tests.faults.outside import Outside, post_signed
from tests.faults.ways import ACCOUNT, NUMBER

# As our webhook tells Twilio: up to three repetitions, whatever went wrong.
_TRIES = 4
_PAUSE_SECONDS = 1.5
_PATIENCE_SECONDS = 15.0
_TEXTS = (
    "Hola, busco un Mazda 3",
    "¿Y cuál es el más barato?",
    "¿Me lo dejas a crédito?",
    "¿Todavía lo tienen?",
    "Quiero una cita para verlo el martes a las once",
    "avísame cuando llegue otro",
    "¿De qué color es?",
    "gracias, lo voy a pensar",
)
_WANTS_A_PERSON = "mejor quiero hablar con una persona"


@dataclass
class Writing:
    """What became of everything that customers wrote."""

    accepted: dict[str, float] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    repeats: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Customers:
    """Each with a number, a mark and a few things to say."""

    def __init__(self, outside: Outside, url: str, *, messages: int, seconds: float, chance: random.Random) -> None:
        self.writing = Writing()
        self._outside = outside
        self._url = url
        self._chance = chance
        self._pool = ThreadPoolExecutor(max_workers=48)
        self._sids = count(1)
        self._plan = self._planned(messages, seconds)

    def _planned(self, messages: int, seconds: float) -> list[tuple[float, dict[str, str]]]:
        """When each message is written: bursts of one to four, three or so bursts a customer."""
        plan: list[tuple[float, dict[str, str]]] = []
        number = 0
        while len(plan) < messages:
            mark = "k" + "".join("abcdefghij"[int(digit)] for digit in f"{number:03d}")
            at, said = self._chance.uniform(0, seconds * 0.4), 0
            for _ in range(self._chance.randint(2, 4)):
                burst = []
                for _ in range(self._chance.choice((1, 1, 2, 3, 4))):
                    burst.append((at, self._form(number, mark, said)))
                    at += self._chance.uniform(0, 0.8)
                    said += 1
                if self._chance.random() < 0.15:  # Twilio promises no order
                    times = [moment for moment, _ in burst]
                    burst = list(zip(reversed(times), (form for _, form in burst), strict=True))
                plan += burst
                at += self._chance.uniform(seconds * 0.1, seconds * 0.3)
            number += 1
        return sorted(((min(at, seconds), form) for at, form in plan[:messages]), key=lambda entry: entry[0])

    def _form(self, number: int, mark: str, said: int) -> dict[str, str]:
        text = _TEXTS[(number + said) % len(_TEXTS)]
        if self._chance.random() < 0.01:
            text = _WANTS_A_PERSON
        digits = "".join("abcdefghij"[int(digit)] for digit in f"{said:02d}")
        sid = f"{self._outside.way.prefix}{next(self._sids) + 2**64:032x}"
        return {
            "MessageSid": sid,
            "From": f"whatsapp:+52155{number:08d}",
            "To": NUMBER,
            "AccountSid": ACCOUNT,
            "Body": f"{text} ({mark}-{digits})",
            "NumMedia": "0",
            "ProfileName": f"Customer {mark}",
            "MessageType": "text",
        }

    def figures(self) -> dict[str, Any]:
        writing, seconds = self.writing, sorted(self.writing.seconds) or [0.0]
        return {
            "messages": len(self._plan),
            "accepted": len(writing.accepted),
            "repeats": writing.repeats,
            "given up by the sender": len(writing.given_up - writing.accepted.keys()),
            "webhook answers": dict(writing.answers),
            "webhook s p50/p99": f"{seconds[len(seconds) // 2]:.2f} / {seconds[len(seconds) * 99 // 100]:.2f}",
        }

    def write(self) -> None:
        """Write everything in its time, and return when all of it was taken or given up."""
        began = time.monotonic()
        sent: list[Future[None]] = []
        for at, form in self._plan:
            while (wait := began + at - time.monotonic()) > 0:
                time.sleep(min(wait, 0.2))
            self._outside.deliver_to_us(ways.wrote(form))
            copies = self._chance.choices((1, 2, 3), weights=(80, 15, 5))[0]
            self.writing.repeats += copies - 1
            # All at once: the copies of one message race each other.
            sent += [self._pool.submit(self._post, form) for _ in range(copies)]
        for future in sent:
            future.result()
        self._pool.shutdown()

    def _post(self, form: dict[str, str]) -> None:
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
            began = time.monotonic()
            status = post_signed(self._url, self._outside.way.brought(form), seconds=_PATIENCE_SECONDS)
            with self.writing.lock:
                self.writing.answers[status] += 1
                if status // 100 == 2:
                    self.writing.seconds.append(time.monotonic() - began)
                    self.writing.accepted.setdefault(form["MessageSid"], time.time())
                    return
        with self.writing.lock:
            self.writing.given_up.add(form["MessageSid"])
