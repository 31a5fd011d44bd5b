"""OpenAI and Twilio as every way of the benchmark meets them, in a process of their own: the same delays for all.

    python -m benchmarks.outside PORT MODEL_SECONDS TWILIO_SECONDS NOTES [BODIES]

A model call without tool results asks for a search, one with them gets a sentence about the first car found. NOTES is a file that
gets one JSON line for each request: what it was, when it was answered and to whom. BODIES is a folder that gets every body to the model.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

SAID = "Tengo un {name} {year} en ${price:,.2f}, con {mileage_km:,} km. ¿Te interesa?"
# Our messages' SIDs begin here: a customer's message with the SID of one of them is one that we already have.
_OURS = 16**31
# What is searched for, unless the environment names something else.
WISH: dict[str, Any] = {"models": ["Mazda 3"], "price_max": 400_000} | json.loads(os.environ.get("WISH", "{}"))


@dataclass
class Outside:
    """The two of them."""

    model_seconds: float
    twilio_seconds: float
    notes: Path
    bodies: Path | None = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self._file = self.notes.open("a", buffering=1)

    async def serve(self, port: int) -> None:
        """Until it is killed."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=2048, limit=2**20)
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                status, answer = await self._answer(head.split(b" ", 2)[1].decode(), body)
                start = (
                    f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
                )
                writer.write(start.encode() + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path.endswith("/responses"):
            await asyncio.sleep(self.model_seconds)
            self._note("model")
            if self.bodies:
                (self.bodies / f"{next(self.numbers):06}.json").write_bytes(body)
            self._keep(json.loads(body))
            return 200, json.dumps(self._response(json.loads(body))).encode()
        if "?" in path:  # a worker that starts looks for what it missed
            return 200, b'{"messages": [], "next_page_uri": null}'
        if "Typing" in path:
            return 200, b'{"success": true}'
        if "/assistants/" in path:  # as it was in 2025
            await asyncio.sleep(self.model_seconds if b'"wait"' in body else self.twilio_seconds)
            return 200, b'{"id": "done", "status": "completed"}'
        await asyncio.sleep(self.twilio_seconds)
        if path.endswith("/Content"):  # asked for once a shape
            return 201, json.dumps({"sid": f"HX{next(self.numbers):032x}"}).encode()
        form = parse_qs(body.decode())
        self._note("sent", to=form["To"][0], callback=form.get("StatusCallback", [""])[0])
        said = form.get("Body", form.get("ContentVariables", [""]))[0]
        return 201, json.dumps(
            {"sid": f"SM{_OURS + next(self.numbers):032x}", "status": "queued", "body": said}
        ).encode()

    def _keep(self, request: dict[str, Any]) -> None:
        """The bodies of the last whole turn, for who wants to make the same calls."""
        if not _results(request):
            self._first = request
        elif not (kept := self.notes.with_name("last-turn.json")).exists():
            kept.write_text(json.dumps([self._first, request]))

    def _note(self, what: str, **more: Any) -> None:
        self._file.write(json.dumps({"what": what, "at": time.time(), **more}) + "\n")

    def _response(self, request: dict[str, Any]) -> dict[str, Any]:
        number = next(self.numbers)
        if results := _results(request):
            car = json.loads(results[-1])["vehicles"][0]
            text = SAID.format(**car | {"price": float(car["price"])})
            content = [{"type": "output_text", "text": text, "annotations": []}]
            output: dict[str, Any] = {"type": "message", "role": "assistant", "status": "completed", "content": content}
        else:
            output = {"type": "function_call", "name": "fetch_vehicles_data", "arguments": json.dumps(WISH)}
            output |= {"call_id": f"call_{number}", "status": "completed"}
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        return {
            "id": f"resp_{number}",
            "object": "response",
            "created_at": 1_795_000_000,
            "status": "completed",
            "model": request["model"],
            "output": [{"id": f"item_{number}", **output}],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {"input_tokens": 3000, "output_tokens": 60, "total_tokens": 3060, **details},
        }


def _results(request: dict[str, Any]) -> list[str]:
    return [item["output"] for item in request["input"] if item.get("type") == "function_call_output"]


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


@dataclass
class Notes:
    """What has been noted, read on from where the last look ended: looking must not take from what is measured."""

    path: Path
    sent: list[dict[str, Any]] = field(default_factory=list)
    _at: int = 0

    def sent_since(self, moment: float) -> list[dict[str, Any]]:
        """The messages that were taken from then on."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._at)
                *whole, _begun = file.read().split(b"\n")
            self._at += sum(len(line) + 1 for line in whole)
            self.sent.extend(json.loads(line) for line in whole if b'"sent"' in line)
        return [note for note in self.sent if note["at"] >= moment]


if __name__ == "__main__":
    port, model_seconds, twilio_seconds, path, *more = sys.argv[1:]
    kept = Path(more[0]) if more else None
    asyncio.run(Outside(float(model_seconds), float(twilio_seconds), Path(path), kept).serve(int(port)))
