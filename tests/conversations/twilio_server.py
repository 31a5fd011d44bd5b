"""Twilio on loopback, scripted: it takes messages and lists them, and answers each POST as the script says."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.conversations import twilio_shapes

Step = int | str | tuple[int, int]


@dataclass
class TwilioServer:
    """What to do next: a status code to refuse with, or one with Twilio's code; "lost" (taken, but the answer never comes), "gone" (not taken, no answer), "hang", "html"."""

    script: deque[Step] = field(default_factory=deque)
    typing_script: deque[Step] = field(default_factory=deque)
    posts: list[dict[str, str]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    # What customers wrote, as the list has it.
    received: list[dict[str, Any]] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    # What was uploaded for Conversations: type and bytes.
    media: list[tuple[str, bytes]] = field(default_factory=list)
    # Our number's address configuration there, and what it was set to.
    address: dict[str, str] | None = None
    # What customers sent, by path: status, headers and bytes of each answer in turn, the last one again and again.
    files: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    files_asked: list[tuple[str, str | None]] = field(default_factory=list)
    # Shapes that were made, and how making one is answered.
    contents: list[dict[str, Any]] = field(default_factory=list)
    # Templates that WhatsApp approved, by SID.
    approved: dict[str, str] = field(default_factory=dict)
    content_status: int = 201
    headers: list[dict[str, str]] = field(default_factory=list)
    # What is not as Twilio takes it, of all that was asked: a test that ends with anything here fails.
    wrong: list[str] = field(default_factory=list)
    lists_asked: int = 0
    list_status: int = 200
    retry_after: str = ""
    url: str = ""
    # Media of messages, by the SID of the message; and whether what is deleted stays.
    kept_media: dict[str, list[str]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    delete_status: int = 204
    over: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[str]:
        """The texts of the messages that were taken, in order."""
        return [message["body"] for message in self.taken]

    def body_of(self, form: dict[str, str]) -> str:
        """The text of a message: its own, or what its content comes to."""
        if "ContentSid" not in form:
            return form.get("Body", "")
        if form["ContentSid"] in self.approved:
            shape = {"body": self.approved[form["ContentSid"]]}
        else:
            ((_kind, shape),) = self.contents[int(form["ContentSid"].removeprefix("HX"), 16) - 1]["types"].items()
        variables = json.loads(form.get("ContentVariables", "{}"))
        return re.sub(r"\{\{(\d+)\}\}", lambda gap: variables[gap[1]], shape.get("body", ""))

    def delete(self, path: str) -> None:
        """A message, a conversation with all that is in it, or a file."""
        sid = path.rpartition("/")[2]
        self.deleted.append(sid)
        for kept in (self.received, self.taken):
            kept[:] = [message for message in kept if sid not in (message["sid"], message.get("conversation_sid"))]
        self.kept_media = {of: [s for s in sids if s != sid] for of, sids in self.kept_media.items()}

    def take_in_conversation(self, form: dict[str, str], sid: str) -> dict[str, Any]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = {
            "sid": f"IMf{len(self.taken) + 1:031x}",
            "conversation_sid": sid,
            "author": form.get("Author"),
            "body": self.body_of(form) or None,
            "attributes": form.get("Attributes", "{}"),
            "media": [{"sid": form["MediaSid"]}] if "MediaSid" in form else None,
            "date_created": now,
            "date_updated": now,
        }
        self.taken.append(message)
        return message

    def take(self, form: dict[str, str]) -> dict[str, Any]:
        now = formatdate(time.time(), usegmt=False)
        message = {
            "sid": f"SMf{len(self.taken) + 1:031x}",
            "to": form["To"],
            "from": form["From"],
            "body": self.body_of(form),
            "num_media": "1" if "MediaUrl" in form else "0",
            "status": "queued",
            "direction": "outbound-api",
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
        }
        self.taken.append(message)
        return message


def _page(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: rows, "meta": {"key": key, "page": 0, "page_size": 50, "next_page_url": None}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    twilio: TwilioServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the standard library's)
        """Nothing: tests speak for themselves."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.twilio.wrong += twilio_shapes.wrong("POST", self.path, body)
        if self.path.endswith("/Media"):
            self.twilio.media.append((self.headers["Content-Type"], body))
            self._answer(201, {"sid": f"ME{len(self.twilio.media):032x}"})
            return
        if self.path.endswith("/v1/Content"):
            self._content(json.loads(body))
            return
        raw = body.decode()
        form = {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
        if "Typing" in self.path:
            self.twilio.typing.append(form["messageId"])
            self._do(self.twilio.typing_script.popleft() if self.twilio.typing_script else 200, {"success": True})
            return
        if "/Addresses" in self.path:
            self.twilio.address = form
            self._answer(201, {"sid": "IG" + "1" * 32})
            return
        self.twilio.posts.append(form)
        self.twilio.headers.append(dict(self.headers.items()))
        step = self.twilio.script.popleft() if self.twilio.script else 201
        taken = {}
        if step in {201, "lost", 502}:
            in_conversation = re.search("/Conversations/(CH[0-9a-f]{32})/", self.path)
            taken = (
                self.twilio.take_in_conversation(form, in_conversation[1])
                if in_conversation
                else self.twilio.take(form)
            )
        self._do(step, taken)

    def do_DELETE(self) -> None:
        self.twilio.wrong += twilio_shapes.wrong("DELETE", self.path, b"")
        if "/Addresses/" in self.path:
            self.twilio.address = None
        elif self.twilio.delete_status != 204:
            self._answer(self.twilio.delete_status, {"code": 20009, "message": "not yet", "status": 409})
            return
        else:
            self.twilio.delete(self.path.removesuffix(".json"))
        self.send_response(204)
        self.end_headers()

    def do_GET(self) -> None:
        if self.path not in self.twilio.files:
            self.twilio.wrong += twilio_shapes.wrong("GET", self.path, b"")
        if "/Addresses/" in self.path:
            self._address()
            return
        if self.path in self.twilio.files:
            self._file(self.twilio.files[self.path])
            return
        if fetched := re.search(r"/Messages/(\w+)\.json", self.path):
            self._message(fetched[1])
            return
        if self.path.partition("?")[0].endswith("/Media.json"):
            listed = [{"sid": sid} for sid in self.twilio.kept_media.get(self.path.split("/")[-2], [])]
            self._answer(200, {"media_list": listed, "next_page_uri": None, "page": 0, "page_size": 50})
            return
        self.twilio.lists_asked += 1
        if self.twilio.list_status != 200:
            self._do(self.twilio.list_status, {})
            return
        if "/v1/" in self.path:
            self._of_conversations()
            return
        asked = parse_qs(urlsplit(self.path).query)
        kept = [*self.twilio.received, *self.twilio.taken]
        wanted = {name.lower(): asked[name][0] for name in ("To", "From") if name in asked}
        found = [
            message for message in reversed(kept) if all(message.get(name) == value for name, value in wanted.items())
        ]
        self._answer(200, {"messages": found, "next_page_uri": None, "page": 0, "page_size": 50})

    def _message(self, sid: str) -> None:
        kept = [message for message in (*self.twilio.received, *self.twilio.taken) if message["sid"] == sid]
        if kept:
            self._answer(200, kept[0] | {"num_media": "1" if self.twilio.kept_media.get(sid) else "0"})
        else:
            self._answer(404, {"code": 20404, "message": "not found", "status": 404})

    def _content(self, asked: dict[str, Any]) -> None:
        if self.twilio.content_status != 201:
            self._do(self.twilio.content_status, {})
            return
        self.twilio.contents.append(asked)
        self._answer(201, {"sid": f"HX{len(self.twilio.contents):032x}", "types": asked["types"]})

    def _file(self, answers: list[tuple[int, dict[str, str], bytes]]) -> None:
        self.twilio.files_asked.append((self.path, self.headers["Authorization"]))
        status, headers, content = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _address(self) -> None:
        set_to = self.twilio.address
        if set_to is None:
            self._answer(404, {"code": 20404, "message": "not found", "status": 404})
            return
        enabled, url = (
            set_to.get("AutoCreation.Enabled", "").casefold() == "true",
            set_to.get("AutoCreation.WebhookUrl"),
        )
        self._answer(200, {"sid": "IG" + "1" * 32, "auto_creation": {"enabled": enabled, "webhook_url": url}})

    def _of_conversations(self) -> None:
        """One conversation, all of them, those of an address, or the messages of one."""
        *_, kind, last = urlsplit(self.path).path.split("/")
        if kind == "Conversations":
            self._answer(200, {"sid": last, "chat_service_sid": "IS" + "5" * 32, "state": "active"})
        elif last == "Messages":
            newest_first = list(reversed([*self.twilio.received, *self.twilio.taken]))
            self._answer(200, _page("messages", [m for m in newest_first if m["conversation_sid"] == kind]))
        elif last == "ParticipantConversations":
            found = [{"conversation_sid": "CH" + "c" * 32, "conversation_state": "active"}]
            self._answer(200, _page("conversations", found))
        else:
            sids = {message["conversation_sid"] for message in self.twilio.received}
            found = [{"sid": sid, "chat_service_sid": "IS" + "5" * 32} for sid in sids]
            self._answer(200, _page("conversations", found))

    def _do(self, step: Step, body: dict[str, Any]) -> None:
        match step:
            case "lost" | "gone":
                self.close_connection = True
            case "hang":
                self.twilio.over.wait(20)
                self.close_connection = True
            case "html":
                self._answer(200, None)
            case 200 | 201 as step:
                self._answer(step, body)
            case (int(status), int(code)):
                self._answer(status, {"code": code, "message": "No.", "status": status})
            case _:
                receiver = self.twilio.posts[-1].get("To", "") if self.twilio.posts else ""
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
