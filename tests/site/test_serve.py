"""`manage.py serve`, one process at a time, as systemd and containers run them."""

import sys
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from karlos_site.stack import ports
from tests.site.programs import Program, answers, eventually, run, surroundings

pytestmark = pytest.mark.anywhere

# Nobody is there: what needs no Redis works without it.
NO_REDIS = "redis://127.0.0.1:1/0"


def test_the_web_server_is_the_process_that_was_started_and_ends_when_it_is_asked(tmp_path: Path) -> None:
    port = ports.any_free()
    environment = surroundings(tmp_path, REDIS_URL=NO_REDIS, PORT=str(port))
    with Program([sys.executable, "manage.py", "serve", "web"], environment) as web:
        assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz")), web.output()
        assert web.end() == 0


def test_connections_that_are_kept_open_and_say_nothing_keep_nobody_waiting(tmp_path: Path) -> None:
    port = ports.any_free()
    environment = surroundings(tmp_path, REDIS_URL=NO_REDIS, PORT=str(port))
    with Program([sys.executable, "manage.py", "serve", "web"], environment) as web, ExitStack() as kept:
        assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz")), web.output()
        for _ in range(300):
            connection = kept.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=5)))
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
        assert web.end() == 0


def test_a_redis_of_its_own_is_what_only_the_whole_stack_has(tmp_path: Path) -> None:
    refused = run("manage.py", "serve", "worker", environment=surroundings(tmp_path))
    assert refused.returncode == 1
    assert "REDIS_URL" in refused.stderr
