"""Plays written conversations through the real turn and judges what came out, as far as code can."""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils import timezone

from assistant import guardrails, items, reading
from assistant.llm import RULES, LanguageModel
from assistant.sentences import every
from conversations import commitments, comparison, rehearsal, terminal, threads, versions
from conversations.candidate import Candidate
from conversations.models import Customer, Turn, Visit
from conversations.terminal import Exchange

SEARCH, CREDIT = "fetch_vehicles_data", "fetch_credit_estimate"
THREAD_MINUTES = 30


class ScenarioError(Exception):
    """A file of scenarios that can't be played; the message names the line and the remedy."""


@dataclass(frozen=True)
class Scenario:
    """One written conversation, as it stands in the file."""

    id: str
    intent: str
    messages: list[dict[str, Any]]
    expect: dict[str, Any]
    is_burst: bool
    now: datetime | None


@dataclass(kw_only=True)
class Verdict:
    """What came out of one scenario. `failures` are sentences; none means passed."""

    id: str
    intent: str
    failures: list[str] = field(default_factory=list)
    reply: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "id": self.id,
            "intent": self.intent,
            "passed": self.passed,
            "failures": self.failures,
            "reply": self.reply,
            "tool_calls": self.tool_calls,
        }


# --- The file -----------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Scenario]:
    """The scenarios of a JSON Lines file. Raises ScenarioError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise ScenarioError(f"{path} can't be read: {e}.") from e
    scenarios = [_scenario(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not scenarios:
        raise ScenarioError(f"{path} has no scenarios: write one JSON object a line.")
    return scenarios


def _scenario(number: int, line: str) -> Scenario:
    try:
        written = json.loads(line)
        now = datetime.fromisoformat(written["now"]) if "now" in written else None
        return Scenario(
            id=str(written["id"]),
            intent=str(written["intent"]),
            messages=[{**message, "text": str(message["text"])} for message in written["messages"]],
            expect=dict(written["expect"]),
            is_burst=bool(written.get("burst")),
            now=now,
        )
    except (ValueError, KeyError, TypeError) as e:
        raise ScenarioError(
            f"Line {number} is no scenario ({type(e).__name__}: {e}): see the keys of the others."
        ) from e


# --- Playing ------------------------------------------------------------------------------------------------------


def play_on(candidate: Candidate, scenario: Scenario) -> Verdict:
    """Play it on a version that is tried; nobody else notices."""
    if candidate.version is None:
        return play(scenario, candidate.instructed())
    with rehearsal.rehearsed(candidate.settings, keeps_lock=True), versions.rehearsed(candidate.version):
        return play(scenario, candidate.instructed())


def play(scenario: Scenario, models: Sequence[LanguageModel] | None = None) -> Verdict:
    """Hold the conversation with a customer made for it, who is gone afterwards, and judge the last answer.

    The models that serve answer, unless others are given.
    """
    customer = terminal.new_customer(f"evaluation-{uuid.uuid4().hex}")
    verdict = Verdict(id=scenario.id, intent=scenario.intent)
    try:
        said = _hold(customer, scenario, models)
        verdict.reply, verdict.tool_calls = said.reply, list(said.tool_calls)
        verdict.failures = list(_failures(scenario.expect, customer, said))
    except terminal.NotAnswered as e:
        verdict.failures = [str(e)]
    finally:
        threads.forget(customer)
        customer.delete()
    return verdict


def _hold(customer: Customer, scenario: Scenario, models: Sequence[LanguageModel] | None) -> Exchange:
    now = scenario.now or timezone.localtime()
    if scenario.is_burst:
        return terminal.exchange_all(
            customer, [_words(message) for message in scenario.messages], now=now, models=models
        )
    for message in scenario.messages:
        minutes = int(message.get("after_minutes", 0))
        now += timedelta(minutes=minutes)
        if minutes >= THREAD_MINUTES:
            threads.forget(customer)
        said = terminal.exchange_all(customer, [_words(message)], now=now, models=models)
    return said


def _words(message: dict[str, Any]) -> terminal.Words:
    return terminal.Words(text=message["text"], ad=str(message.get("referral_headline", "")))


# --- Judging ------------------------------------------------------------------------------------------------------


def _failures(expect: dict[str, Any], customer: Customer, said: Exchange) -> Iterator[str]:
    judged = {**expect, "action": expect.get("action")}
    for key, wanted in judged.items():
        if judge := _JUDGES.get(key):
            yield from judge(wanted, customer, said)
    yield from _grounded(customer)


def _grounded(customer: Customer) -> Iterator[str]:
    """Promise 6, in every reply of the conversation, held against what the thread had when it was given."""
    for turn in Turn.objects.filter(customer=customer).select_related("thread").order_by("pk"):
        if turn.thread is None:
            continue
        last = turn.items.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows = turn.thread.items.filter(pk__lte=last).order_by("pk").values_list("kind", "content")
        known = [items.from_json(kind, content) for kind, content in rows]
        situation = guardrails.Situation(recorded=commitments.recorded(customer, Visit.open_of(customer)))
        for message in turn.messages.filter(author="assistant"):
            for violation in guardrails.check(message.text, [*known, *_computed(turn, known)], situation).violations:
                yield f"Not grounded: {violation}."


def _computed(turn: Turn, known: Sequence[items.Item]) -> Iterator[items.Remark]:
    """What code read from the words and, where no language model spoke, what it searched by."""
    spoken = [n for n, item in enumerate(known) if isinstance(item, items.Said) and item.author == "customer"]
    yield from reading.remarks(known[: spoken[-1] + 1] if spoken else (), timezone.localtime(turn.opened_at))
    if turn.model == RULES:
        for use in turn.tool_uses.all():
            yield items.Remark(json.dumps(use.arguments), is_ground=True)


def _count(wanted: int, customer: Customer, said: Exchange) -> Iterator[str]:
    result = _last(said, SEARCH)
    if result is None:
        yield f"No search was made; {wanted} cars were expected."
    elif result.get("total") != wanted:
        yield f"{result.get('total')} cars were found, not {wanted}."


def _first_ids(wanted: list[int], customer: Customer, said: Exchange) -> Iterator[str]:
    result = _last(said, SEARCH)
    got = [vehicle["stock_id"] for vehicle in (result or {}).get("vehicles", [])]
    compared = min(len(got), len(wanted))
    if not got or got[:compared] != wanted[:compared]:
        yield f"The cars begin with {got[: len(wanted)]}, not {wanted}."


def _credit(wanted: dict[str, Any], customer: Customer, said: Exchange) -> Iterator[str]:
    if not any(all(_same(row.get(key), value) for key, value in wanted.items()) for row in _estimates(said)):
        yield f"No estimate has these figures: {wanted}."


def _monthly_by_years(wanted: dict[str, str], customer: Customer, said: Exchange) -> Iterator[str]:
    monthly = {row["months"] // 12: row["monthly"] for row in _estimates(said)}
    for years, amount in wanted.items():
        if not _same(monthly.get(int(years)), amount):
            yield f"The monthly payment over {years} years is {monthly.get(int(years))}, not {amount}."


def _monthly_by_stock_id(wanted: dict[str, str], customer: Customer, said: Exchange) -> Iterator[str]:
    computed = {
        (result["stock_id"], Decimal(row["monthly"]))
        for result in _results(said, CREDIT)
        for row in result.get("estimates", [])
    }
    for result in _results(said, SEARCH):
        computed |= {
            (vehicle["stock_id"], Decimal(vehicle["monthly"]))
            for vehicle in result.get("vehicles", [])
            if "monthly" in vehicle
        }
    for stock_id, amount in wanted.items():
        if (int(stock_id), Decimal(amount)) not in computed:
            yield f"No monthly payment of {amount} was computed for {stock_id}."


def _says(wanted: list[str], customer: Customer, said: Exchange) -> Iterator[str]:
    reply = _bare(said.reply)
    for words in wanted:
        if _bare(words) not in reply:
            yield f"The reply does not say {words!r}."


def _asks(wanted: bool, customer: Customer, said: Exchange) -> Iterator[str]:
    if wanted and "?" not in said.reply:
        yield "The reply asks nothing."


def _handed_off(wanted: bool, customer: Customer, said: Exchange) -> Iterator[str]:
    if wanted and not said.handed_off:
        yield "The conversation was not handed to a person."


def _opted_out(wanted: bool, customer: Customer, said: Exchange) -> Iterator[str]:
    customer.refresh_from_db()
    if wanted and customer.opted_out_at is None:
        yield "The customer is not opted out."


def _recorded(wanted: str, customer: Customer, said: Exchange) -> Iterator[str]:
    if not _records(customer).get(wanted):
        yield f"No {wanted} was recorded."


def _action(wanted: str | None, customer: Customer, said: Exchange) -> Iterator[str]:
    match wanted:
        case "clarify":
            yield from _asks(True, customer, said)
            if _estimates(said):
                yield "An estimate was made where a question was due."
        case "handoff":
            yield from _handed_off(True, customer, said)
        case "opt_out":
            yield from _opted_out(True, customer, said)
        case "lead":
            yield from _recorded("lead", customer, said)
        case "appointment":
            yield from _recorded("visit", customer, said)
        case "refuse":
            yield from _refused(customer, said)
        case "answer":
            yield from _answered(said)


def _refused(customer: Customer, said: Exchange) -> Iterator[str]:
    if not said.reply:
        yield "There is no reply."
    if kept := [kind for kind, count in _records(customer).items() if count]:
        yield f"Something was recorded: {', '.join(kept)}."


def _answered(said: Exchange) -> Iterator[str]:
    if not said.reply:
        yield "There is no reply."
    if said.handed_off:
        yield "The conversation was handed to a person."
    if any(every(language)["not_understood"] in said.reply for language in ("es", "en")):
        yield "It was not understood."


def _records(customer: Customer) -> dict[str, int]:
    """How many records of each kind the conversation left."""
    return {"lead": customer.leads.count(), "visit": customer.visits.count()}


_JUDGES: dict[str, Callable[[Any, Customer, Exchange], Iterator[str]]] = {
    "count": _count,
    "first_ids": _first_ids,
    "credit": _credit,
    "monthly_by_years": _monthly_by_years,
    "monthly_by_stock_id": _monthly_by_stock_id,
    "says": _says,
    "asks": _asks,
    "handed_off": _handed_off,
    "opted_out": _opted_out,
    "recorded": _recorded,
    "action": _action,
}


def _results(said: Exchange, tool: str) -> list[dict[str, Any]]:
    return [call["result"] for call in said.tool_calls if call["name"] == tool and "error" not in call["result"]]


def _last(said: Exchange, tool: str) -> dict[str, Any] | None:
    results = _results(said, tool)
    return results[-1] if results else None


def _estimates(said: Exchange) -> list[dict[str, Any]]:
    return [row for result in _results(said, CREDIT) for row in result.get("estimates", [])]


def _same(value: Any, wanted: Any) -> bool:
    try:
        return Decimal(str(value)) == Decimal(str(wanted))
    except InvalidOperation:
        return False


def _bare(text: str) -> str:
    """Text without marks of thousands, capitals or runs of space."""
    return " ".join(re.sub(r"(?<=\d)[,.\s](?=\d{3}\b)", "", text).casefold().split())


# --- Side by side -------------------------------------------------------------------------------------------------


def judge_copies(verdicts: Sequence[Verdict], scenarios: Sequence[Scenario]) -> None:
    """A scenario that says `same_as` another one is to come to the figures that the other came to."""
    by_id = {verdict.id: verdict for verdict in verdicts}
    for scenario in scenarios:
        original = by_id.get(str(scenario.expect.get("same_as", "")))
        if original is None:
            continue
        verdict = by_id[scenario.id]
        wanted, got = comparison.figures(original.tool_calls), comparison.figures(verdict.tool_calls)
        if wanted != got:
            missing, new = ", ".join(sorted(wanted - got)) or "nothing", ", ".join(sorted(got - wanted)) or "nothing"
            verdict.failures.append(f"Other figures than {original.id}: without {missing}; with {new}.")


def by_intent(runs: Sequence[Sequence[Verdict]]) -> dict[str, tuple[int, int]]:
    """pass^k: for each intent, how many of its scenarios passed in every run, and how many there are."""
    counted: dict[str, tuple[int, int]] = {}
    for verdicts in zip(*runs, strict=True):
        passed, total = counted.get(verdicts[0].intent, (0, 0))
        counted[verdicts[0].intent] = (passed + all(verdict.passed for verdict in verdicts), total + 1)
    return dict(sorted(counted.items()))


def side_by_side(before: Mapping[str, Any], after: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Scenario by scenario what is otherwise than in an earlier run, as `as_data` wrote it; those that are alike are left out."""
    earlier = {row["id"]: row for row in before["scenarios"]}
    rows = []
    for verdict in after:
        was = earlier.get(verdict.id)
        if was is None:
            continue
        found = comparison.differences(was["tool_calls"], verdict.tool_calls, was["reply"], verdict.reply)
        if found or was["passed"] != verdict.passed:
            told = [difference.as_data() for difference in found]
            rows.append({"id": verdict.id, "passed": [was["passed"], verdict.passed], "differences": told})
    return rows
