"""Visits and what is left for a person, in words."""

import re
from datetime import datetime
from decimal import Decimal

from assistant.llm.rules.plan.calls import Step
from assistant.llm.rules.speaker import Speaker
from assistant.reading import Reading
from assistant.sentences import moment, pesos

_REFUSALS = ("no_visit", "no_car", "incomplete", "past", "too_far", "closed_day", "closed_time", "taken")
_FREE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")


def visit(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    """A visit noted, moved, called off or refused."""
    result = step.result
    if "error" in result:
        code = next((code for code in _REFUSALS if f"[{code}]" in result["error"]), None)
        if code == "taken":
            return [_taken(tell, result["error"])]
        hours = re.findall(r"\d{2}:\d{2}", result["error"])
        opens, closes = hours if len(hours) == 2 else ("", "")
        return [tell(f"visit_refused_{code}" if code else "visit_when", opens=opens, closes=closes)]
    when = moment(tell.language, datetime.fromisoformat(f"{result['day']}T{result['time']}"))
    if "cancelled" in result:
        return [tell("visit_cancelled", when=when)]
    noted = tell("visit_moved" if "moved_from" in result else "visit_noted", when=when)
    return [noted, *_phone(tell, step)]


def _phone(tell: Speaker, step: Step) -> list[str]:
    """Asked of whoever can't be called, and only now that it is needed."""
    return [tell("ask_phone")] if "phone" in step.result else []


def _taken(tell: Speaker, refusal: str) -> str:
    """The free times near the one that was wished for."""
    free = [moment(tell.language, datetime.fromisoformat(at)) for at in _FREE.findall(refusal)]
    if not free:
        return tell("visit_refused_taken")
    return "\n".join([tell("visit_refused_taken_free"), *(f"- {at}" for at in free), tell("visit_which_of_these")])


def interest(tell: Speaker, step: Step, reading: Reading) -> list[str]:
    """What was left for a person, and no more than that."""
    if "error" in step.result:
        return [tell("not_known")]
    amount, kind = step.result.get("amount"), step.result["recorded"]
    is_more = kind == reading.asked or (kind == "callback" and reading.at is not None)
    sentence = f"interest_{kind}_more" if is_more else f"interest_{kind}"
    return [tell(sentence, amount=pesos(Decimal(amount)) if amount else ""), *_phone(tell, step)]
