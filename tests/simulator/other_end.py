"""A little Karlos on the loopback, and Twilio's real SDK pointed at the simulator."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import parse_qsl

from django.conf import settings
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as Twilio

DEADLINE_SECONDS = 20
PICTURE = b"\xff\xd8\xff\xe0 a picture"

T = TypeVar("T")


def wait_until(is_so: Callable[[], T | None]) -> T:
    """What `is_so` gives, as soon as it is true."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    pause = threading.Event()
    while not (result := is_so()):
        assert time.monotonic() < deadline, "It did not come about in time."
        pause.wait(0.02)
    return result


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that reached Karlos."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Karlos:
    """Plays the other side: notes every request, takes webhooks, and says who wrote each message."""

    calls: list[Call] = field(default_factory=list)
    inbound_status: int = 200
    on_inbound: Callable[[dict[str, str]], None] | None = None
    author: dict[str, str] | None = field(default_factory=lambda: {"author": "assistant", "model": "rules"})

    def answer(self, call: Call) -> tuple[int, str, bytes]:
        self.calls.append(call)
        if call.path in {"/api/twilio/inbound", "/api/twilio/conversations"}:
            if self.on_inbound and self.inbound_status == 200:
                threading.Thread(target=self.on_inbound, args=[call.form], name="simulator test reply").start()
            return self.inbound_status, "text/xml", b"<Response/>"
        if call.path.endswith("/author"):
            status = 200 if self.author else 404
            return status, "application/json", json.dumps(self.author or {}).encode()
        if call.path.endswith(".jpg"):
            return 200, "image/jpeg", PICTURE
        if call.path.startswith("/api/twilio/status"):
            return 204, "text/plain", b""
        return 404, "text/plain", b""

    def inbound(self) -> list[Call]:
        return [call for call in list(self.calls) if call.path == "/api/twilio/inbound"]

    def events(self) -> list[dict[str, str]]:
        """What happened in conversations, in the order in which it came."""
        return [call.form for call in list(self.calls) if call.path == "/api/twilio/conversations"]

    def callbacks(self) -> list[Call]:
        return [call for call in list(self.calls) if call.path.startswith("/api/twilio/status")]

    def told(self) -> list[str]:
        """The statuses of the status callbacks, in the order in which they came."""
        return [call.form["MessageStatus"] for call in self.callbacks()]


def _handler(karlos: Karlos) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            call = Call(method=self.command, path=self.path, headers=dict(self.headers), form=form)
            status, content_type, content = karlos.answer(call)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


@contextmanager
def served(karlos: Karlos) -> Iterator[int]:
    """Karlos on a port of its own; what the simulator still does with it ends before it goes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(karlos))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    karlos.author = {"author": "staff"}
    wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("simulator")])
    server.shutdown()
    server.server_close()
    thread.join()


def sdk(http: TwilioHttpClient, token: str = "") -> Twilio:
    """Twilio's SDK, with the simulator in place of Twilio."""
    client = Twilio(settings.TWILIO_ACCOUNT_SID, token or settings.TWILIO_AUTH_TOKENS[0], http_client=http)
    client.api.base_url = client.messaging.base_url = settings.TWILIO_API_BASE_URL
    client.conversations.base_url = client.content.base_url = settings.TWILIO_API_BASE_URL
    return client
