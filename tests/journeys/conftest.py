"""Karlos as real processes, in the surroundings that a test names."""

import contextlib
import csv
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as redis_client
from kombu import Connection, Queue
from psycopg import sql

from karlos_site.stack import ports
from tests.conftest import CARS
from tests.site import programs
from tests.site.programs import Program

# The catalogue's headings for our nine cars.
_COLUMNS = {
    "stock_id": "stock_id",
    "km": "km",
    "price": "price",
    "make": "make",
    "model": "model",
    "year": "year",
    "trim": "version",
    "has_bluetooth": "bluetooth",
    "has_car_play": "car_play",
    "length_mm": "largo",
}


@pytest.fixture(scope="session")
def stock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The nine cars as a dealer's file."""
    path = tmp_path_factory.mktemp("stock") / "nine.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*_COLUMNS.values(), "ancho", "altura"])
        writer.writeheader()
        for car in CARS:
            row = {_COLUMNS[name]: "Sí" if value is True else value for name, value in car.items()}
            writer.writerow(row)
    return path


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, stock_file: Path) -> Path:
    """A data folder with the nine cars, made once; the tests of the stack itself begin with an empty one."""
    folder = tmp_path_factory.mktemp("prepared")
    _run(folder, "prepare")
    _load(folder, stock_file)
    return folder


def _load(data: Path, stock_file: Path, **variables: str) -> None:
    _run(data, "import_vehicles", str(stock_file), "--withdraw-missing", **variables)


def _run(data: Path, *words: str, **variables: str) -> None:
    done = programs.run("manage.py", *words, environment=programs.surroundings(data, **variables))
    assert done.returncode == 0, done.stderr


Start = Callable[..., "contextlib.AbstractContextManager[str]"]


@pytest.fixture
def start(tmp_path: Path, prepared: Path, stock_file: Path) -> Start:
    """Start Karlos with these variables set and the nine cars in stock; its address."""

    @contextlib.contextmanager
    def start(**variables: str) -> Iterator[str]:
        port, data = ports.any_free(), tmp_path / "data"
        shutil.copytree(prepared, data)
        with programs.stack(data, port, **variables) as karlos:
            assert karlos.says("Karlos is up"), karlos.output()
            if "DATABASE_URL" in variables:
                _load(data, stock_file, **variables)
            yield f"http://127.0.0.1:{port}"
            _stop(karlos)

    return start


def _stop(karlos: Program) -> None:
    assert karlos.end() == 0, karlos.output()


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """A database, a Redis and a queue of RabbitMQ of our own, gone afterwards. Skips where the three are not found."""
    urls = [os.environ.get(f"KARLOS_TEST_{name}_URL", "") for name in ("DATABASE", "REDIS", "RABBITMQ")]
    if not all(urls):
        pytest.skip("PostgreSQL, Redis and RabbitMQ are not all found")
    database, redis, broker = urls
    name = f"karlos_journey_{uuid.uuid4().hex[:12]}"
    named = {
        "DATABASE_URL": f"{database.rpartition('/')[0]}/{name}",
        "REDIS_URL": redis,
        "CELERY_BROKER_URL": broker,
        "CELERY_QUEUE": name,
    }
    had_delays = _has_delays(broker)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield named
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    with Connection(broker) as amqp:
        Queue(name, channel=amqp.default_channel).delete()
        if not had_delays:
            _delete_delays(amqp)
    with redis_client.Redis.from_url(redis) as client:
        client.flushdb()


# Where Celery keeps countdowns on quorum queues: one queue and exchange for each bit of the delay, shared by everyone.
_DELAY_BITS = 28


def _has_delays(broker: str) -> bool:
    with Connection(broker) as amqp:
        channel: Any = amqp.default_channel
        try:
            channel.queue_declare("celery_delayed_0", passive=True)
        except amqp.channel_errors:
            return False
        return True


def _delete_delays(amqp: Connection) -> None:
    channel: Any = amqp.default_channel
    for bit in range(_DELAY_BITS):
        channel.queue_delete(f"celery_delayed_{bit}", nowait=True)
        channel.exchange_delete(f"celery_delayed_{bit}", nowait=True)
    channel.exchange_delete("celery_delayed_delivery")
