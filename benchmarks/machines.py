"""Two web servers and four workers as six machines: folders of their own, and nothing in common but PostgreSQL and RabbitMQ."""

import time
from collections.abc import Mapping

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
_WARM_UP = 8 * WORKERS
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
    bare = stage.environment(DATABASE_URL=url)
    stage.run("migrate", ["manage.py", "migrate", "-v0"], bare)
    stage.run("stock", ["manage.py", "import_vehicles", "fixtures/vehicles.csv"], bare)
    common = {"DATABASE_URL": url, "CELERY_BROKER_URL": rabbitmq.url, "ANSWER_DELAY": "0", "LOG_LEVEL": "warning"}
    common |= {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_MODEL": "stand-in"}
    common |= {"TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}/twilio", "CELERY_QUEUE": "machines"}
    common |= {"DJANGO_SETTINGS_MODULE": "benchmarks.peers.stood_in_settings"}
    application = "karlos_site.wsgi:application"
    webs = [
        stage.serve(f"web{n}", application, _machine(stage, f"web{n}", common), processes=1, threads=4)
        for n in range(WEBS)
    ]
    workers = [_worker(stage, f"worker{n}", common) for n in range(WORKERS)]
    _answer(webs, url, range(50_000, 50_000 + _WARM_UP), already=0)
    before = [cpu_seconds(worker) for worker in workers]
    began = time.time()
    _answer(webs, url, range(CUSTOMERS), already=_WARM_UP)
    sent = sorted(note["at"] for note in outside.Notes(notes).sent_since(began))
    spent = [cpu_seconds(worker) - was for worker, was in zip(workers, before, strict=True)]
    rows = [(f"worker {n + 1}", f"{cpu:.1f}", f"{cpu / sum(spent):.0%}") for n, cpu in enumerate(spent)]
    recorded = _asked(url, _RECORDED) - _WARM_UP
    tell(
        f"Machines: {WEBS} web servers and {WORKERS} workers, {CUSTOMERS} customers, each message to both web servers",
        ("machine", "CPU s", "of the work"),
        [*rows, ("all", f"{sum(spent):.1f}", f"the last is answered after {sent[-1] - began:.1f} s")],
        [
            Bar(what="customers who were answered twice", figure=_asked(url, _TWICE), most=0),
            Bar(what="messages that came to Twilio beyond those recorded", figure=len(sent) - recorded, most=0),
            Bar(what="customers who were answered, share", figure=len(sent) / CUSTOMERS, least=1),
            Bar(
                what="the least that one worker did, of an even share",
                figure=min(spent) / sum(spent) * WORKERS,
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


def _answer(webs: list[int], url: str, customers: range, *, already: int) -> None:
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
