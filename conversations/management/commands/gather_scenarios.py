"""`manage.py gather_scenarios`: what customers really asked, masked, as scenarios for `evaluate`, with copies in other words."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations import comparison, copies, masking, replay
from conversations.models import Turn

# The tool that an answer took tells what was asked for: the first of these that was called.
_INTENTS = {
    "hand_off_to_person": "handoff",
    "book_visit": "visit",
    "record_interest": "lead",
    "fetch_credit_estimate": "credit",
    "fetch_vehicles_data": "search",
    "send_photos": "photos",
    "fetch_dealership_information": "information",
}


class Command(BaseCommand):
    """The first question of each conversation, which stands by itself. Nobody's name, phone, e-mail or address is written."""

    help = "Write what customers asked, masked, as scenarios for `evaluate`, each with copies in other words."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, help="the file to write, one JSON object a line")
        parser.add_argument("--last", type=int, default=500, metavar="N", help="of how many of the latest answers")

    def handle(self, *args: Any, **options: Any) -> None:
        scenarios = list(_scenarios(options["last"]))
        if not scenarios:
            raise CommandError("There are no questions of the past to gather.")
        lines = (json.dumps(scenario, ensure_ascii=False) for scenario in scenarios)
        options["out"].write_text("\n".join(lines) + "\n", encoding="utf-8")
        asked = sum("same_as" not in scenario["expect"] for scenario in scenarios)
        self.stdout.write(f"{asked} questions and {len(scenarios) - asked} copies of them in other words.")


def _scenarios(most: int) -> Iterator[dict[str, Any]]:
    for turn in reversed(replay.turns(most)):
        was = replay.past(turn)
        if was.before or len(was.said) != 1 or "[" in was.words:
            continue  # it needs what was said before, or is no plain text
        asked = masking.masked(was.words, masking.names_of(turn.customer))
        name = f"turn-{turn.pk}"
        yield _scenario(turn, name, _intent(was), asked, {})
        for way, copy in copies.of(asked).items():
            yield _scenario(turn, f"{name}-{way}", _intent(was), copy, {"same_as": name})


def _scenario(turn: Turn, name: str, intent: str, text: str, expect: dict[str, Any]) -> dict[str, Any]:
    now = turn.opened_at.isoformat()
    return {"id": name, "intent": intent, "now": now, "messages": [{"text": text}], "expect": expect}


def _intent(was: replay.Past) -> str:
    called = comparison.names(was.tool_calls)
    return next((intent for tool, intent in _INTENTS.items() if tool in called), "other")
