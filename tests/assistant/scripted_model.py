"""A language model without a network: it says what the test wrote down, and keeps what it was asked."""

import json
from collections import deque
from typing import Any

from assistant.answer import Usage
from assistant.items import ToolCall
from assistant.llm import LLMUnavailable, Reply, Request

NAME = "scripted-1"
SPENT = Usage(input_tokens=100, cached_tokens=40, output_tokens=10)

Line = Reply | LLMUnavailable


class ScriptedModel:
    """Plays its lines in order; the last one again and again."""

    def __init__(self, *lines: Line) -> None:
        self.lines = deque(lines)
        self.requests: list[Request] = []

    def respond(self, request: Request) -> Reply:
        self.requests.append(request)
        line = self.lines.popleft() if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, LLMUnavailable):
            raise line
        return line


def says(text: str) -> Reply:
    return Reply(model=NAME, text=text, usage=SPENT)


def asks(*calls: ToolCall) -> Reply:
    return Reply(model=NAME, calls=calls, items=calls, usage=SPENT)


def call(name: str, arguments: dict[str, Any] | str, call_id: str = "call_1") -> ToolCall:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCall(call_id, name, written)
