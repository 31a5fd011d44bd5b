"""What every test may ask for, and what none may do: talk to anything beyond this machine."""

import ipaddress
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from fakeredis import TcpFakeServer
from playwright.sync_api import expect
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from inventory.models import Vehicle
from karlos_site import celery_app


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs Chromium")
    config.addinivalue_line("markers", "servers: needs PostgreSQL, Redis or RabbitMQ")
    config.addinivalue_line("markers", "anywhere: the same on any database, so it runs on the embedded parts only")
    # Rings go to a queue in this process; who wants a worker starts one.
    # What the settings say of the broker itself can't be changed any more.
    celery_app.conf.update(broker_read_url="memory://localhost/", broker_write_url="memory://localhost/")
    # WhiteNoise, which the live server starts with, warns when its folder is not there.
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # A hash that is slow on purpose would be a tenth of the run; programs of their own use the product's.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The stylesheets are looked for when they are asked for, as in development, not all of them for every client.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # What a page is to show may take a slow machine long; where all is well nobody waits for it.
    expect.set_options(timeout=60_000)
    # Most tests have no Redis, and say nothing of it.
    django_settings.DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = False
    TransactionTestCase._fixture_teardown = _delete_what_was_written  # type: ignore[attr-defined]


# What migrating makes; no test changes it.
_KEPT = {"django_content_type", "auth_permission"}


def _delete_what_was_written(_test: TransactionTestCase) -> None:
    """In place of Django's flush, which makes every permission anew."""
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in _KEPT]
    connection.ops.execute_sql_flush([f"DELETE FROM {connection.ops.quote_name(name)}" for name in tables])


@pytest.fixture(scope="session", autouse=True)
def nobody_else_is_connected(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """At the end: a thread of a worker that a test ended may close its connection later than the database is dropped."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A connection to anything but this machine is an error, not a wait."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            raise AssertionError(f"A test wanted to talk to {address[0]}.")
        connect(self, address)

    socket.socket.connect = connect_here  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session")
def base_url() -> str:
    """Unused: tests name whole addresses. Playwright's own fixture is one that pytest 9 warns of."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The system's Chromium, as it runs in a container. Skips where there is none."""
    chromium = os.environ.get("KARLOS_TEST_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.skip("Chromium is not installed")
    # Playwright keeps an event loop in this thread, which Django takes for an asynchronous caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {"executable_path": chromium, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis to be emptied at will: the one that was named or, on the embedded parts, the stand-in of `make run`."""
    if not django_settings.EMBEDDED_REDIS:
        yield django_settings.REDIS_URL
        return
    server = TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()


@pytest.fixture
def redis(redis_url: str, settings: Settings) -> Iterator[None]:
    """The cache works, and is empty; others may use the same Redis meanwhile."""
    settings.CACHES = {
        "default": {**django_settings.CACHES["default"], "LOCATION": redis_url, "KEY_PREFIX": f"test-{os.getpid()}"}
    }
    redis_is_emptied()
    yield
    redis_is_emptied()


def redis_is_emptied() -> None:
    """Of what this process put there."""
    cache.delete_pattern("*")  # type: ignore[attr-defined]


# Cars of our own: stock id, make, model, year, trim, km, price, then what else is recorded.
CARS: tuple[dict[str, Any], ...] = (
    {"stock_id": 101, "make": "Mazda", "model": "Mazda 3", "year": 2013, "trim": "2.0 SEDAN I TA", "km": 98_400, "price": "159000"},
    {"stock_id": 102, "make": "Mazda", "model": "Mazda 3", "year": 2016, "trim": "2.5 SEDAN S TA", "km": 81_250, "price": "218500.50", "has_bluetooth": True},
    {"stock_id": 103, "make": "Mazda", "model": "Mazda 3", "year": 2018, "trim": "2.5 HATCHBACK I TA", "km": 60_100, "price": "259000"},
    {"stock_id": 104, "make": "Mazda", "model": "Mazda 3", "year": 2019, "trim": "2.5 I SPORT MT", "km": 44_000, "price": "289000"},
    {"stock_id": 105, "make": "Mazda", "model": "Mazda 3", "year": 2020, "trim": "2.5 I SPORT AUTO", "km": 31_900, "price": "315000"},
    {"stock_id": 106, "make": "Mazda", "model": "Mazda 3", "year": 2022, "trim": "2.5 SIGNATURE AUTO", "km": 15_700, "price": "389000", "has_car_play": True},
    {"stock_id": 201, "make": "Nissan", "model": "Sentra", "year": 2019, "trim": "1.8 ADVANCE AUTO", "km": 20_300, "price": "268999", "length_mm": 4636},
    {"stock_id": 202, "make": "Nissan", "model": "Frontier", "year": 2021, "trim": "2.5 LE AUTO", "km": 50_800, "price": "498000"},
    {"stock_id": 301, "make": "Toyota", "model": "RAV4", "year": 2018, "trim": "2.5 LIMITED AWD AT", "km": 87_600, "price": "371500"},
)  # fmt: skip


@pytest.fixture
def stock(db: None) -> dict[int, Vehicle]:
    """Nine cars for sale, by stock id."""
    vehicles = {}
    for car in CARS:
        row = {name: value for name, value in car.items() if name not in {"km", "price"}}
        vehicles[car["stock_id"]] = Vehicle.objects.create(mileage_km=car["km"], price_mxn=Decimal(car["price"]), **row)
    return vehicles
