"""A past answer of Karlos's given again by a version that is tried: with the words, the stock and the tools' results of then."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from assistant import agent, escalation, language, loop, reading, tools
from assistant.answer import Answer, Effect, HandOff, Receipt
from assistant.items import Item, Said, ToolCall
from assistant.llm import RULES
from assistant.models import Agent, AssistantSettings
from conversations import comparison, masking, rehearsal, threads
from conversations.candidate import Candidate
from conversations.comparison import HAND_OFF, Difference
from conversations.models import Customer, Limits, ReplayedTurn, Template, Turn, Visit
from conversations.versions import KINDS

logger = logging.getLogger(__name__)

Flaw = ReplayedTurn.Flaw
# Settings that no tool reads.
_NOT_OF_TOOLS = (AssistantSettings, Limits, Template)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the version answered, and in what that is worse than, or another than, what the customer was told then."""

    turn: Turn
    reply: str = ""
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    flaws: tuple[Flaw, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.flaws

    def as_data(self) -> dict[str, Any]:
        """What may be kept of it: masked, for the words of then are the customer's own rows, and stay only there."""
        names = masking.names_of(self.turn.customer)
        return {
            "flaws": list(self.flaws),
            "reply": masking.masked(self.reply, names),
            "differences": masking.masked_data([difference.as_data() for difference in self.differences], names),
        }


@dataclass(frozen=True, kw_only=True)
class Past:
    """What a turn came to then."""

    before: tuple[Item, ...]
    said: tuple[Said, ...]
    reply: str
    tool_calls: tuple[Mapping[str, Any], ...]

    @property
    def words(self) -> str:
        """The customer's own."""
        return "\n".join(said.text for said in self.said)


def turns(most: int) -> list[Turn]:
    """The latest answers of Karlos's to customers on WhatsApp that he was free to give, pictures aside."""
    answered: QuerySet[Turn] = Turn.objects.filter(
        state=Turn.State.DONE, rounds__gt=0, limit="", customer__channel=Customer.Channel.WHATSAPP
    )
    answered = answered.exclude(thread=None).exclude(messages__kind="image")
    return list(answered.select_related("customer", "thread", "settings_version").order_by("-pk")[:most])


def past(turn: Turn) -> Past:
    """Read off the thread as the model saw it."""
    rows = list(turn.items.order_by("pk").values_list("pk", "kind", "content"))
    said = tuple(Said("customer", content["text"]) for _pk, kind, content in rows if kind == "customer")
    answered = [content["text"] for _pk, kind, content in rows if kind == "assistant"]
    before = threads.read(turn.thread, before=rows[0][0]) if turn.thread and rows else ()
    calls = tuple(dict(use) for use in turn.tool_uses.order_by("position").values("name", "arguments", "result"))
    return Past(before=before, said=said, reply=answered[-1] if answered else "", tool_calls=calls)


def play(turn: Turn, candidate: Candidate) -> Outcome:
    """Nobody is answered, and nothing is written."""
    was = past(turn)
    try:
        with rehearsal.rehearsed(candidate.settings, stock_at=turn.opened_at):
            tried = candidate.agent()
            models = candidate.models(tried)
            answer = _answer(turn, was, candidate, tried)
    except Exception:  # whatever breaks a turn of a customer's is a flaw of the version
        logger.exception("Turn %s can't be played again", turn.pk)
        return Outcome(turn=turn, flaws=(Flaw.BROKE_OFF,), differences=_differences(was, "", ()))
    calls = tuple({"name": r.name, "arguments": r.arguments, "result": r.result} for r in answer.receipts)
    played = Outcome(turn=turn, reply=answer.text, tool_calls=calls)
    flaws = (*_silent(answer, is_ours=len(models) > 1), *_otherwise(was, played))
    return replace(played, flaws=flaws, differences=_differences(was, answer.text, calls))


def _differences(was: Past, reply: str, tool_calls: tuple[Mapping[str, Any], ...]) -> tuple[Difference, ...]:
    return tuple(comparison.differences(was.tool_calls, tool_calls, was.reply, reply))


def _answer(turn: Turn, was: Past, candidate: Candidate, tried: Agent) -> Answer:
    now = timezone.localtime(turn.opened_at)
    tongue = language.of([said.text for said in was.said], otherwise=turn.customer.language or "es")
    items = (*was.before, *was.said)
    car, quote = threads.earlier(turn.thread) if turn.thread else (None, None)
    visit = _visits(turn).first()
    task = loop.Task(
        instructions=tried.instructions,
        tools=agent.specs(tried),
        items=(*items, *reading.remarks(items, now)),
        language=tongue,
        now=now,
        customer_ref="",
        recorded=_recorded(turn),
        visit_at=timezone.localtime(visit.starts_at) if visit else None,
        has_phone=turn.customer.can_be_called,
        earlier_car=car,
        earlier_quote=quote,
        run_tool=_Recording(was.tool_calls, are_true=_tools_read_the_same(turn, candidate)).run,
    )
    answer = loop.answer(task, candidate.models(tried), _nobody_waits)
    about = tools.Asked(now=now, language=tongue, visit_at=task.visit_at)
    return escalation.ensured(answer, was.words, before=was.before, asked=about)


def _nobody_waits() -> None:
    """There is no lease to renew."""


def _recorded(turn: Turn) -> frozenset[str]:
    """What people had to see to for the customer before this turn."""
    leads = turn.customer.leads.filter(created_at__lt=turn.opened_at).exclude(done_at__lt=turn.opened_at)
    visits = {"visit"} if _visits(turn).exists() else set()
    return frozenset({*leads.values_list("kind", flat=True), *visits})


def _visits(turn: Turn) -> QuerySet[Visit]:
    return Visit.objects.filter(customer=turn.customer_id, created_at__lt=turn.opened_at, starts_at__gt=turn.opened_at)


def _tools_read_the_same(turn: Turn, candidate: Candidate) -> bool:
    """Whether what the tools gave then is what they would give on these settings."""
    if turn.settings_version is None:
        return False
    labels = [kind._meta.label_lower for kind in KINDS if kind not in _NOT_OF_TOOLS]
    then, now = turn.settings_version.settings, candidate.settings
    return all(then.get(label) == now.get(label) for label in labels)


@dataclass(frozen=True)
class _Recording:
    """The results of then for the calls of then; any other call is made, of the stock as it was."""

    calls: tuple[Mapping[str, Any], ...]
    are_true: bool = field(kw_only=True)

    def run(self, call: ToolCall, asked: tools.Asked) -> tuple[Receipt, Effect | None]:
        receipt, effect = tools.run(call, asked)
        asked_for = _asked_for(receipt.name, receipt.arguments)
        then = (c["result"] for c in self.calls if self.are_true and _asked_for(c["name"], c["arguments"]) == asked_for)
        result = next(then, None)
        if result is None:
            return receipt, effect
        return replace(receipt, result=dict(result)), None if "error" in result else effect


def _asked_for(name: str, arguments: Mapping[str, Any]) -> tuple[str, str]:
    given = {key: value for key, value in arguments.items() if value not in (None, [], "")}
    return name, json.dumps(given, sort_keys=True)


# --- Judging ------------------------------------------------------------------------------------------------------


def _silent(answer: Answer, *, is_ours: bool) -> Iterator[Flaw]:
    """The model's words were not let pass, or there were none. `is_ours`: a language model is asked before the rules."""
    gave_up = any(isinstance(effect, HandOff) and effect.reason == "failed" for effect in answer.effects)
    if gave_up or (is_ours and answer.model == RULES):
        yield Flaw.WITHHELD if answer.withheld else Flaw.NO_ANSWER


def _otherwise(was: Past, now: Outcome) -> Iterator[Flaw]:
    tools_then, tools_now = set(comparison.names(was.tool_calls)), set(comparison.names(now.tool_calls))
    if (HAND_OFF in tools_then) != (HAND_OFF in tools_now):
        yield Flaw.PERSON
    if tools_then - {HAND_OFF} != tools_now - {HAND_OFF}:
        yield Flaw.TOOLS
    if not _keeps_figures(was, now):
        yield Flaw.FIGURES


def _keeps_figures(was: Past, now: Outcome) -> bool:
    """Every amount of the tools' that the customer was told is still there to be told, and some amount is told where one was."""
    told_then = comparison.amounts(was.reply) & comparison.known_amounts(was.tool_calls)
    told_now = comparison.amounts(now.reply)
    known = told_now | comparison.known_amounts(now.tool_calls)
    is_told = bool(told_now) or not told_then
    return told_then <= known and is_told and _totals(was.tool_calls) == _totals(now.tool_calls)


def _totals(calls: tuple[Mapping[str, Any], ...]) -> frozenset[str]:
    return frozenset(figure for figure in comparison.figures(calls) if figure.startswith("total "))
