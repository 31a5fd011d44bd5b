"""OpenAI and Twilio as the trial's processes see them: slow, refusing, hanging, talking nonsense, losing the answer.

Each process of the product has addresses of its own here, so that a request tells whose it is.
"""

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from twilio.request_validator import RequestValidator

from tests.assistant import responses_server
from tests.assistant.responses_server import Answer, asks, call, error, failed, hang, html, hung_up, says
from tests.faults.servers import THREADS
from tests.faults.ways import ACCOUNT, NUMBER, WAYS, Taken, Way

TOKEN = "the token of the trial"

# A customer's mark, which every message of theirs carries with the mark of its own: "kabc-de".
MARK = re.compile(r"\bk([a-j]{3})-([a-j]{2})\b")

# Asked at each request: name of the process, step, and "before" or "after": whether that process is to die of it now.
Strikes = Callable[[str, str, str], bool]

TWILIO_FAULTS = ("429", "500", "500 taken", "hang", "hang taken", "lost", "gone", "html")
STATUS_FAULTS = ("twice", "backwards", "early", "never")
_LATER_THAN_THE_PRODUCT_WAITS_SECONDS = 12.0
_HANG_SECONDS = 40.0
# The tool that a model which finds no end asks for, again and again.
_ENDLESS = "fetch_dealership_information"


@dataclass
class Outside:
    """What happens outside of the product, and what of it is kept for the judge."""

    strikes: Strikes
    chance: random.Random
    way: Way = WAYS["messaging"]
    # Where the product is, for what its Twilio has no other address for.
    base: str = ""
    # Out of a hundred requests, how many go wrong.
    openai_faults: float = 0
    twilio_faults: float = 0
    status_faults: float = 0
    # Leave out what takes a minute to be cleared up.
    is_short: bool = False
    # For comparison: whatever leaves it open whether a message was taken is told as "not taken, try again".
    tells_doubt_as_refusal: bool = False
    model_seconds: tuple[float, float] = (0.2, 1.0)
    taken: list[Taken] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    # Of each process, how many requests wait here now, and the most that ever did: each keeps a thread of its.
    waiting: Counter[str] = field(default_factory=Counter)
    busiest: Counter[str] = field(default_factory=Counter)
    # Those whose threads these are, and from when until when all of all were kept.
    workers: Sequence[str] = ("worker",)
    full: list[tuple[float, float]] = field(default_factory=list)
    _full_since: float = 0.0
    _lives: Counter[str] = field(default_factory=Counter)
    webhook: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._http = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"outside": self}))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def environment(self, process: str) -> dict[str, str]:
        """The addresses of one process of the product."""
        return {
            "TWILIO_API_BASE_URL": f"{self.url}/{process}/twilio",
            "OPENAI_BASE_URL": f"{self.url}/{process}/openai/v1",
            "OPENAI_MODEL": responses_server.MODEL,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_NUMBER": NUMBER,
            "TWILIO_TRANSPORT": self.way.name,
        }

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.openai_faults = self.twilio_faults = self.status_faults = 0

    def close(self) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()

    def fault(self, whose: str, per_hundred: float, kinds: tuple[str, ...]) -> str:
        """What goes wrong with this request, or nothing."""
        with self._lock:
            if self.chance.random() * 100 >= per_hundred:
                return ""
            kind = self.chance.choice(kinds)
            self.faults[f"{whose}: {kind}"] += 1
            return kind

    @contextmanager
    def waited_for(self, process: str) -> Iterator[None]:
        """While a process waits for our answer."""
        with self._lock:
            life = self._lives[process]
            self.waiting[process] += 1
            self.busiest[process] = max(self.busiest[process], self.waiting[process])
            self._note_whether_full()
        try:
            yield
        finally:
            with self._lock:
                if life == self._lives[process]:
                    self.waiting[process] -= 1
                self._note_whether_full()

    def gone(self, process: str) -> None:
        """It is dead, and waits for nothing more."""
        with self._lock:
            self._lives[process] += 1
            self.waiting[process] = 0
            self._note_whether_full()

    def _note_whether_full(self) -> None:
        """Each call keeps a thread: with as many as there are, nobody can take anything up until one ends."""
        if all(self.waiting[name] >= THREADS for name in self.workers):
            self._full_since = self._full_since or time.time()
        elif self._full_since:
            self.full.append((self._full_since, time.time()))
            self._full_since = 0.0

    def wait(self, seconds: float) -> None:
        self._over.wait(seconds)

    def thinking_time(self) -> None:
        with self._lock:
            seconds = self.chance.uniform(*self.model_seconds)
        self.wait(seconds)

    # --- Twilio -------------------------------------------------------------------------------------------------

    def deliver_to_us(self, message: dict[str, Any]) -> None:
        """Twilio's own record of a message that a customer wrote."""
        with self._lock:
            self.received.append(message)

    def take(self, path: str, form: Mapping[str, str], process: str) -> Taken:
        with self._lock:
            taken = self.way.taken(len(self.taken) + 1, path, form, process)
            self.taken.append(taken)
        return taken

    def listed(self, path: str, asked: Mapping[str, list[str]]) -> dict[str, Any]:
        """The list that is asked for, as Twilio has it."""
        with self._lock:
            wrote, taken = list(self.received), list(self.taken)
        return self.way.listed(path, asked, wrote, taken)

    def report(self, taken: Taken, kind: str) -> None:
        """Post the delivery reports of a message that was taken, in the manner of this fault."""
        manners = {"never": (), "backwards": ("delivered", "sent"), "twice": ("sent", "sent", "delivered", "delivered")}
        for address, form in self.way.reports(taken, manners.get(kind, ("sent", "delivered")), self.base):
            post_signed(address, form)


