"""The agent loop: rounds of model and tools until there is an answer that may be sent."""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from assistant import guardrails, metrics, reading, tools
from assistant.answer import Answer, BookVisit, Effect, HandOff, Receipt, RecordInterest, Usage, Withheld
from assistant.diary import Diary
from assistant.items import Item, Remark, Said, ToolCall, ToolResult
from assistant.llm import RULES, LanguageModel, LLMUnavailable, Reply, Request, ToolSpec
from assistant.sentences import say

logger = logging.getLogger(__name__)

ROUNDS_MOST = 6
TURN_SECONDS = 60.0
# What must be left of the turn for another round that may look something up.
ROUND_SECONDS = 15.0
# What a model that steps in late has at least: enough to look things up.
STEPPING_IN_SECONDS = 20.0


RunTool = Callable[[ToolCall, tools.Asked], tuple[Receipt, Effect | None]]
_RUN_NOW: RunTool = tools.run


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be answered: the thread so far, ending with the customer's unanswered words."""

    instructions: str
    tools: tuple[ToolSpec, ...]
    items: tuple[Item, ...]
    language: str
    now: datetime
    customer_ref: str
    # What of the customer's is recorded already for people to see to: kinds of leads, "visit", "handoff".
    recorded: frozenset[str] = frozenset()
    # When the customer's visit is, if there is one.
    visit_at: datetime | None = None
    # The visits of others, which leave it less time.
    diary: Diary = field(default_factory=Diary)
    # Whether the team could call the customer.
    has_phone: bool = True
    # The stock id of the car that an earlier thread ended with: to be looked up again before it is spoken of.
    earlier_car: int | None = None
    # The arguments of the estimate that was made of it: to be computed anew before it is spoken of.
    earlier_quote: Mapping[str, Any] | None = None
    # What runs a model's calls: the tools, unless a turn of the past is played again.
    run_tool: RunTool = _RUN_NOW


class _Ungrounded(Exception):
    """The model repeated a figure that nothing supports after it was told so."""


def answer(
    task: Task, models: Sequence[LanguageModel], before_call: Callable[[], None], *, turn_seconds: float = TURN_SECONDS
) -> Answer:
    """The answer of the first model that can give one. `before_call` runs before each call outside, and may end the turn by raising.

    The last model must be one that is never unavailable. Tools only read; what is to be done is in `Answer.effects`.
    """
    remarks: list[str] = []
    withheld: list[Withheld] = []
    outdated: dict[int, Decimal] = {}
    spent = Usage()
    ends_at = time.monotonic() + turn_seconds
    for model in models:
        deadline = max(ends_at, time.monotonic() + STEPPING_IN_SECONDS) if remarks else ends_at
        attempt = _Attempt(task, model, before_call, deadline)
        try:
            given = attempt.hold()
        except (LLMUnavailable, _Ungrounded) as e:
            remarks.append(str(e))
            withheld.extend(attempt.withheld)
            outdated |= attempt.outdated
            spent += attempt.usage
            logger.warning("%s can't answer: %s", type(model).__name__, e)
        else:
            return replace(
                given,
                usage=spent + given.usage,
                remarks=tuple(remarks),
                withheld=(*withheld, *given.withheld),
                outdated=outdated | attempt.outdated,
            )
    return replace(_with_a_person(task, remarks, spent), withheld=tuple(withheld))


def _with_a_person(task: Task, remarks: Sequence[str], spent: Usage) -> Answer:
    """What is left when no model may speak: a person."""
    text = say(task.language, "to_a_person_after_failure")
    return Answer(
        text=text,
        model=RULES,
        items=(Said("assistant", text),),
        effects=(HandOff(reason="failed", summary="; ".join(remarks)),),
        usage=spent,
        remarks=tuple(remarks),
    )


