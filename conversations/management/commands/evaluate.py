"""`manage.py evaluate`: plays written conversations against the current stock, says how many came out right and what another version does otherwise."""

import json
import logging
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from conversations import candidate, comparison, evaluation, terminal
from conversations.candidate import Candidate
from conversations.evaluation import Scenario, ScenarioError, Verdict

Runs = Sequence[Sequence[Verdict]]


class Command(BaseCommand):
    """Nothing of the conversations is kept, nothing is sent, and no other process is needed."""

    help = "Play written conversations and judge the answers; nothing of them is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scenarios", type=Path, required=True, help="a JSON Lines file, one conversation a line")
        candidate.add_arguments(parser)
        parser.add_argument("--runs", type=int, default=1, metavar="K", help="how often each is played")
        parser.add_argument("--json", type=Path, dest="out", metavar="OUT", help="write the verdicts to this file")
        parser.add_argument(
            "--floor", type=float, help="exit with 1 when a smaller share than this has passed, such as 0.95"
        )
        parser.add_argument(
            "--against",
            metavar="N|AGENT|OUT",
            help="tell what is otherwise than on version N of the settings, with an agent's instructions, or in an earlier run's JSON",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._check(options)
        try:
            scenarios = evaluation.read(options["scenarios"])
            tried = candidate.named(options)
            before = self._before(options, scenarios) if options["against"] else None
        except (ScenarioError, candidate.Unknown) as e:
            raise CommandError(str(e)) from e
        runs = self._play(tried, scenarios, options["runs"])
        share = self._report(runs)
        data = _as_data(runs)
        if before is not None:
            data["differences"] = evaluation.side_by_side(before, runs[0])
            self._tell_apart(before, data)
        if options["out"]:
            self._write(options["out"], data)
        if options["floor"] is not None and share < options["floor"]:
            raise CommandError(f"{share:.1%} passed: below the floor of {options['floor']:.1%}.")

    def _check(self, options: dict[str, Any]) -> None:
        if options["runs"] < 1:
            raise CommandError("--runs: play each scenario once at least.")
        if options["model"] == "openai" and not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
            raise CommandError("--model openai: set OPENAI_API_KEY first.")

    def _before(self, options: dict[str, Any], scenarios: list[Scenario]) -> dict[str, Any]:
        """What is compared with: played now on that version and with those instructions alone, or kept from an earlier run."""
        against, path = options["against"], Path(options["against"])
        if path.is_file():
            try:
                return dict(json.loads(path.read_text(encoding="utf-8")))
            except ValueError as e:
                raise CommandError(f"--against: {path} is no file that --json wrote.") from e
        number, fingerprint = (int(against), "") if against.isdecimal() else (None, against)
        other = {**options, "instructions": None, "on": number, "agent": fingerprint}
        return _as_data(self._play(candidate.named(other), scenarios, 1))

    def _play(self, tried: Candidate, scenarios: list[Scenario], times: int) -> Runs:
        with terminal.quiet(logging.ERROR):
            runs = [
                [evaluation.play_on(tried, one) for one in tqdm(scenarios, unit="scenario", disable=None, leave=False)]
                for _ in range(times)
            ]
        for verdicts in runs:
            evaluation.judge_copies(verdicts, scenarios)
        return runs

    def _report(self, runs: Runs) -> float:
        """A line per scenario, a table per intent, and the share that passed in every run (pass^k)."""
        for verdicts in zip(*runs, strict=True):
            self._line(verdicts)
        name = "passed" if len(runs) == 1 else f"passed all of {len(runs)} runs (pass^{len(runs)})"
        counted = evaluation.by_intent(runs)
        self.stdout.write(f"\n{name}, by intent:")
        for intent, (passed, total) in counted.items():
            self.stdout.write(f"{intent:<32} {passed:>4} of {total:<4} {passed / total:>6.0%}")
        good, total = sum(passed for passed, _ in counted.values()), sum(total for _, total in counted.values())
        self.stdout.write(f"\n{good} of {total} {name}: {good / total:.1%}")
        return good / total

    def _line(self, verdicts: Sequence[Verdict]) -> None:
        if all(verdict.passed for verdict in verdicts):
            self.stdout.write(self.style.SUCCESS(f"passed  {verdicts[0].id}"))
            return
        failures = dict.fromkeys(failure for verdict in verdicts for failure in verdict.failures)
        self.stdout.write(self.style.ERROR(f"FAILED  {verdicts[0].id}  {verdicts[0].intent}: {' '.join(failures)}"))

    def _tell_apart(self, before: dict[str, Any], data: dict[str, Any]) -> None:
        """What each scenario comes to otherwise, the other version's before ours."""
        rows = data["differences"]
        self.stdout.write(f"\n{len(rows)} of {len(before['scenarios'])} scenarios come out otherwise:")
        for row in rows:
            was, now = ("passed" if passed else "FAILED" for passed in row["passed"])
            self.stdout.write(f"{row['id']}  {was} → {now}")
            for difference in row["differences"]:
                self.stdout.write(f"    {comparison.Difference.of_data(difference)}")

    def _write(self, out: Path, data: dict[str, Any]) -> None:
        try:
            out.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError as e:
            raise CommandError(f"{out} can't be written: {e.strerror}.") from e


def _as_data(runs: Runs) -> dict[str, Any]:
    verdicts = [verdict for run in runs for verdict in run]
    counted = evaluation.by_intent(runs)
    return {
        "passed": sum(verdict.passed for verdict in verdicts),
        "total": len(verdicts),
        "runs": len(runs),
        "intents": {name: {"passed": passed, "total": total} for name, (passed, total) in counted.items()},
        "scenarios": [verdict.as_data() for verdict in verdicts],
    }