def post_signed(url: str, form: Mapping[str, str], *, seconds: float = 15) -> int:
    """Post a form as Twilio does; the status code, 0 for no answer."""
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    try:
        answer = requests.post(url, data=form, headers={"X-Twilio-Signature": signature}, timeout=seconds)
    except requests.exceptions.RequestException:
        return 0
    return answer.status_code


# --- The language model -----------------------------------------------------------------------------------------


_MODEL_FAULTS: Mapping[str, Callable[[], Answer]] = {
    "429": lambda: error(429, "rate_limit_exceeded", retry_after="1"),
    "429 long": lambda: error(429, "rate_limit_exceeded", retry_after="60"),
    "quota": lambda: error(429, "insufficient_quota"),
    "500": lambda: error(500),
    "hang": lambda: hang(_HANG_SECONDS),
    "html": html,
    "failed": failed,
    "hung up": hung_up,
    "broken json": lambda: asks(call("fetch_vehicles_data", '{"makes": ["Mazda"')),
    "endless": lambda: asks(call(_ENDLESS, {"topics": ["address"]})),
}


def model_answer(request: Mapping[str, Any], kind: str) -> Answer:
    """What the model says, given what goes wrong."""
    *_, asked, given = request["input"]
    if given.get("type") == "function_call_output" and asked.get("name") == _ENDLESS:
        kind = "endless"
    return _MODEL_FAULTS[kind]() if kind else _sensible(request)


def _sensible(request: Mapping[str, Any]) -> Answer:
    """First the tools that the customer's words ask for, then an answer that names the messages it answers."""
    items = request["input"]
    spoken = [
        n for n, item in enumerate(items) if item.get("role") == "user" and not item["content"].startswith("[A note")
    ]
    said = [n for n, item in enumerate(items) if item.get("role") == "assistant"]
    unanswered = " ".join(items[n]["content"] for n in spoken if n > max(said, default=-1))
    has_results = any(item.get("type") == "function_call_output" for item in items[spoken[-1] :])
    if not has_results and request["tool_choice"] != "none":
        return asks(*_calls(unanswered))
    return says(
        f"Con gusto. Sobre lo que me preguntas ({', '.join(m[0] for m in MARK.finditer(unanswered))}) te sigo ayudando."
    )


def _calls(words: str) -> list[dict[str, Any]]:
    calls = [call("fetch_vehicles_data", {"models": ["Mazda 3"]})]
    if "cita" in words:
        day = datetime.now(UTC) + timedelta(days=7)
        day += timedelta(days=(1 - day.weekday()) % 7)  # a Tuesday
        calls.append(call("book_visit", {"action": "book", "day": f"{day:%Y-%m-%d}", "time": "11:00"}))
    if "avísame" in words:
        calls.append(call("record_interest", {"kind": "watch", "note": "Quiere saber cuando llegue."}))
    if "persona" in words:
        calls.append(call("hand_off_to_person", {"reason": "asked", "summary": "Quiere hablar con una persona."}))
    return calls


