"""Three hundred customers write at once: how long until the last has an answer, and what that costs."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks import load, outside
from benchmarks.figures import Bar, Rounds, progress, ratio, tell
from benchmarks.messages import requests_of
from benchmarks.stage import Stage, cpu_seconds
from karlos_site.stack import ports
from tests.faults.processes import Process, eventually

CUSTOMERS = 300
MODEL_SECONDS, TWILIO_SECONDS = 2.0, 0.1
# All that two sync workers are asked to answer: three hundred would take them over twelve minutes, nearly all of them late.
FEW = 10
# Twilio's own limit for a webhook.
WEBHOOK_MOST_SECONDS = 15.0
PROCESSES = 2
_DRAINED_SECONDS = 300.0
# Beyond all that are counted.
_FIRST_OF_WARM_UP = 90_000
# The database that the products begin with.
STOCKED = "stocked"


@dataclass(frozen=True, kw_only=True)
class Burst:
    """What came of one burst, in seconds from its beginning. `webhooks` is empty where there are none."""

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
    """Ours and the asyncio program in turn; the two of 2025 once in the short form."""
    scene = Scene(stage)
    ours, program = _ours(scene), _Way("asyncio, the SDK and nothing else", scene.asyncio_program())
    old = _Way("2025: Flask, a thread for each customer", scene.flask(["--workers", "1", "--threads", str(CUSTOMERS)]))
    sync = _Way(f"2025: two sync workers, {FEW} customers", scene.flask(["--workers", "2"], customers=FEW))
    _hold([ours, program, old, sync, ours, program, *((ours, program, old, sync) * 3 if is_full else ())])
    late = [sum(s > WEBHOOK_MOST_SECONDS for s in burst.webhooks) / FEW for burst in sync.bursts]
    _tell(
        (ours, program, old, sync),
        [
            Bar(what="drained, against the asyncio program", figure=_drained(ours, program), most=1.35),
            Bar(what="our slowest webhook, s", figure=ours.rounds(lambda b: b.slowest_webhook).median, most=15),
            Bar(what="webhooks over 15 s of two sync workers, share", figure=max(late), least=0.5),
            *(
                Bar(
                    what=f"median reply against {way.name}",
                    figure=ours.rounds(lambda b: b.reply).median / way.rounds(lambda b: b.reply).median,
                    most=0.5,
                )
                for way in (sync, old)
            ),
            Bar(
                what="worker CPU a turn, ours against the asyncio program's",
                figure=ratio(ours.rounds(lambda b: b.cpu_ms), program.rounds(lambda b: b.cpu_ms)).median,
                most=0.8,
            ),
        ],
    )


def measure_pools(stage: Stage, *, is_full: bool) -> None:
    """The pool that we have beside Celery's own choice."""
    scene = Scene(stage)
    ours = _ours(scene)
    each = str(32 // PROCESSES)
    fork = _Way("prefork 32", scene.product("prefork", ["--pool", "prefork", "--concurrency", each], warm_up=32))
    _hold([ours, fork] * (3 if is_full else 1))
    _tell((ours, fork), [Bar(what="drained, prefork against ours", figure=_drained(fork, ours), least=4)])


def _ours(scene: "Scene") -> _Way:
    pool = ["--pool", "threads", "--concurrency", "150"]
    return _Way("Karlos: threads 2 x 150", scene.product("threads", pool, warm_up=CUSTOMERS))


def _hold(ways: Sequence[_Way]) -> None:
    for way in progress(ways, "burst"):
        way.bursts.append(way.burst(len(way.bursts)))


def _drained(ours: _Way, theirs: _Way) -> float:
    return ratio(ours.rounds(lambda b: b.drained), theirs.rounds(lambda b: b.drained)).median


def _tell(ways: Sequence[_Way], bars: Sequence[Bar]) -> None:
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
        bars,
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
    model_seconds: float = MODEL_SECONDS
    twilio_seconds: float = TWILIO_SECONDS

    def __post_init__(self) -> None:
        self.port, path = ports.any_free(), self.stage.directory / "notes.jsonl"
        self.notes = outside.Notes(path)
        words = [
            "-m",
            "benchmarks.outside",
            str(self.port),
            str(self.model_seconds),
            str(self.twilio_seconds),
            str(path),
        ]
        self.stage.start("outside", words, self.stage.environment())
        own = self.stage.environment(DATABASE_URL=self.stage.database(STOCKED))
        self.stage.run("migrate", ["manage.py", "migrate", "-v0"], own)
        self.stage.run("stock", ["manage.py", "import_vehicles", "fixtures/vehicles.csv"], own)
        eventually(lambda: not ports.is_free("127.0.0.1", self.port), seconds=20)

    def product(self, name: str, pool: Sequence[str], *, warm_up: int) -> Callable[[int], Burst]:
        """A burst on what `up` starts."""
        product = self.up(name, pool, warm_up=warm_up)
        return lambda number: self._burst(product.port, product.workers, number, CUSTOMERS)

    def up(self, name: str, pool: Sequence[str], *, warm_up: int) -> "Product":
        """Web server and two workers on a database of their own, which have answered so many at once before."""
        stage, url = self.stage, self.stage.database(f"burst_{name}", like=STOCKED)
        environment = self.environment(DATABASE_URL=url, CELERY_QUEUE=f"burst-{name}", LOG_LEVEL="warning")
        web = stage.serve(f"web-{name}", "karlos_site.wsgi:application", environment, processes=2, threads=4)
        workers = [self._worker(f"{name}{n}", pool, environment) for n in range(PROCESSES)]
        self._burst(web, workers, _FIRST_OF_WARM_UP // warm_up, warm_up)
        return Product(port=web, url=url, workers=workers)

    def environment(self, **variables: str) -> dict[str, str]:
        """Of a process of the product that talks to the stand-ins and answers at once."""
        return self.stage.environment(
            DJANGO_SETTINGS_MODULE="benchmarks.peers.stood_in_settings",
            ANSWER_DELAY="0",
            OPENAI_BASE_URL=f"http://127.0.0.1:{self.port}/v1",
            OPENAI_MODEL="stand-in",
            TWILIO_API_BASE_URL=f"http://127.0.0.1:{self.port}/twilio",
            **variables,
        )

    def _worker(self, name: str, pool: Sequence[str], environment: Mapping[str, str]) -> Process:
        words = ["-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "karlos_site", "worker"]
        words += ["-n", f"{name}@benchmark", *pool, "--without-gossip", "--without-mingle", "-l", "warning"]
        return self.stage.start(f"worker-{name}", words, environment)

    def _burst(self, web: int, workers: Sequence[Process], number: int, size: int) -> Burst:
        """New customers in every round; from the first webhook to the last message at Twilio's."""
        requests = requests_of(range(number * size, (number + 1) * size))
        begun = sum(map(cpu_seconds, workers))
        began = time.time()
        answers = load.post(web, requests, callers=size)
        sent = self.drained(began, size)
        spent = sum(map(cpu_seconds, workers)) - begun
        return Burst(
            drained=max(sent) - began,
            replies=[at - began for at in sent],
            webhooks=answers.seconds,
            cpu_ms=spent / size * 1000,
        )

    def drained(self, began: float, size: int) -> list[float]:
        """When each message was taken, once there are so many."""

        def sent() -> list[float]:
            return [note["at"] for note in self.notes.sent_since(began)]

        if not eventually(lambda: len(sent()) >= size, seconds=_DRAINED_SECONDS):
            raise TimeoutError(f"Only {len(sent())} were answered: see {self.stage.directory}")
        return sent()

    def asyncio_program(self, *, customers: int = CUSTOMERS) -> Callable[[int], Burst]:
        """Two processes that share the customers, with the bodies of one of our own turns."""
        bodies = self.stage.directory / "bodies.json"
        bodies.write_text(json.dumps(self._bodies()))
        address = f"http://127.0.0.1:{self.port}"
        own = {"OPENAI_BASE_URL": f"{address}/v1", "TWILIO_URL": f"{address}/twilio/Messages.json"}
        environment = self.stage.environment(**own)
        size = customers // PROCESSES

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
            sent = self.drained(began, customers)
            return Burst(
                drained=max(sent) - ready,
                replies=[at - ready for at in sent],
                webhooks=(),
                cpu_ms=sum(one["cpu"] for one in told) / customers * 1000,
            )

        return burst

    def _bodies(self) -> list[dict[str, object]]:
        """The two requests of a turn, as ours last sent them."""
        return list(json.loads(self.notes.path.with_name("last-turn.json").read_text()))

    def flask(self, size: Sequence[str], *, customers: int = CUSTOMERS) -> Callable[[int], Burst]:
        """Everything inside the webhook."""
        address = f"http://127.0.0.1:{self.port}"
        own = {"ASSISTANTS_URL": f"{address}/assistants", "TWILIO_URL": f"{address}/twilio/Messages.json"}
        port = ports.any_free()
        words = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--timeout", "600", "--backlog", "2048", *size]
        server = self.stage.start(
            f"flask{port}", [*words, "benchmarks.peers.flask_2025:app"], self.stage.environment(**own)
        )
        eventually(lambda: not ports.is_free("127.0.0.1", port), seconds=30)
        return lambda number: self._burst(port, [server], number, customers)
