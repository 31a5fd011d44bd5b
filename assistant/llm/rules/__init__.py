"""No language model at all: the customer's words read by code, the same tools, and sentences written by people."""

import json
from collections.abc import Sequence
from dataclasses import replace

from assistant.items import Item, Remark, Said, ToolCall, ToolResult
from assistant.llm import RULES, Reply, Request
from assistant.llm.rules import plan, wording
from assistant.llm.rules.plan.calls import Step
from assistant.reading import read
from assistant.reading.shown import shown


class Rules:
    """Serves when no key is set, and when the language model can't. Never unavailable."""

    def respond(self, request: Request) -> Reply:
        """The tool calls that the customer's words ask for or, once their results are there, the answer."""
        earlier, current = _parted(request.items)
        reading = read((*earlier, *_customers(current)), request.now)
        before = shown(earlier)
        if before.focus is None and not before.listed and reading.says("returning"):
            before = replace(before, focus=request.earlier_car, quoted=request.earlier_quote)
        done = _done(current)
        wanted = [] if request.must_speak else plan.calls(reading, before, done)
        if wanted:
            calls = tuple(
                ToolCall(f"{RULES}_{len(done) + n}", name, json.dumps(arguments, ensure_ascii=False))
                for n, (name, arguments) in enumerate(wanted)
            )
            # What code asks for is computed from the customer's words and the stock: "con menos km que ese".
            limits = Remark("; ".join(call.arguments for call in calls), is_ground=True)
            return Reply(model=RULES, calls=calls, items=(limits, *calls))
        is_first = not any(isinstance(item, Said) and item.author == "assistant" for item in earlier)
        text = wording.text(reading, before, done, language=request.language, is_first=is_first)
        return Reply(model=RULES, text=text)


def _parted(items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """What came before the customer's last words, and those words with what followed."""
    start = len(items)
    for index in range(len(items) - 1, -1, -1):
        item = items[index]
        if isinstance(item, Said):
            if item.author != "customer":
                break
            start = index
    return list(items[:start]), list(items[start:])


def _customers(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if isinstance(item, Said)]


def _done(items: Sequence[Item]) -> list[Step]:
    """The turn's calls with their results, in order."""
    results = {item.call_id: item.output for item in items if isinstance(item, ToolResult)}
    return [
        Step(item.name, json.loads(item.arguments), json.loads(results[item.call_id]))
        for item in items
        if isinstance(item, ToolCall) and item.call_id in results
    ]
