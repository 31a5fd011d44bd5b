"""Two web servers and four workers as six machines: folders of their own, and nothing in common but PostgreSQL and RabbitMQ."""

import time
from collections.abc import Iterable, Mapping

import psycopg

from benchmarks import load, outside
from benchmarks.figures import Bar, tell
from benchmarks.messages import requests_of
from benchmarks.stage import Stage, cpu_seconds
from karlos_site.stack import ports
from tests.faults.processes import Process, eventually
from tests.faults.servers import RabbitMQ

CUSTOMERS = 240
WEBS, WORKERS, THREADS = 2, 4, 40
MODEL_SECONDS, TWILIO_SECONDS = 2.0, 0.1
_DRAINED_SECONDS = 240.0
_ANSWERED = "SELECT count(*) FROM conversations_turn WHERE state = 'done'"
_RECORDED = "SELECT count(*) FROM conversations_message WHERE author = 'assistant'"
_TWICE = "SELECT count(*) FROM (SELECT 1 FROM conversations_turn GROUP BY customer_id HAVING count(*) > 1) AS twice"


def measure(stage: Stage, *, is_full: bool) -> None:
    """Every message comes to both web servers, as if Twilio had repeated it; each customer must get one answer."""
    rabbitmq = RabbitMQ(stage.directory, stage.lifeline)
    rabbitmq.start()
    port, notes = ports.any_free(), stage.directory / "notes.jsonl"
    words = ["-m", "benchmarks.outside", str(port), str(MODEL_SECONDS), str(TWILIO_SECONDS), str(notes)]
    stage.start("outside", words, stage.environment())
    url = stage.database("machines")
    common = {"DATABASE_URL": url, "CELERY_BROKER_URL": rabbitmq.url, "ANSWER_DELAY": "0", "LOG_LEVEL": "warning"}
    common |= {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_MODEL": "stand-in"}
    common |= {"TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}/twilio"}
    first = _machine(stage, "first", common)
    stage.run("migrate", ["manage.py", "migrate", "-v0"], first)
    stage.run("stock", ["manage.py", "import_vehicles", "fixtures/vehicles.csv"], first)
    application = "karlos_site.wsgi:application"
    webs: dict[int, Process] = {}
    for n in range(WEBS):
        web = stage.serve(f"web{n}", application, _machine(stage, f"web{n}", common), processes=1, threads=4)
        webs[web] = stage.started[-1]
    workers = [_worker(stage, f"worker{n}", common) for n in range(WORKERS)]
    machines = [*workers, *webs.values(), stage.postgres.process, rabbitmq.process]
    _answer(webs, url, range(50_000, 50_000 + 8 * WORKERS), already=0)
    began, before = time.time(), [cpu_seconds(machine) for machine in machines]
    _answer(webs, url, range(CUSTOMERS), already=8 * WORKERS)
    took = time.time() - began
    spent = [cpu_seconds(machine) - was for machine, was in zip(machines, before, strict=True)]
    worked = spent[:WORKERS]
    sent = sum(note["what"] == "sent" for note in outside.notes(notes))
    names = [f"worker {n + 1}" for n in range(WORKERS)] + [f"web {n + 1}" for n in range(WEBS)]
    names += ["PostgreSQL", "RabbitMQ"]
    tell(
        f"Machines: {WEBS} web servers and {WORKERS} workers, {CUSTOMERS} customers, each message to both web servers",
        ("machine", "CPU s", "CPU ms a turn"),
        [
            *((name, f"{cpu:.1f}", f"{cpu / CUSTOMERS * 1000:.1f}") for name, cpu in zip(names, spent, strict=True)),
            (f"all, {CUSTOMERS / took:.0f} turns/s", f"{sum(spent):.1f}", f"{sum(spent) / CUSTOMERS * 1000:.1f}"),
        ],
        [
            Bar(what="customers who were answered twice", figure=_asked(url, _TWICE), most=0),
            Bar(
                what="messages that came to Twilio beyond those recorded", figure=sent - _asked(url, _RECORDED), most=0
            ),
            Bar(
                what="the least that one worker did, of an even share",
                figure=min(worked) / sum(worked) * WORKERS,
                least=0.5,
            ),
        ],
    )


def _machine(stage: Stage, name: str, common: Mapping[str, str]) -> dict[str, str]:
    """Its own folder: what two machines had in common there would be missing in one."""
    return stage.environment(**common) | {"DATA_DIR": str(stage.directory / name)}


def _worker(stage: Stage, name: str, common: Mapping[str, str]) -> Process:
    words = ["-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "karlos_site", "worker"]
    words += ["-n", f"{name}@benchmark", "--pool", "threads", "--concurrency", str(THREADS)]
    return stage.start(
        name, [*words, "--without-gossip", "--without-mingle", "-l", "warning"], _machine(stage, name, common)
    )


def _answer(webs: Iterable[int], url: str, customers: range, *, already: int) -> None:
    """The same messages to every web server, and wait until each customer's turn is done."""
    for web in webs:
        load.post(web, requests_of(customers), callers=16)
    if not eventually(lambda: _asked(url, _ANSWERED) >= already + len(customers), seconds=_DRAINED_SECONDS):
        raise TimeoutError(f"Only {_asked(url, _ANSWERED)} were answered.")
    time.sleep(MODEL_SECONDS + 1)  # whoever wanted to answer a second time has done so


def _asked(url: str, question: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    return int(row[0]) if row else 0
