"""Load a stock file: manage.py import_vehicles FILE."""

import contextlib
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, OperationalError
from tqdm import tqdm

from inventory import stock_import

_MOST_SHOWN = 100
# Shorter files are done before a bar could be read.
_LONG_LINES = 1000


class Command(BaseCommand):
    """Prints what was new, changed and unchanged; with exit code 1, every problem of the file."""

    help = "Load the dealership's stock from a CSV file. Nothing is saved unless every row is good."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how to take it."""
        parser.add_argument("file", type=Path, help="CSV with the headings stock_id, km, price, make, model, year, ...")
        parser.add_argument("--dry-run", action="store_true", help="check the file and count, but save nothing")
        parser.add_argument(
            "--withdraw-missing", action="store_true", help="withdraw available vehicles that are not in the file"
        )

    def handle(self, *args: Any, file: Path, dry_run: bool, withdraw_missing: bool, **options: Any) -> None:
        """Import, with a progress bar for a long file on a terminal."""
        with _bar(file) as bar:
            try:
                report = stock_import.import_stock(
                    file, dry_run=dry_run, withdraw_missing=withdraw_missing, progress=bar.update
                )
            except stock_import.StockFileError as e:
                raise CommandError(f"Nothing was imported.\n{_listed(e.problems)}") from e
            except (OperationalError, IntegrityError) as e:
                raise CommandError(
                    f"Nothing was imported: the database is busy or away, or the stock changed meanwhile ({e}). Try again."
                ) from e
        if report.warnings:
            self.stderr.write(_listed(report.warnings))
        self.stdout.write(f"{report} (dry run: nothing was saved)" if dry_run else str(report))


def _bar(file: Path) -> "tqdm[Any]":
    lines = 0
    with contextlib.suppress(OSError):  # what is wrong with the file is told by the import
        lines = file.read_bytes().count(b"\n")
    return tqdm(total=lines, unit=" rows", disable=lines <= _LONG_LINES or not sys.stderr.isatty(), leave=False)


def _listed(problems: "list[stock_import.Problem] | tuple[stock_import.Problem, ...]") -> str:
    lines = [str(problem) for problem in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"and {len(problems) - _MOST_SHOWN} more")
    return "\n".join(lines)
