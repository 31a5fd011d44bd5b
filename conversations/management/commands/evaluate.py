"""`manage.py evaluate`: plays written conversations against the current stock and says how many came out right."""

import json
import logging
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from assistant.llm import RULES
from assistant.llm.rules import Rules
from conversations import evaluation, terminal
from conversations.evaluation import ScenarioError, Verdict

MODELS = (RULES, "openai")


class Command(BaseCommand):
    """Nothing of the conversations is kept, nothing is sent, and no other process is needed."""

    help = "Play written conversations and judge the answers; nothing of them is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scenarios", type=Path, required=True, help="a JSON Lines file, one conversation a line")
        parser.add_argument("--model", choices=MODELS, help="who answers; the one that serves customers unless given")
        parser.add_argument("--runs", type=int, default=1, metavar="K", help="how often each is played")
        parser.add_argument("--json", type=Path, dest="out", metavar="OUT", help="write the verdicts to this file")
        parser.add_argument(
            "--floor", type=float, help="exit with 1 when a smaller share than this has passed, such as 0.95"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._check(options)
        try:
            scenarios = evaluation.read(options["scenarios"])
        except ScenarioError as e:
            raise CommandError(str(e)) from e
        models = (Rules(),) if options["model"] == RULES else None
        with terminal.quiet(logging.ERROR):
            runs = [
                [evaluation.play(one, models) for one in tqdm(scenarios, unit="scenario", disable=None, leave=False)]
                for _ in range(options["runs"])
            ]
        share = self._report(runs)
        if options["out"]:
            self._write(options["out"], runs)
        if options["floor"] is not None and share < options["floor"]:
            raise CommandError(f"{share:.1%} passed: below the floor of {options['floor']:.1%}.")

    def _check(self, options: dict[str, Any]) -> None:
        if options["runs"] < 1:
            raise CommandError("--runs: play each scenario once at least.")
        if options["model"] == "openai" and not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
            raise CommandError("--model openai: set OPENAI_API_KEY first.")

    def _report(self, runs: list[list[Verdict]]) -> float:
        """A line per scenario, a table per intent, and the share that passed in every run (pass^k)."""
        by_id = [list(verdicts) for verdicts in zip(*runs, strict=True)]
        intents: dict[str, list[bool]] = defaultdict(list)
        for verdicts in by_id:
            passed = all(verdict.passed for verdict in verdicts)
            intents[verdicts[0].intent].append(passed)
            self._line(verdicts, passed=passed)
        self.stdout.write("")
        for intent, results in sorted(intents.items()):
            self.stdout.write(
                f"{intent:<32} {sum(results):>4} of {len(results):<4} {sum(results) / len(results):>6.0%}"
            )
        total, good = len(by_id), sum(sum(results) for results in intents.values())
        name = "passed" if len(runs) == 1 else f"passed all of {len(runs)} runs (pass^{len(runs)})"
        self.stdout.write(f"\n{good} of {total} {name}: {good / total:.1%}")
        return good / total

    def _line(self, verdicts: list[Verdict], *, passed: bool) -> None:
        if passed:
            self.stdout.write(self.style.SUCCESS(f"passed  {verdicts[0].id}"))
            return
        failures = dict.fromkeys(failure for verdict in verdicts for failure in verdict.failures)
        self.stdout.write(self.style.ERROR(f"FAILED  {verdicts[0].id}  {verdicts[0].intent}: {' '.join(failures)}"))

    def _write(self, out: Path, runs: list[list[Verdict]]) -> None:
        verdicts = [verdict for run in runs for verdict in run]
        data = {
            "passed": sum(verdict.passed for verdict in verdicts),
            "total": len(verdicts),
            "scenarios": [verdict.as_data() for verdict in verdicts],
        }
        try:
            out.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as e:
            raise CommandError(f"{out} can't be written: {e.strerror}.") from e
