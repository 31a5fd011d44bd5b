"""Three hundred customers write at once: how long until the last has an answer, and what that costs."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import psycopg

from benchmarks import load, outside
from benchmarks.figures import Bar, Rounds, progress, ratio, tell
from benchmarks.messages import requests_of
from benchmarks.stage import Stage, cpu_seconds
from karlos_site.stack import ports
from tests.faults.processes import Process, eventually

CUSTOMERS = 300
MODEL_SECONDS, TWILIO_SECONDS = 2.0, 0.1
# Twilio's own limit for a webhook.
WEBHOOK_MOST_SECONDS = 15.0
PROCESSES = 2
_DRAINED_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Burst:
    """What came of one burst, in seconds from its beginning."""

    drained: float
    replies: Sequence[float]
    webhooks: Sequence[float]
    cpu_ms: float

    @property
    def reply(self) -> float:
        return median(self.replies)

    @property
    def slowest_webhook(self) -> float:
        return max(self.webhooks, default=0.0)


@dataclass
class _Way:
    """One way to answer: its processes, up and waiting."""

    name: str
    burst: Callable[[int], Burst]
    bursts: list[Burst] = field(default_factory=list)

    def rounds(self, figure: Callable[[Burst], float]) -> Rounds:
        return Rounds([figure(burst) for burst in self.bursts])


def measure(stage: Stage, *, is_full: bool) -> None:
    """Every way in turn, in every round; the slow ones once in the short form."""
    scene = Scene(stage)
    threads = _Way("Karlos: threads 2 x 150", scene.product("threads", ["--pool", "threads", "--concurrency", "150"]))
    fork = _Way("prefork 32", scene.product("prefork", ["--pool", "prefork", "--concurrency", str(32 // PROCESSES)]))
    program = _Way("asyncio, the SDK and nothing else", scene.asyncio_program())
    old = _Way("2025: Flask, threads", scene.flask(["--workers", "1", "--threads", str(CUSTOMERS)]))
    sync = _Way("2025: two sync workers", scene.flask(["--workers", "2"]))
    rounds = 5 if is_full else 3
    for number in progress(range(rounds), "burst"):
        for way in (threads, program, *((fork, old, sync) if number == 0 or is_full else ())):
            way.bursts.append(way.burst(number))
    ways = (threads, program, fork, old, sync)
    drained = ratio(threads.rounds(lambda b: b.drained), program.rounds(lambda b: b.drained)).median
    cpu = ratio(threads.rounds(lambda b: b.cpu_ms), program.rounds(lambda b: b.cpu_ms)).median
    late = [sum(s > WEBHOOK_MOST_SECONDS for s in burst.webhooks) / CUSTOMERS for burst in sync.bursts]
    tell(
        f"Burst: {CUSTOMERS} customers at once, the model {MODEL_SECONDS:g} s a call, two calls a turn",
        ("way", "drained, s", "median reply, s", "slowest webhook, s", "CPU ms a turn"),
        [
            (
                way.name,
                way.rounds(lambda b: b.drained),
                way.rounds(lambda b: b.reply),
                way.rounds(lambda b: b.slowest_webhook),
                way.rounds(lambda b: b.cpu_ms),
            )
            for way in ways
        ],
        [
            Bar(what="drained, against the asyncio program", figure=drained, most=1.35),
            Bar(
                what="drained, prefork against ours",
                figure=fork.rounds(lambda b: b.drained).median / threads.rounds(lambda b: b.drained).median,
                least=4,
            ),
            Bar(what="our slowest webhook, s", figure=threads.rounds(lambda b: b.slowest_webhook).median, most=15),
            Bar(what="webhooks over 15 s of two sync workers, share", figure=max(late), least=0.5),
            Bar(
                what="median reply, ours against 2025's",
                figure=threads.rounds(lambda b: b.reply).median / old.rounds(lambda b: b.reply).median,
                most=0.5,
            ),
            Bar(what="worker CPU a turn, ours against the asyncio program's", figure=cpu, most=0.8),
        ],
    )


@dataclass(frozen=True, kw_only=True)
class Product:
    """The product's processes, warm."""

    port: int
    url: str
    workers: Sequence[Process]


