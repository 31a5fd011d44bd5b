"""The whole suite: `python -m tests.faults`. Every trial, the two for comparison, and the table; 1 when a promise was broken."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.faults import servers
from tests.faults.processes import ROOT

# Name in the table -> the words for tests.faults.trial.
TRIALS = {
    "PostgreSQL, Redis": ["redis"],
    "PostgreSQL, RabbitMQ": ["rabbitmq"],
    "Conversations": ["conversations"],
    "embedded": ["embedded"],
}
_SMALLER = ["--messages", "300", "--seconds", "60"]
COMPARISONS = {
    "without the sweep": ["redis", *_SMALLER, "--settles", "90", "--no-sweep"],
    "doubt sent again at once": ["redis", "--resend-at-once"],
}
_BARS = ("lost", "unexplained duplicates", "effects doubled", "out of order", "two at once", "malformed threads")
_ROWS = (
    "messages",
    "repeats",
    "given up by the sender",
    "found in Twilio's list",
    "received by customers",
    "faults",
    *_BARS,
    "sent again, flagged",
    "explained duplicates",
    "webhook s p50/p99",
    "struck turns",
    "death to answer, s",
    "due with nobody at work, s",
    "nobody could, s",
    "most calls at once",
    "settled in s",
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-comparisons", action="store_true")
    parser.add_argument("trials", nargs="*", help=f"Only these: {', '.join([*TRIALS, *COMPARISONS])}.")
    return parser.parse_args()


def hold(name: str, words: Sequence[str]) -> dict[str, Any]:
    """The figures of one trial, held in a process of its own."""
    sys.stderr.write(f"== {name} ==\n")
    trial = subprocess.run(
        [sys.executable, "-m", "tests.faults.trial", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    lines = trial.stdout.splitlines()
    if not lines:
        raise SystemExit(f"The trial {' '.join(words)} broke off.")
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures


def table(columns: dict[str, dict[str, Any]], rows: Sequence[str]) -> str:
    head = ["", *columns]
    lines = [head, ["---"] * len(head)]
    lines += [[row, *(str(figures.get(row, "")) for figures in columns.values())] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def kinds(columns: dict[str, dict[str, Any]]) -> str:
    every = sorted({kind for figures in columns.values() for kind in figures["kinds"]})
    return table({name: figures["kinds"] for name, figures in columns.items()}, every)


def main() -> int:
    given = _arguments()
    servers.check(needs_rabbitmq=True)
    comparisons = {} if given.without_comparisons else COMPARISONS
    wanted = {name: words for name, words in (TRIALS | comparisons).items() if name in (given.trials or [name])}
    compared = [name for name in wanted if name not in TRIALS]
    columns = {name: hold(name, words) for name, words in wanted.items() if name in TRIALS}
    # Nobody asks how quick these are: they are held beside one another.
    with ThreadPoolExecutor() as at_once:
        columns |= zip(compared, at_once.map(hold, compared, [wanted[name] for name in compared]), strict=True)
    sys.stdout.write(f"{table(columns, _ROWS)}\n\nFaults by kind:\n\n{kinds(columns)}\n")
    wrong = {name: columns[name]["what was wrong"] for name in TRIALS if name in columns}
    for name, words in wrong.items():
        sys.stdout.writelines(f"{name}: {word}\n" for word in words)
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
