"""What one customer's message costs the web server: ours, the usual way, and the least that does the same."""

from itertools import count, islice
from urllib.parse import urlencode

import psycopg
import redis

from benchmarks import load
from benchmarks.figures import Bar, Rounds, progress, ratio, tell
from benchmarks.load import Answers
from benchmarks.messages import PATH, form_of, requests_of, signed
from benchmarks.stage import Stage, cpu_seconds

# So many that none of them writes too fast.
CUSTOMERS = 5_000

CALLERS = 16
PROCESSES, THREADS = 2, 4
WAYS = ("ours", "plain", "floor")


def measure(stage: Stage, *, is_full: bool) -> None:
    """Each way in turn, in every round; fresh messages of customers who are known."""
    rounds, messages = (7, 3000) if is_full else (5, 600)
    ports, servers = {}, {}
    for way in WAYS:
        ports[way] = _serve(stage, way)
        servers[way] = stage.started[-1]
    seen: dict[str, list[Answers]] = {way: [] for way in WAYS}
    half: dict[str, list[Answers]] = {way: [] for way in WAYS}
    cpu: dict[str, list[float]] = {way: [] for way in WAYS}
    stored: dict[str, list[float]] = {way: [] for way in WAYS}
    numbers = count()
    for way in WAYS:
        load.post(ports[way], _some(numbers, 300), callers=CALLERS)
    for _ in progress(range(rounds), "webhook"):
        for way in WAYS:
            web, database = cpu_seconds(servers[way]), cpu_seconds(stage.postgres.process)
            seen[way].append(load.post(ports[way], _some(numbers, messages), callers=CALLERS))
            cpu[way].append((cpu_seconds(servers[way]) - web) / messages * 1000)
            stored[way].append((cpu_seconds(stage.postgres.process) - database) / messages * 1000)
            pace = seen[way][-1].per_second / 2
            half[way].append(load.post(ports[way], _some(numbers, messages), callers=64, per_second=pace))
            _empty(stage)
    for way in WAYS:
        refused = {
            status: count for answers in (seen, half) for a in answers[way] for status, count in a.statuses.items()
        }
        if set(refused) != {200}:
            raise RuntimeError(f"{way} answered {refused}")
    speed = {way: Rounds([answers.per_second for answers in seen[way]]) for way in WAYS}
    slowest = {way: Rounds([answers.quantile(0.99) * 1000 for answers in half[way]]) for way in WAYS}
    share, p99 = ratio(speed["ours"], speed["floor"]), ratio(slowest["ours"], slowest["floor"])
    tell(
        "Webhook",
        ("way", "requests/s", "of the floor's", "CPU ms a request", "PostgreSQL's", "p99 ms at half load"),
        [
            (way, speed[way], ratio(speed[way], speed["floor"]), Rounds(cpu[way]), Rounds(stored[way]), slowest[way])
            for way in WAYS
        ],
        [
            Bar(what="our requests/s against the floor's", figure=share.median, least=0.30),
            Bar(what="our p99 at half load against the floor's", figure=p99.median, most=3),
            *_statements(stage),
        ],
    )


def _serve(stage: Stage, way: str) -> int:
    url = stage.database(f"webhook_{way}")
    queue = {"CELERY_QUEUE": f"webhook-{way}", "LOG_LEVEL": "warning"}
    environment = stage.environment(DATABASE_URL=url, **queue)
    stage.run(f"migrate-{way}", ["manage.py", "migrate", "-v0"], environment)
    with psycopg.connect(url) as connection:
        _make_customers(connection)
    application = "karlos_site.wsgi:application"
    if way == "plain":
        environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.plain_settings"
    if way == "floor":
        application = "benchmarks.peers.webhook_floor:application"
    return stage.serve(way, application, environment, processes=PROCESSES, threads=THREADS)


def _make_customers(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    connection.execute(
        "INSERT INTO conversations_customer (channel, address, profile_name, language, fence, unread)"
        " SELECT 'whatsapp', '', '', 'es', 0, 0 FROM generate_series(1, %s)",
        [CUSTOMERS],
    )
    connection.execute(
        "INSERT INTO conversations_identity (customer_id, kind, value)"
        " SELECT id, 'phone', '+52' || (5500000000 + row_number() OVER (ORDER BY id) - 1) FROM conversations_customer"
    )


def _some(numbers: "count[int]", size: int) -> list[bytes]:
    return requests_of(islice(numbers, size), customers=CUSTOMERS)


def _empty(stage: Stage) -> None:
    """No round finds the queue of the one before."""
    with redis.Redis.from_url(stage.redis.url) as client:
        client.flushall()


def _statements(stage: Stage) -> list[Bar]:
    """The same for the first message of a conversation and for the hundredth."""
    environment = stage.environment(DATABASE_URL=stage.database_url("webhook_ours"), LOG_LEVEL="error")
    counted = stage.measured("statements", "benchmarks.webhook", "statements", [], environment)["told"]
    what = f"statements a message, {min(counted)} with BEGIN and COMMIT: most less least"
    return [Bar(what=what, figure=max(counted) - min(counted), most=0)]


def statements() -> list[int]:
    """Of each of a hundred messages, of customers who write several but never too fast."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, counted = Client(), []
    for number in range(100):
        fields = form_of(10**9 + number, number % 20)
        headers = {"host": "karlos.example.com", "x-forwarded-proto": "https", "x-twilio-signature": signed(fields)}
        with CaptureQueriesContext(connection) as made:
            answer = client.post(
                PATH, urlencode(fields), content_type="application/x-www-form-urlencoded", headers=headers
            )
        if answer.status_code != 200:
            raise RuntimeError(f"A message was answered {answer.status_code}.")
        counted.append(len(made))
    return counted