# --- HTTP -------------------------------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has gone: that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    outside: Outside

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the standard library's)
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, process, whose, *rest = urlsplit(self.path).path.split("/")
        with self.outside.waited_for(process):
            if whose == "openai":
                self._model(process, json.loads(body))
            else:
                self._twilio(process, "/".join(rest), body)

    def _twilio(self, process: str, path: str, body: bytes) -> None:
        what = path.rpartition("/")[2]
        if what == "Content":
            return self._refuse(404)  # what can be tapped goes as plain text: the judge reads it
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        if what == "Typing.json":
            return self._typing(process)
        return self._message(process, path, form)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        process = address.path.split("/")[1]
        self.outside.asked["looks"] += 1
        if self.outside.strikes(process, "GET list", "before"):
            return self._hang_up()
        kind = self.outside.fault("Twilio's list", self.outside.twilio_faults, ("503", "html"))
        if kind:
            return self._send(503 if kind == "503" else 200, b"<html>a proxy</html>", "text/html")
        page = self.outside.listed(address.path, parse_qs(address.query))
        if self.outside.strikes(process, "GET list", "after"):
            return self._hang_up()
        return self._send(200, json.dumps(page).encode())

    def _model(self, process: str, request: dict[str, Any]) -> None:
        outside = self.outside
        outside.asked["model"] += 1
        if outside.strikes(process, "POST to the model", "before"):
            return self._hang_up()
        kinds = tuple(kind for kind in _MODEL_FAULTS if kind != "hang" or not outside.is_short)
        kind = outside.fault("OpenAI", outside.openai_faults, kinds)
        answer = model_answer(request, kind)
        outside.thinking_time()
        outside.wait(answer.wait_first)
        if answer.closes or answer.wait_first or outside.strikes(process, "POST to the model", "after"):
            return self._hang_up()
        return self._send(answer.status, b"".join(answer.pieces), answer.content_type, answer.headers)

    def _typing(self, process: str) -> None:
        if self.outside.strikes(process, "POST typing", "before"):
            return self._hang_up()
        return self._send(200, b'{"success": true}')

    def _message(self, process: str, path: str, form: Mapping[str, str]) -> None:
        outside = self.outside
        outside.asked["posts"] += 1
        if outside.strikes(process, "POST message", "before"):
            return self._hang_up()
        kinds = ("429", "500 taken", "lost", "html") if outside.is_short else TWILIO_FAULTS
        kind = outside.fault("Twilio", outside.twilio_faults, kinds)
        taken = outside.take(path, form, process) if kind in {"", "500 taken", "hang taken", "lost", "html"} else None
        if outside.strikes(process, "POST message", "after"):
            return self._hang_up()
        if taken:
            self._report(taken)
        if kind and outside.tells_doubt_as_refusal:
            return self._refuse(429)
        match kind:
            case "429":
                return self._refuse(429)
            case "500" | "500 taken":
                return self._refuse(500)
            case "hang" | "hang taken":
                outside.wait(_LATER_THAN_THE_PRODUCT_WAITS_SECONDS)
                return self._hang_up()
            case "lost" | "gone":
                return self._hang_up()
            case "html":
                return self._send(200, b"<html>a proxy</html>", "text/html")
        return self._send(201, json.dumps(outside.way.answer(taken) if taken else {}).encode())

    def _report(self, taken: Taken) -> None:
        """The delivery reports, which may come before our answer does."""
        kinds = STATUS_FAULTS[:-1] if self.outside.is_short else STATUS_FAULTS
        kind = self.outside.fault("Reports", self.outside.status_faults, kinds)
        if kind == "early":
            self.outside.report(taken, kind)
        else:
            threading.Timer(0.3, self.outside.report, args=(taken, kind)).start()

    def _refuse(self, status: int) -> None:
        body = {"code": 20429 if status == 429 else 20500, "message": "No.", "status": status}
        self._send(status, json.dumps(body).encode(), headers={"Retry-After": "1"})

    def _hang_up(self) -> None:
        self.close_connection = True

    def _send(
        self, status: int, body: bytes, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
