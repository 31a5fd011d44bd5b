"""`manage.py replay`: gives the latest answers again with other settings or instructions, and says how many are as good as then."""

import json
import logging
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from conversations import candidate, comparison, replay, terminal
from conversations.replay import Outcome


class Command(BaseCommand):
    """Nobody is answered, nothing is stored, and no other process is needed."""

    help = "Give past answers again with other settings or instructions, and compare; nobody is answered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        candidate.add_arguments(parser)
        parser.add_argument("--last", type=int, default=100, metavar="N", help="how many of the latest answers")
        parser.add_argument("--json", type=Path, dest="out", metavar="OUT", help="write what came of it, masked")
        parser.add_argument("--floor", type=float, help="exit with 1 when a smaller share is as good as then")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tried = candidate.named(options)
        except candidate.Unknown as e:
            raise CommandError(str(e)) from e
        turns = replay.turns(options["last"])
        if not turns:
            raise CommandError("There are no answers of the past to give again.")
        with terminal.quiet(logging.ERROR):
            outcomes = [replay.play(turn, tried) for turn in tqdm(turns, unit="answer", disable=None, leave=False)]
        share = self._report(outcomes)
        if options["out"]:
            options["out"].write_text(json.dumps(_as_data(outcomes), ensure_ascii=False, indent=1), encoding="utf-8")
        if options["floor"] is not None and share < options["floor"]:
            raise CommandError(f"{share:.1%} as good as then: below the floor of {options['floor']:.1%}.")

    def _report(self, outcomes: Sequence[Outcome]) -> float:
        for outcome in outcomes:
            if not outcome.passed:
                self.stdout.write(f"turn {outcome.turn.pk}: {', '.join(outcome.flaws)}")
                for difference in outcome.as_data()["differences"]:
                    self.stdout.write(f"    {comparison.Difference.of_data(difference)}")
        good = sum(outcome.passed for outcome in outcomes)
        self.stdout.write(f"{good} of {len(outcomes)} as good as then: {good / len(outcomes):.1%}")
        return good / len(outcomes)


def _as_data(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "passed": sum(outcome.passed for outcome in outcomes),
        "total": len(outcomes),
        "turns": [{"turn": outcome.turn.pk, **outcome.as_data()} for outcome in outcomes],
    }