@dataclass
class Scene:
    """The stand-ins, and how each way is set up before them."""

    stage: Stage

    def __post_init__(self) -> None:
        self.port, self.notes = ports.any_free(), self.stage.directory / "notes.jsonl"
        words = ["-m", "benchmarks.outside", str(self.port), str(MODEL_SECONDS), str(TWILIO_SECONDS), str(self.notes)]
        self.stage.start("outside", words, self.stage.environment())
        eventually(lambda: not ports.is_free("127.0.0.1", self.port), seconds=20)

    def product(self, name: str, pool: Sequence[str]) -> Callable[[int], Burst]:
        """A burst on what `up` starts."""
        product = self.up(name, pool)
        return lambda number: self._burst(product.port, product.workers, number)

    def up(self, name: str, pool: Sequence[str]) -> "Product":
        """Web server and two workers on a database of their own."""
        stage, url = self.stage, self.stage.database(f"burst_{name}")
        environment = stage.environment(
            DATABASE_URL=url,
            CELERY_QUEUE=f"burst-{name}",
            LOG_LEVEL="warning",
            ANSWER_DELAY="0",
            OPENAI_BASE_URL=f"http://127.0.0.1:{self.port}/v1",
            OPENAI_MODEL="stand-in",
            TWILIO_API_BASE_URL=f"http://127.0.0.1:{self.port}/twilio",
        )
        stage.run(f"migrate-{name}", ["manage.py", "migrate", "-v0"], environment)
        stage.run(f"stock-{name}", ["manage.py", "import_vehicles", "fixtures/vehicles.csv"], environment)
        web = stage.serve(f"web-{name}", "karlos_site.wsgi:application", environment, processes=2, threads=4)
        workers = [self._worker(f"{name}{n}", pool, environment) for n in range(PROCESSES)]
        self._warm_up(web, url)
        return Product(port=web, url=url, workers=workers)

    def _worker(self, name: str, pool: Sequence[str], environment: Mapping[str, str]) -> Process:
        words = ["-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "karlos_site", "worker"]
        words += ["-n", f"{name}@benchmark", *pool, "--without-gossip", "--without-mingle", "-l", "warning"]
        return self.stage.start(f"worker-{name}", words, environment)

    def _warm_up(self, web: int, url: str) -> None:
        """Until every process has answered somebody."""
        for first in range(90_000, 90_400, 40):
            load.post(web, requests_of(range(first, first + 40)), callers=8)
            time.sleep(MODEL_SECONDS)
        if not eventually(lambda: not _waiting(url), seconds=_DRAINED_SECONDS):
            raise TimeoutError(f"The workers do not answer: see {self.stage.directory}")

    def _burst(self, web: int, workers: Sequence[Process], number: int) -> Burst:
        """New customers in every round; from the first webhook to the last message at Twilio's."""
        customers = range(number * CUSTOMERS, (number + 1) * CUSTOMERS)
        begun = sum(map(cpu_seconds, workers))
        began = time.time()
        answers = load.post(web, requests_of(customers), callers=CUSTOMERS)
        sent = self._drained(began)
        spent = sum(map(cpu_seconds, workers)) - begun
        return Burst(
            drained=max(sent) - began,
            replies=[at - began for at in sent],
            webhooks=answers.seconds,
            cpu_ms=spent / CUSTOMERS * 1000,
        )

    def _drained(self, began: float) -> list[float]:
        def sent() -> list[float]:
            return [note["at"] for note in outside.notes(self.notes) if note["what"] == "sent" and note["at"] >= began]

        if not eventually(lambda: len(sent()) >= CUSTOMERS, seconds=_DRAINED_SECONDS):
            raise TimeoutError(f"Only {len(sent())} were answered: see {self.stage.directory}")
        return sent()

    def asyncio_program(self) -> Callable[[int], Burst]:
        """Two processes that share the customers, with the bodies of one of our own turns."""
        bodies = self.stage.directory / "bodies.json"
        bodies.write_text(json.dumps(self._bodies()))
        address = f"http://127.0.0.1:{self.port}"
        own = {"OPENAI_BASE_URL": f"{address}/v1", "TWILIO_URL": f"{address}/twilio/Messages.json"}
        environment = self.stage.environment(**own)
        size = CUSTOMERS // PROCESSES

        def burst(number: int) -> Burst:
            began = time.time()
            words = ["-m", "benchmarks.peers.asyncio_turns", str(bodies)]
            programs = [
                self.stage.start(f"asyncio-{number}-{n}", [*words, str(n * size), str(size)], environment)
                for n in range(PROCESSES)
            ]
            eventually(lambda: not any(program.is_running() for program in programs), seconds=_DRAINED_SECONDS)
            told = [json.loads(program.log.read_text().splitlines()[-1]) for program in programs]
            # It is started for every burst: its imports are not counted.
            ready = max(one["began"] for one in told)
            sent = self._drained(began)
            return Burst(
                drained=max(sent) - ready,
                replies=[at - ready for at in sent],
                webhooks=(),
                cpu_ms=sum(one["cpu"] for one in told) / CUSTOMERS * 1000,
            )

        return burst

    def _bodies(self) -> list[dict[str, object]]:
        """The two requests of a turn, as ours last sent them."""
        return list(json.loads((self.notes.parent / "last-turn.json").read_text()))

    def flask(self, size: Sequence[str]) -> Callable[[int], Burst]:
        """Everything inside the webhook."""
        address = f"http://127.0.0.1:{self.port}"
        own = {"ASSISTANTS_URL": f"{address}/assistants", "TWILIO_URL": f"{address}/twilio/Messages.json"}
        port = ports.any_free()
        words = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--timeout", "600", "--backlog", "2048", *size]
        server = self.stage.start(
            f"flask{port}", [*words, "benchmarks.peers.flask_2025:app"], self.stage.environment(**own)
        )
        eventually(lambda: not ports.is_free("127.0.0.1", port), seconds=30)
        return lambda number: self._burst(port, [server], number)


def _waiting(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM conversations_customer WHERE due_at IS NOT NULL").fetchone()
    return int(row[0]) if row else 0
