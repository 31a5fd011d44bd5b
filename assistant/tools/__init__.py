"""The tools a model may call: plain typed functions that read, and effects that are applied once the turn is done."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from pydantic import ValidationError

from assistant.answer import Effect, Receipt
from assistant.items import ToolCall, storable
from assistant.llm import ToolSpec
from assistant.tools.book_visit import book_visit
from assistant.tools.contract import Arguments, Asked, Tool, ToolError
from assistant.tools.fetch_credit_estimate import fetch_credit_estimate
from assistant.tools.fetch_dealership_information import fetch_dealership_information
from assistant.tools.fetch_vehicles_data import fetch_vehicles_data
from assistant.tools.hand_off_to_person import hand_off_to_person
from assistant.tools.record_interest import record_interest
from assistant.tools.send_photos import send_photos

logger = logging.getLogger(__name__)

_FUNCTIONS: tuple[Callable[[Any, Asked], Any], ...] = (
    fetch_vehicles_data,
    fetch_credit_estimate,
    fetch_dealership_information,
    send_photos,
    book_visit,
    record_interest,
    hand_off_to_person,
)
TOOLS: tuple[Tool, ...] = tuple(Tool.of(function) for function in _FUNCTIONS)
SHOWN_MOST = 2000
_BY_NAME = {tool.spec.name: tool for tool in TOOLS}

__all__ = ("TOOLS", "Arguments", "Asked", "Tool", "ToolError", "ToolSpec", "run")


def run(call: ToolCall, asked: Asked) -> tuple[Receipt, Effect | None]:
    """Run one call. Bad arguments, unknown tools and failures come back as `{"error": ...}` that the model can act on."""
    # Until they are known to be in order, they are shown as the model wrote them: a database takes not all that parses.
    shown: dict[str, Any] = {"as_written": call.arguments[:SHOWN_MOST]}
    result: dict[str, Any] = {}
    effect = None
    try:
        tool = _tool(call.name)
        given = _given(call.arguments)
        arguments = _arguments(tool, given)
        shown = given
        result, effect = tool.call(arguments, asked)
    except ToolError as e:
        result = {"error": str(e)}
    except DatabaseError:
        logger.exception("The tool %s failed", call.name[:64])
        result = {"error": "The stock can't be read just now. Tell the customer so, or hand off to a person."}
    return Receipt(call_id=call.call_id, name=call.name, arguments=shown, result=result), effect


def _tool(name: str) -> Tool:
    if name not in _BY_NAME:
        raise ToolError(f"There is no tool {name[:64]!r}. There are: {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def _given(written: str) -> dict[str, Any]:
    """The arguments as JSON has them, every text in them fit to be stored."""
    try:
        given = _storable(json.loads(written or "{}"))
    except (ValueError, RecursionError) as e:
        raise ToolError("The arguments are not valid JSON. Write them again.") from e
    if not isinstance(given, dict):
        raise ToolError("The arguments are not a JSON object. Write them again.")
    return given


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case list():
            return [_storable(inner) for inner in value]
        case dict():
            return {storable(key): _storable(inner) for key, inner in value.items()}
        case _:
            return value


def _arguments(tool: Tool, given: dict[str, Any]) -> Arguments:
    try:
        return tool.arguments.model_validate(given)
    except ValidationError as e:
        raise ToolError(_in_words(e)) from e


def _in_words(error: ValidationError) -> str:
    """Which argument is wrong and how, without repeating what was given."""
    wrong = (f"{'.'.join(str(part)[:64] for part in e['loc']) or 'arguments'}: {e['msg']}" for e in error.errors()[:5])
    return f"Bad arguments: {'; '.join(wrong)}. Correct them and call again."
