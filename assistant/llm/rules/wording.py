"""What the tools gave, in sentences written by people."""

from collections.abc import Callable
from typing import Any

from assistant import dealership, escalation
from assistant.llm.rules import cars, commitments, instalments, plan
from assistant.llm.rules.plan.calls import CREDIT, HAND_OFF, INFORMATION, INTEREST, PHOTOS, SEARCH, VISIT, Step
from assistant.llm.rules.speaker import Speaker
from assistant.models import AssistantSettings
from assistant.reading import Reading
from assistant.reading.shown import Shown

# Phrases that get a sentence and nothing more, the first that is said.
_SENTENCES = (
    ("rival_price", "rival_price"),
    ("too_dear", "too_dear"),
    ("abuse", "abuse"),
    ("insurance", "not_known"),
    ("equipment", "not_known"),
    ("nudge", "nudge"),
    ("not_interested", "thanks"),
    ("interested", "which_car"),
    ("availability", "which_car"),
    ("stock_search", "which_wish"),
    ("thanks", "thanks"),
    ("acknowledgement", "acknowledged"),
)


def text(reading: Reading, before: Shown, done: list[Step], *, language: str, is_first: bool) -> str:
    """The answer: a greeting where one is due, a part for each result, and what is still to be asked."""
    tell = Speaker(language)
    parts = [part for step in done for part in _WORDED[step.name](tell, step, reading)]
    # What two results rest on is said once, at the end.
    parts = [part for n, part in enumerate(parts) if part not in parts[n + 1 :]]
    parts.extend(_without_tools(tell, reading, before, done, is_first=is_first))
    if is_first and not reading.says("robot"):
        parts.insert(0, AssistantSettings.current().greeting(language, dealership.name()))
    return "\n\n".join(parts)


def _without_tools(tell: Speaker, reading: Reading, before: Shown, done: list[Step], *, is_first: bool) -> list[str]:
    """What is said of the things that no tool knows."""
    if reading.asks_in_dollars:
        return [tell("dollars")]
    if reading.income is not None and reading.monthly is None and not done:
        return [tell("income")]
    if len(reading.pointed) > 1 and not done:
        several = [row for row in before.listed if row["stock_id"] in reading.pointed]
        return [_which(tell, several)]
    if reading.says("robot"):
        return [tell("robot", name=AssistantSettings.current().name, dealership=dealership.name())]
    if plan.commitments.wants_visit(reading, before) and not any(step.name in {VISIT, HAND_OFF} for step in done):
        missing = "visit_what_time" if reading.day else "visit_what_day" if reading.at else "visit_when"
        return [tell(missing)]
    if reading.says("photos") and not any(step.name == PHOTOS for step in done):
        return [tell("photos_which_car")]
    if reading.says("discount"):
        return [tell("discount")]
    if asked := _question_for_credit(tell, reading, before, done):
        return [asked]
    return [] if done else [_small_talk(tell, reading, before, is_first=is_first)]


def _small_talk(tell: Speaker, reading: Reading, before: Shown, *, is_first: bool) -> str:
    """The sentence for words that ask for nothing to be looked up."""
    if reading.phone is not None:
        return tell("phone_noted")
    for phrase, sentence in _SENTENCES:
        if reading.says(phrase):
            return tell(sentence)
    if reading.says("greeting"):
        name = "greeting" if is_first else "greeting_again"
        return tell(name, name=AssistantSettings.current().name, dealership=dealership.name())
    if reading.says("this_one") and len(before.listed) > 1:
        return _which(tell, list(before.listed))
    return tell("not_understood")


def _which(tell: Speaker, rows: list[dict[str, Any]]) -> str:
    return "\n".join([tell("which_of_these"), *(f"- {cars.line(row)}" for row in rows)])


def _question_for_credit(tell: Speaker, reading: Reading, before: Shown, done: list[Step]) -> str:
    """What is missing for an estimate, if one was asked for."""
    accepts = reading.asked == "estimate" and reading.is_only("yes")
    if not (plan.financing.wants_credit(reading) or accepts) or any(step.name == CREDIT for step in done):
        return ""
    if any("monthly_max" in step.arguments for step in done):
        return ""
    found = [vehicle for step in done if step.name == SEARCH for vehicle in step.result.get("vehicles", [])]
    if len(found) > 1:
        return tell("credit_which_of_these")
    if done and not found:
        return ""
    if not found and plan.cars.car_meant(reading, before) is None:
        return tell("affordable_down_payment" if reading.monthly is not None else "credit_which_car")
    return tell("credit_down_payment") if not plan.financing.has_down_payment(reading) else ""


def _handed_off(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    return [escalation.words(tell.language, step.arguments["reason"], step.result)]


def _information(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    texts = step.result.get("information", {})
    answers = [text for name, text in texts.items() if name not in dealership.TOPICS]
    # Of the questions that are alike the likeliest was meant.
    parts = [text for name, text in texts.items() if name in dealership.TOPICS] + answers[:1]
    if terms := step.result.get("credit_terms"):
        months = ", ".join(str(term) for term in terms["months"])
        parts.append(tell("credit_terms", rate=terms["annual_rate_percent"], months=months))
    if step.result.get("not_known") or "error" in step.result:
        parts.append(tell("not_known"))
    return parts


def _photos(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    result = step.result
    if "[not_for_sale]" in result.get("error", ""):
        return [f"{tell('unavailable', stock_id=step.arguments['stock_id'])} {tell('another_wish')}"]
    if "error" in result:
        return [tell("photos")]
    return [tell("photos_sent", car=result["vehicle"], stock_id=result["stock_id"])]


_WORDED: dict[str, Callable[[Speaker, Step, Reading], list[str]]] = {
    SEARCH: cars.told,
    CREDIT: instalments.told,
    INFORMATION: _information,
    VISIT: commitments.visit,
    INTEREST: commitments.interest,
    HAND_OFF: _handed_off,
    PHOTOS: _photos,
}
