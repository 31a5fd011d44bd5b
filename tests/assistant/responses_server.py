"""A server on loopback that speaks /v1/responses: it plays scripted answers, or behaves like a model, and keeps what it was asked.

Every response it gives is checked with the SDK's own types first, so that the stand-in is no easier than the real thing.
"""

import itertools
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openai.types.responses import Response

MODEL = "stand-in-1"
KEY = "a key of the tests"
Json = dict[str, Any]

_numbers = itertools.count(1)


# --- Answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back for one request. `pieces` is the body; `pause` is waited before each but the first."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = (b"",)
    content_type: str = "application/json"
    # Seconds; the wait ends early when the server stops.
    pause: float = 0.0
    wait_first: float = 0.0
    closes: bool = False


def response(*output: Json, status: str = "completed", usage: tuple[int, int, int] = (291, 0, 23), **more: Any) -> Json:
    """A body as the API gives it; usage: input, of which cached, and output tokens."""
    given, cached, made = usage
    body = {
        "id": f"resp_{next(_numbers)}",
        "object": "response",
        "created_at": 1795000000,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": MODEL,
        "output": list(output),
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": {
            "input_tokens": given,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": given + made,
        },
    } | more
    Response.model_validate(body)
    return body


def call(name: str, arguments: Json | str, call_id: str = "") -> Json:
    """An output item: a request for a tool. Text as arguments is sent as it is, valid or not."""
    number = next(_numbers)
    return {
        "type": "function_call",
        "id": f"fc_{number}",
        "call_id": call_id or f"call_{number}",
        "name": name,
        "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
        "status": "completed",
    }


def message(text: str, phase: str | None = "final_answer") -> Json:
    """An output item: words. Phases are final_answer and commentary; servers may also name none."""
    item = {
        "type": "message",
        "id": f"msg_{next(_numbers)}",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}],
    }
    return item | ({"phase": phase} if phase else {})


def refusal(text: str = "I can't help with that.") -> Json:
    """An output item: a refusal."""
    return message("") | {"content": [{"type": "refusal", "refusal": text}]}


def reasoning() -> Json:
    """An output item: thoughts that only the model can read."""
    return {
        "type": "reasoning",
        "id": f"rs_{next(_numbers)}",
        "summary": [],
        "encrypted_content": f"gAAAA{next(_numbers)}",
    }


def ok(body: Any, **more: Any) -> Answer:
    """HTTP 200 with this body as JSON."""
    return Answer(pieces=(json.dumps(body).encode(),), **more)


def says(text: str, phase: str | None = "final_answer") -> Answer:
    """The model speaks."""
    return ok(response(message(text, phase)))


def asks(*calls: Json) -> Answer:
    """The model wants tools, in parallel, after some reasoning."""
    return ok(response(reasoning(), *calls))


def incomplete(*output: Json, reason: str = "max_output_tokens") -> Answer:
    """Cut off."""
    return ok(response(*output, status="incomplete", incomplete_details={"reason": reason}))


def failed(code: str = "server_error") -> Answer:
    """Failed, with HTTP 200."""
    return ok(response(status="failed", error={"code": code, "message": "It failed."}))


