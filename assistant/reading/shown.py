"""What the customer has been shown in a thread: the last list, and the car in focus."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.items import Item, ToolCall, ToolResult


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Rows as the tool gave them, in the order they were listed; the focus is a stock id."""

    listed: tuple[dict[str, Any], ...] = ()
    focus: int | None = None
    # The arguments of the last search, for more of the same or something narrower.
    searched: dict[str, Any] | None = None
    # That search found nothing, so nothing narrower is asked for.
    found_nothing: bool = False
    # The arguments of the last estimate, for another term, the schedule or the balance.
    quoted: Mapping[str, Any] | None = None
    # A visit was noted in this thread and not called off.
    has_visit: bool = False


def shown(items: Sequence[Item]) -> Shown:
    """What stands at the end of these items."""
    now = Shown()
    calls = {item.call_id: item for item in items if isinstance(item, ToolCall)}
    for item in items:
        if isinstance(item, ToolResult) and (call := calls.get(item.call_id)):
            now = _after(now, call, json.loads(item.output))
    return now


def _after(now: Shown, call: ToolCall, result: dict[str, Any]) -> Shown:
    if "error" in result:
        return now
    # What was asked about those cars, and how they were shown, is no part of what they were found by.
    said = json.loads(call.arguments)
    arguments = {name: value for name, value in said.items() if name not in {"about", "side_by_side"}}
    if call.name == "fetch_vehicles_data":
        vehicles = result["vehicles"]
        if not vehicles:
            return replace(now, searched=arguments, found_nothing=True)
        focus = vehicles[0]["stock_id"] if len(vehicles) == 1 else None
        # One car looked at again, out of a list, leaves the list as it was.
        is_of_list = focus is not None and focus in {row["stock_id"] for row in now.listed}
        listed = now.listed if is_of_list else tuple(vehicles)
        searched = now.searched if is_of_list else arguments
        return replace(now, listed=listed, focus=focus, searched=searched, found_nothing=False)
    if call.name == "fetch_credit_estimate" and result["stock_id"] is not None:
        return replace(now, focus=result["stock_id"], quoted=arguments)
    if call.name in {"book_visit", "record_interest"}:
        now = replace(now, focus=result.get("stock_id", now.focus))
    if call.name == "book_visit":
        return replace(now, has_visit="noted" in result)
    return now
