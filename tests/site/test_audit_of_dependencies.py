"""The audit of what Karlos runs on: what it asks, what it says, and that a machine without a network goes on."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.site import programs

pytestmark = pytest.mark.anywhere


class _Database(BaseHTTPRequestHandler):
    holes: dict[str, str] = {}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the standard library's)
        """Nothing: tests speak for themselves."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        found: list[dict[str, Any]] = [
            {"vulns": [{"id": self.holes[query["package"]["name"]]}]} if query["package"]["name"] in self.holes else {}
            for query in asked
        ]
        body = json.dumps({"results": found}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def database() -> Iterator[tuple[str, type[_Database]]]:
    handler = type("Database", (_Database,), {"holes": {}})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler
        server.shutdown()


def audit(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/audit.py"],
        cwd=programs.ROOT,
        env={"AUDIT_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_has_no_known_hole_passes(database: tuple[str, type[_Database]]) -> None:
    told = audit(database[0])
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("None of ")


def test_a_known_hole_fails_the_check_and_is_named(database: tuple[str, type[_Database]]) -> None:
    url, handler = database
    handler.holes = {"django": "GHSA-0000"}
    told = audit(url)
    assert told.returncode == 1
    assert "django 5.2" in told.stdout
    assert "GHSA-0000" in told.stdout


def test_without_a_network_it_says_that_it_was_left_out_and_nothing_fails() -> None:
    told = audit("http://127.0.0.1:1/")
    assert told.returncode == 0
    assert told.stdout.startswith("LEFT OUT")