def error(status: int, code: str | None = None, kind: str = "invalid_request_error", **headers: str) -> Answer:
    """An HTTP error in the API's form; headers with underscores for hyphens."""
    body = {"error": {"message": "No.", "type": kind, "param": None, "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, pieces=(json.dumps(body).encode(),), headers=named)


def html(status: int = 200) -> Answer:
    """A proxy's page."""
    return Answer(status=status, content_type="text/html", pieces=(b"<html><body>Welcome</body></html>",))


def hang(seconds: float = 60.0) -> Answer:
    """No answer for so long."""
    return Answer(wait_first=seconds)


def dribble(body: Json, pause: float, spaces: int = 1000) -> Answer:
    """White space now and then to keep the line open, and the body at last."""
    return Answer(pieces=(*[b" "] * spaces, json.dumps(body).encode()), pause=pause)


def hung_up() -> Answer:
    """The connection is closed without a word."""
    return Answer(closes=True)


# --- Behaviours -------------------------------------------------------------------------------------------------

Behaviour = Callable[[Json], Answer]


def results(request: Json) -> dict[str, Json]:
    """The tool results since the customer's last words, by the tool's name."""
    items = request["input"]
    last = max(place for place, item in enumerate(items) if _is_customers(item))
    names = {item["call_id"]: item["name"] for item in items[last:] if item.get("type") == "function_call"}
    outputs = (item for item in items[last:] if item.get("type") == "function_call_output")
    return {names[item["call_id"]]: json.loads(item["output"]) for item in outputs}


def _is_customers(item: Json) -> bool:
    is_written = isinstance(item.get("content"), str)
    return item.get("role") == "user" and is_written and not item["content"].startswith("[A note of the dealership's")


def both_tools(search: Json, credit: Json) -> Behaviour:
    """A model that asks for the search and the estimate in parallel, and then tells what they gave."""

    def behave(request: Json) -> Answer:
        given = results(request)
        if not given and request["tool_choice"] != "none":
            return asks(call("fetch_vehicles_data", search), call("fetch_credit_estimate", credit))
        return says(told(given["fetch_vehicles_data"], given["fetch_credit_estimate"]))

    return behave


def told(found: Json, quote: Json) -> str:
    """An answer from the results of both tools, in their own figures."""
    cars = "\n".join(
        f"{n}. *{car['name']} {car['year']}* ${float(car['price']):,.2f}" for n, car in enumerate(found["vehicles"], 1)
    )
    terms = "\n".join(
        f"{estimate['months']} meses: ${float(estimate['monthly']):,.2f}" for estimate in quote["estimates"]
    )
    return f"Tenemos {found['total']}:\n{cars}\n\nEl {quote['vehicle']} queda así:\n{terms}"


# --- The server -------------------------------------------------------------------------------------------------


class ResponsesServer:
    """Plays the script; when that is at its end, behaves; with neither, answers 418, which no one takes for success."""

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        # What was to be transcribed, as it was posted, and what is heard in it.
        self.sounds: list[bytes] = []
        self.hears: Answer = error(404, "no_such_model")
        self._script: deque[Answer] = deque()
        self._behaviour: Behaviour | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def script(self, *answers: Answer) -> None:
        """Answers for the next requests, in order."""
        self._script.extend(answers)

    def behave(self, behaviour: Behaviour | None) -> None:
        """What answers whatever the script does not."""
        self._behaviour = behaviour

    def forget(self) -> None:
        """As new."""
        with self._lock:
            self.requests, self.headers, self._behaviour = [], [], None
            self._script.clear()
            # Whoever is still being kept waiting by an earlier script is let go.
            self._stopped.set()
            self._stopped = threading.Event()

    def next_answer(self, request: Json, headers: dict[str, str]) -> tuple[Answer, threading.Event]:
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            if self._script:
                return self._script.popleft(), self._stopped
            behaviour = self._behaviour
        return (behaviour(request) if behaviour else error(418, "nothing_scripted")), self._stopped

    @contextmanager
    def running(self) -> Iterator["ResponsesServer"]:
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def _described(path: str, credentials: str) -> Answer:
    """A model's description, to who has the key of the tests."""
    if credentials != f"Bearer {KEY}":
        return error(401, "invalid_api_key")
    if not path.endswith(f"/v1/models/{MODEL}"):
        return error(404, "model_not_found")
    return ok({"id": MODEL, "object": "model", "created": 1795000000, "owned_by": "nobody"})


def _handler(server: ResponsesServer) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class, method by method
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(_described(self.path, self.headers["Authorization"]), threading.Event())

        def do_POST(self) -> None:
            posted = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/v1/audio/transcriptions"):
                server.sounds.append(posted)
                self._send(server.hears, threading.Event())
                return
            if not self.path.endswith("/v1/responses"):
                self.send_error(404)
                return
            body = json.loads(posted)
            answer, stopped = server.next_answer(body, {name.lower(): value for name, value in self.headers.items()})
            try:
                self._send(answer, stopped)
            except (BrokenPipeError, ConnectionResetError):  # whoever asked has given up
                self.close_connection = True

        def _send(self, answer: Answer, stopped: threading.Event) -> None:
            if answer.closes or (answer.wait_first and stopped.wait(answer.wait_first)):
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(sum(map(len, answer.pieces))))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            # One request a connection: none is left open at the end of a test.
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in answer.pieces:
                if answer.pause and stopped.wait(answer.pause):
                    self.close_connection = True
                    return
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler
