"""When a person must have the conversation, whatever a model made of the customer's words."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from assistant import dealership, tools
from assistant.answer import Answer, HandOff
from assistant.items import Item, Said, ToolCall, ToolResult
from assistant.reading import personal
from assistant.reading.plain import plain, says, without, without_ad
from assistant.sentences import moment, say

TOOL = "hand_off_to_person"
# Phrases that bring in a person, and the reason that staff are given.
REASONS = {
    "person": "asked",
    "complaint": "complaint",
    "after_sales": "after_sales",
    "documents_of_car": "documents",
    "approval": "credit",
    "privacy": "privacy",
}
_OWN_SENTENCE = {
    "complaint": "handed_off_complaint",
    "not_understood": "handed_off_not_understood",
    "privacy": "handed_off_privacy",
}
# Two words at least in capitals, most of the letters, and marks behind them.
_SHOUTED_LETTERS_LEAST, _SHOUTED_SHARE = 10, 0.8
_MARKS = re.compile(r"[!?¡¿]{2,}")


def reason(said: str, before: Sequence[Item] = ()) -> str | None:
    """Why a person is needed: by what the customer says, or by an insult that is not the first of this thread."""
    said = without_ad(said)
    words = plain(said)
    # "¿Hablo con una persona?" asks who answers; "¿eres un robot? pásame a una persona" asks for more.
    asked = without("robot", words)
    if found := next((reason for phrase, reason in REASONS.items() if says(phrase, asked)), None):
        return found
    if personal.wish(said):
        return "privacy"
    return "complaint" if _is_angry(said, words, before) else None


def _is_angry(said: str, words: str, before: Sequence[Item]) -> bool:
    """A first insult gets an apology and the offer of a person; the next one, or one that is shouted, the person."""
    is_shouted = _is_shouted(said)
    if is_shouted and says("displeasure", words):
        return True
    if not says("abuse", words):
        return False
    earlier = (item.text for item in before if isinstance(item, Said) and item.author == "customer")
    return is_shouted or any(says("abuse", plain(text)) for text in earlier)


def _is_shouted(said: str) -> bool:
    letters = [character for character in said if character.isalpha()]
    if len(letters) < _SHOUTED_LETTERS_LEAST or not _MARKS.search(said):
        return False
    return sum(letter.isupper() for letter in letters) >= _SHOUTED_SHARE * len(letters)


def ensured(answer: Answer, said: str, *, before: Sequence[Item], asked: tools.Asked) -> Answer:
    """The answer, with a person where the customer's own words need one, or two turns in a row without sense.

    `before` is the thread up to those words. Whoever is handed over while the dealership is closed is told when it opens.
    """
    if any(isinstance(effect, HandOff) for effect in answer.effects):
        closed = "" if _tells_when(answer.text, asked.now) else until_open(asked.language, asked.now)
        return answer.reworded(f"{answer.text}\n\n{closed}") if closed else answer
    why = reason(said, before)
    if why is None and _is_lost(answer.text) and _was_lost(before):
        why = "not_understood"
    return answer if why is None else _handed_over(answer, why, said, asked)


def _handed_over(answer: Answer, why: str, said: str, asked: tools.Asked) -> Answer:
    """By the same tool that a model would have called, so that thread and receipts know of it."""
    arguments = {"reason": why, "summary": f"«{said[:900]}»"}
    call = ToolCall(f"call_{uuid4().hex}", TOOL, json.dumps(arguments, ensure_ascii=False))
    receipt, effect = tools.run(call, asked)
    if effect is None:
        raise ValueError(f"The tool refuses its own call: {receipt.result}")
    told = words(asked.language, why, receipt.result)
    # What was looked up is told all the same; words that rest on nothing give way.
    text = f"{answer.text}\n\n{told}" if answer.receipts and why != "not_understood" else told
    result = ToolResult(call.call_id, json.dumps(receipt.result, ensure_ascii=False))
    given = replace(
        answer,
        items=(*answer.items[:-1], call, result, answer.items[-1]),
        effects=(*answer.effects, effect),
        receipts=(*answer.receipts, receipt),
        remarks=(*answer.remarks, f"A person was brought in by the customer's words: {why}."),
    )
    return given.reworded(text)


def _is_lost(text: str) -> bool:
    """Whether it says that the customer was not understood."""
    return any(say(language, "not_understood") in text for language in ("es", "en"))


def _was_lost(before: Sequence[Item]) -> bool:
    """Whether the last thing that the customer was told says so."""
    last = next((item for item in reversed(before) if isinstance(item, Said) and item.author != "customer"), None)
    return last is not None and last.author == "assistant" and _is_lost(last.text)


# --- In words -----------------------------------------------------------------------------------------------------


def words(language: str, why: str, result: dict[str, Any]) -> str:
    """What the customer is told of a handoff, by its reason and what the tool gave."""
    told = say(language, _OWN_SENTENCE.get(why, "handed_off"))
    if closed := result.get("closed_until"):
        opens_at = datetime.fromisoformat(f"{closed['day']}T{closed['time']}")
        return f"{told}\n\n{say(language, 'person_answers_from', when=moment(language, opens_at))}"
    return told


def until_open(language: str, now: datetime) -> str:
    """From when on somebody answers, in a sentence; empty while the dealership is open."""
    opens_at = dealership.opens_at(now)
    return "" if opens_at <= now else say(language, "person_answers_from", when=moment(language, opens_at))


def _tells_when(text: str, now: datetime) -> bool:
    """Whether the text says when it will be open."""
    opens_at = dealership.opens_at(now)
    return re.search(rf"\b0?{opens_at:%-H}:{opens_at:%M}\b", text) is not None