@dataclass
class _Attempt:
    """One model's attempt at a turn. A model that gives up leaves nothing behind: the next one starts from the customer's words."""

    task: Task
    model: LanguageModel
    before_call: Callable[[], None]
    deadline: float
    withheld: list[Withheld] = field(default_factory=list)
    outdated: dict[int, Decimal] = field(default_factory=dict)
    gained: list[Item] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)

    def hold(self) -> Answer:
        for round_number in range(1, ROUNDS_MOST + 1):
            must_speak = round_number == ROUNDS_MOST or self._seconds_left() < ROUND_SECONDS
            self.before_call()
            reply = self.model.respond(self._request(must_speak=must_speak))
            self.usage += reply.usage
            if reply.text:
                verdict = self._judged(reply.text)
                metrics.VERDICTS.labels("withheld" if verdict.violations else "passed").inc()
                if not verdict.violations:
                    return self._answer(reply.text, reply.model, round_number, verdict)
                self._withhold(reply, verdict)
            elif must_speak:
                break
            else:
                self._run(reply)
        raise LLMUnavailable("The model found no end.")

    def _judged(self, text: str) -> guardrails.Verdict:
        situation = guardrails.Situation(
            instructions=self.task.instructions,
            asked=reading.last_words(self.task.items),
            recorded=self.task.recorded | {_record_of(effect) for effect in self.effects},
        )
        return guardrails.check(text, (*self.task.items, *self.gained), situation)

    def _withhold(self, reply: Reply, verdict: guardrails.Verdict) -> None:
        """The model is told what is wrong, once. What was looked up before the stock changed is forgotten."""
        self.withheld.append(Withheld(model=reply.model, text=reply.text, violations=verdict.violations))
        if len(self.withheld) > 1:
            raise _Ungrounded("Its answer was withheld twice.")
        if verdict.outdated:
            self.outdated |= verdict.outdated
            self.gained, self.receipts, self.effects = [], [], []
        self.gained.append(Remark(guardrails.correction(reply.text, verdict.violations)))

    def _seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def _request(self, *, must_speak: bool) -> Request:
        return Request(
            instructions=self.task.instructions,
            tools=self.task.tools,
            items=(*self.task.items, *self.gained),
            language=self.task.language,
            now=self.task.now,
            customer_ref=self.task.customer_ref,
            earlier_car=self.task.earlier_car,
            earlier_quote=self.task.earlier_quote,
            must_speak=must_speak,
            seconds_left=self._seconds_left(),
        )

    def _run(self, reply: Reply) -> None:
        """Run every call and append every result: a call without its result would poison the thread."""
        asked = tools.Asked(
            now=self.task.now,
            language=self.task.language,
            customer_ref=self.task.customer_ref,
            visit_at=self.task.visit_at,
            diary=self.task.diary,
            has_phone=self.task.has_phone,
        )
        output = self._told_apart(reply.items or reply.calls)
        self.gained.extend(output)
        for call in output:
            if not isinstance(call, ToolCall):
                continue
            receipt, effect = self.task.run_tool(call, asked)
            self.receipts.append(receipt)
            self.gained.append(ToolResult(call.call_id, json.dumps(receipt.result, ensure_ascii=False)))
            if effect and effect not in self.effects:
                self.effects.append(effect)

    def _told_apart(self, output: Sequence[Item]) -> list[Item]:
        """The output, with a new id for each call whose id the thread has already: servers may begin counting anew every time."""
        taken = {item.call_id for item in (*self.task.items, *self.gained) if isinstance(item, ToolCall)}
        told_apart: list[Item] = []
        for item in output:
            if isinstance(item, ToolCall):
                is_taken = item.call_id in taken
                own = ToolCall(f"call_{uuid4().hex}", item.name, item.arguments) if is_taken else item
                taken.add(own.call_id)
                told_apart.append(own)
            else:
                told_apart.append(item)
        return told_apart

    def _answer(self, text: str, model: str, rounds: int, verdict: guardrails.Verdict) -> Answer:
        return Answer(
            text=text,
            model=model,
            items=(*self.gained, Said("assistant", text)),
            effects=tuple(self.effects),
            receipts=tuple(self.receipts),
            usage=self.usage,
            rounds=rounds,
            withheld=tuple(self.withheld),
            cars=verdict.cars,
        )


def _record_of(effect: Effect) -> str:
    """What it leaves for people to see to, as `Task.recorded` names it."""
    match effect:
        case RecordInterest(kind=kind):
            return kind
        case HandOff():
            return "handoff"
        case BookVisit():
            return "visit"
        case _:
            return ""
