"""Ringing for a worker: whatever the broker does, the message is stored and the webhook has answered in time."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from celery import Celery
from redis import Redis

from conversations import doorbell
from karlos_site import celery_app

# One queue, one test at a time.
pytestmark = pytest.mark.xdist_group("doorbell")

# On any machine; what is not survived takes for ever.
PATIENCE_SECONDS = 60


@contextmanager
def broker(url: str, **options: Any) -> Iterator[Celery]:
    """Rings go to the broker at that address, set up as ours is."""
    celery = Celery("elsewhere", broker=url)
    celery.conf.update(
        task_default_queue="karlos-test-doorbell",
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2},
        broker_connection_timeout=2,
        broker_transport_options=options,
    )
    celery.set_current()
    yield celery
    celery.close()
    celery_app.set_current()


def is_survived(caplog: pytest.LogCaptureFixture) -> bool:
    began = time.monotonic()
    doorbell.ring(1)
    return "the sweep takes up" in caplog.text and time.monotonic() - began < PATIENCE_SECONDS


@contextmanager
def _listening(serve: Any) -> Iterator[int]:
    """A port where each connection is handed to `serve`."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                serve(listener.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.mark.anywhere
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_hangs_up_is_survived(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    with _listening(lambda connection: connection.close()) as port, broker(f"{scheme}://127.0.0.1:{port}//"):
        assert is_survived(caplog)


@pytest.mark.anywhere
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_says_nothing_is_survived(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    silent: list[socket.socket] = []
    options = {"socket_timeout": 2, "socket_connect_timeout": 2} if scheme == "redis" else {"confirm_publish": True}
    with _listening(silent.append) as port, broker(f"{scheme}://127.0.0.1:{port}//", **options):
        assert is_survived(caplog)
    for connection in silent:
        connection.close()


def test_a_redis_that_refuses_to_store_is_survived(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Redis.from_url(redis_url)
    client.set("karlos-test-doorbell", "not a queue")
    with broker(redis_url):
        assert is_survived(caplog)
    client.delete("karlos-test-doorbell")


@pytest.mark.servers
def test_a_rabbitmq_that_takes_a_ring_and_does_not_confirm_it_is_survived(caplog: pytest.LogCaptureFixture) -> None:
    """As one does whose memory or disk is full."""
    url = os.environ.get("KARLOS_TEST_RABBITMQ_URL", "")
    if not url:
        pytest.skip("no RabbitMQ")
    real, stops, over = urlsplit(url), threading.Event(), threading.Event()

    def relay(source: socket.socket, target: socket.socket, *, may_stop: bool) -> None:
        while data := source.recv(65536):
            if may_stop and stops.is_set():
                stops.clear()
                over.wait(PATIENCE_SECONDS)
                break
            target.sendall(data)
        target.close()

    def serve(customer: socket.socket) -> None:
        server = socket.create_connection((real.hostname or "", real.port or 5672))
        for ends in ((customer, server, False), (server, customer, True)):
            threading.Thread(target=relay, args=ends[:2], kwargs={"may_stop": ends[2]}, daemon=True).start()

    with _listening(serve) as port:
        address = real._replace(netloc=f"{real.username}:{real.password}@127.0.0.1:{port}").geturl()
        with broker(address, confirm_publish=True):
            doorbell.ring(1)
            assert caplog.text == ""
            stops.set()
            began = time.monotonic()
            doorbell.ring(2)
            assert time.monotonic() - began < PATIENCE_SECONDS
    over.set()


@pytest.mark.servers
@pytest.mark.parametrize("variable", ["KARLOS_TEST_REDIS_URL", "KARLOS_TEST_RABBITMQ_URL"])
@pytest.mark.parametrize("heard", [1, 2, 4, 7, 10])
def test_a_broker_that_hangs_up_in_the_middle_of_a_ring_is_survived(variable: str, heard: int) -> None:
    """Whatever it has heard by then, on a new connection and on one that has served before."""
    url = os.environ.get(variable, "")
    if not url:
        pytest.skip(f"no {variable}")
    real, left = urlsplit(url), [heard]

    def hear(caller: socket.socket, server: socket.socket) -> None:
        while (data := caller.recv(65536)) and left[0] > 0:
            left[0] -= 1
            server.sendall(data)
        for end in (caller, server):
            end.close()

    def tell(server: socket.socket, caller: socket.socket) -> None:
        while data := server.recv(65536):
            caller.sendall(data)

    def serve(caller: socket.socket) -> None:
        server = socket.create_connection((real.hostname or "", real.port or 0))
        threading.Thread(target=_until_it_breaks, args=(hear, caller, server), daemon=True).start()
        threading.Thread(target=_until_it_breaks, args=(tell, server, caller), daemon=True).start()

    with _listening(serve) as port:
        user = f"{real.username}:{real.password}@" if real.password else ""
        options = {"confirm_publish": True} if real.scheme == "amqp" else {}
        with broker(real._replace(netloc=f"{user}127.0.0.1:{port}").geturl(), **options):
            for customer in range(1, 6):
                began = time.monotonic()
                doorbell.ring(customer)
                assert time.monotonic() - began < PATIENCE_SECONDS


def _until_it_breaks(relay: Any, source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        relay(source, target)
