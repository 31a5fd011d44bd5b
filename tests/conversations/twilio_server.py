"""Twilio on loopback, scripted: it takes messages and lists them, and answers each POST as the script says."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Step = int | str


@dataclass
class TwilioServer:
    """What to do next: a status code to refuse with, "lost" (taken, but the answer never comes), "gone" (not taken, no answer), "hang", "html"."""

    script: deque[Step] = field(default_factory=deque)
    typing_script: deque[Step] = field(default_factory=deque)
    posts: list[dict[str, str]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    # What customers wrote, as the list has it.
    received: list[dict[str, Any]] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    lists_asked: int = 0
    list_status: int = 200
    retry_after: str = ""
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[str]:
        """The texts of the messages that were taken, in order."""
        return [message["body"] for message in self.taken]

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        now = formatdate(time.time(), usegmt=False)
        message = {
            "sid": f"SMf{len(self.taken) + 1:031x}",
            "to": form["To"],
            "from": form["From"],
            "body": form.get("Body", ""),
            "num_media": "1" if "MediaUrl" in form else "0",
            "status": "queued",
            "direction": "outbound-api",
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
        }
        self.taken.append(message)
        return message


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    twilio: TwilioServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the standard library's)
        """Nothing: tests speak for themselves."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
        if "Typing" in self.path:
            self.twilio.typing.append(form["messageId"])
            self._do(self.twilio.typing_script.popleft() if self.twilio.typing_script else 200, {"success": True})
            return
        self.twilio.posts.append(form)
        step = self.twilio.script.popleft() if self.twilio.script else 201
        taken = self.twilio.take(form) if step in {201, "lost", 502} else {}
        self._do(step, taken)

    def do_GET(self) -> None:
        self.twilio.lists_asked += 1
        if self.twilio.list_status != 200:
            self._do(self.twilio.list_status, {})
            return
        asked = parse_qs(urlsplit(self.path).query)
        kept = [*self.twilio.received, *self.twilio.taken]
        found = [message for message in reversed(kept) if message["to"] == asked["To"][0]]
        self._answer(200, {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50})

    def _do(self, step: Step, body: dict[str, Any]) -> None:
        match step:
            case "lost" | "gone":
                self.close_connection = True
            case "hang":
                self.twilio.over.wait(20)
                self.close_connection = True
            case "html":
                self._answer(200, None)
            case 200 | 201:
                self._answer(int(step), body)
            case _:
                receiver = self.twilio.posts[-1]["To"] if self.twilio.posts else ""
                told = f"The 'To' number {receiver} is not one."  # Twilio names the customer
                code = 21211 if step == 400 else int(step) * 100
                self._answer(int(step), {"code": code, "message": told, "status": step})

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        content = b"<html>a proxy</html>" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body is None else "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429 and self.twilio.retry_after:
            self.send_header("Retry-After", self.twilio.retry_after)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served() -> Iterator[TwilioServer]:
    """A Twilio that answers at `url` while the block lasts."""
    twilio = TwilioServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"twilio": twilio}))
    server.daemon_threads = True
    twilio.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield twilio
    twilio.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
