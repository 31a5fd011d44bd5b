"""What goes wrong and when: a process killed at each step in turn, servers emptied, stopped and restarted on a timetable."""

import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.faults.crew import Crew, Embedded, Executioner, Separate, answers
from tests.faults.processes import eventually
from tests.faults.servers import Postgres, RabbitMQ, Redis
from tests.faults.ways import Way

# Every commit and every call outside, of a turn and of a delivery, from both sides.
OF_A_TURN = ("claim", "POST typing", "thread", "lease", "POST to the model", "record")
OF_A_DELIVERY = ("take", "POST message", "sid")
AT_THE_DOOR = ("inbound",)
# A step that does not come up in this time is left to the next round.
_COMES_UP_SECONDS = 8.0
# Longer than a lease.
_FROZEN_SECONDS = 110.0


# What can be seen where there is no server between the product and its database.
_OUTSIDE = ("POST typing", "POST to the model", "POST message")
_GROWTH_MOST_BYTES = 64 * 1024

Timetable = Sequence[tuple[str, Callable[[], None]]]


def moments(steps: Sequence[str]) -> list[tuple[str, str]]:
    return [(step, when) for step in steps for when in ("before", "after") if (when, step) != ("after", "POST typing")]


def on_way(way: Way) -> list[tuple[str, str]]:
    """Every step that there is on this way: on Conversations nobody is shown that we type."""
    steps = (*OF_A_TURN, *OF_A_DELIVERY, *AT_THE_DOOR)
    return moments([step for step in steps if way.name == "messaging" or step != "POST typing"])


@dataclass
class Blows:
    """Strikes until it is told to stop; keeps what it did, and when servers were away."""

    crew: Crew
    executioner: Executioner
    moments: Sequence[tuple[str, str]]
    chance: random.Random
    seconds: float
    timetable: Timetable = ()
    at_random: int = 6
    done: Counter[str] = field(default_factory=Counter)
    # From when until when the database was away, or could not grow.
    away: list[tuple[float, float]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        for strike in (self._kill_at_each_step, self._follow_timetable):
            thread = threading.Thread(target=strike, daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Wait for the timetable's end; servers that are down are up again."""
        for thread in self._threads:
            thread.join(timeout=self.seconds)
        self.over.set()
        self.executioner.disarm()

    def _kill_at_each_step(self) -> None:
        waiting = [*self.moments, *[("", "")] * self.at_random] if self.moments else []
        pause = self.seconds / (len(waiting) or 1) * 0.7
        self.chance.shuffle(waiting)
        began = time.monotonic()
        while waiting and time.monotonic() < began + self.seconds and not self.over.wait(pause):
            step, when = waiting.pop(0)
            if not step:
                name = self.chance.choice(self.crew.workers)
                self.crew.kill(name)
                self.executioner.killed.append((time.time(), name, "at random"))
                continue
            self.executioner.arm(step, when)
            ends_at = time.monotonic() + _COMES_UP_SECONDS
            while self.executioner.is_armed() and time.monotonic() < ends_at:
                time.sleep(0.02)
            if self.executioner.is_armed():
                self.executioner.disarm()
                waiting.append((step, when))

    def _follow_timetable(self) -> None:
        """Evenly over the time."""
        began = time.monotonic()
        for number, (name, blow) in enumerate(self.timetable):
            at = began + self.seconds * (0.08 + 0.84 * number / len(self.timetable))
            while time.monotonic() < at:
                if self.over.wait(0.1):
                    return
            self.done[name] += 1
            blow()

    def absent(
        self, stop: Callable[[], None], start: Callable[[], None], seconds: float, *, is_needed: bool = False
    ) -> Callable[[], None]:
        """A server that goes away for so long; without one that is needed nobody can work."""

        def blow() -> None:
            began = time.time()
            stop()
            self.over.wait(seconds)
            start()
            if is_needed:
                self.away.append((began, time.time()))

        return blow


def on_servers(blows: Blows, crew: Separate, database: Postgres, redis: Redis, rabbitmq: RabbitMQ | None) -> Timetable:
    """What goes wrong with servers and processes that stand by themselves."""
    timetable = [
        ("a worker frozen until its lease is over", lambda: _freeze(crew, crew.workers[0], blows.over)),
        ("Redis emptied", redis.empty),
        ("the web server killed", lambda: crew.kill("web")),
        ("PostgreSQL's connections dropped", database.drop_connections),
        ("Redis killed and restarted", blows.absent(redis.process.kill, redis.start, 1)),
        ("beat killed", lambda: crew.kill("beat")),
        ("PostgreSQL crashed and restarted", blows.absent(database.crash, database.start, 2, is_needed=True)),
        ("every worker replaced (SIGTERM)", crew.deploy),
        ("PostgreSQL's connections dropped", database.drop_connections),
    ]
    if rabbitmq is None:
        return [*timetable, ("Redis stopped for 30 s", blows.absent(redis.process.kill, redis.start, 30))]
    timetable.insert(4, ("RabbitMQ killed and restarted", blows.absent(rabbitmq.process.kill, rabbitmq.start, 0)))
    timetable.insert(8, ("RabbitMQ emptied", rabbitmq.empty))

    def stop() -> None:
        redis.process.kill()
        rabbitmq.process.kill()

    def start() -> None:
        redis.start()
        rabbitmq.start()

    return [*timetable, ("Redis and RabbitMQ stopped for 30 s", blows.absent(stop, start, 30))]


def _freeze(crew: Separate, name: str, over: threading.Event) -> None:
    crew.freeze(name)

    def thaw() -> None:
        over.wait(_FROZEN_SECONDS)
        crew.thaw(name)

    threading.Thread(target=thaw, daemon=True).start()


def on_one_machine(blows: Blows, crew: Embedded) -> Timetable:
    """What goes wrong where one command runs everything."""

    def fill_disk() -> None:
        began = time.time()
        crew.may_grow(_GROWTH_MOST_BYTES)
        blows.over.wait(8)
        crew.may_grow(resource.RLIM_INFINITY)
        blows.away.append((began, time.time()))

    stack = ("`make run` killed", blows.absent(lambda: crew.kill("stack"), lambda: _up_again(crew), 0))
    return [
        ("the web server killed", lambda: crew.kill("granian")),
        stack,
        ("Redis killed", lambda: crew.kill("redis")),
        ("the database may not grow", fill_disk),
        stack,
        ("beat killed", lambda: crew.kill("beat")),
        stack,
    ]


def _up_again(crew: Embedded) -> None:
    eventually(lambda: answers(crew.port), seconds=60)


def briefly(blows: Blows) -> None:
    """A few of them, none of which takes a minute to be cleared up."""
    blows.moments = [(step, when) for step in ("claim", "record", "POST to the model") for when in ("before", "after")]
    blows.moments = [*blows.moments, ("POST message", "after")]
    blows.at_random = 1
    names = ("Redis emptied", "the web server killed", "PostgreSQL's connections dropped")
    blows.timetable = [blow for blow in blows.timetable if blow[0] in names]


def outside_only() -> list[tuple[str, str]]:
    return moments(_OUTSIDE)
