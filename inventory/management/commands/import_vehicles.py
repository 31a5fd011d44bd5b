"""Load a stock file: manage.py import_vehicles FILE. Take an import back: manage.py import_vehicles --undo NUMBER."""

import contextlib
import functools
import gc
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, OperationalError
from tqdm import tqdm

from inventory import stock_import, stock_undo
from inventory.models import StockImport, StockImportRow

_MOST_SHOWN = 100
# Shorter files are done before a bar could be read.
_LONG_LINES = 1000
_BLOCK_BYTES = 1 << 20


class Command(BaseCommand):
    """Prints what was new, changed and unchanged; with exit code 1, every problem of the file."""

    help = "Load the dealership's stock from a CSV or XLSX file. Nothing is saved unless every row is good."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and how to take it; or the import to undo."""
        parser.add_argument(
            "file",
            type=Path,
            nargs="?",
            help="CSV or XLSX with the headings stock_id, km, price, make, model, year, ...",
        )
        parser.add_argument("--dry-run", action="store_true", help="check the file and count, but save nothing")
        parser.add_argument(
            "--withdraw-missing", action="store_true", help="withdraw available vehicles that are not in the file"
        )
        parser.add_argument(
            "--accept-warnings",
            action="store_true",
            help="save also where a price or mileage is far from what the vehicle had before",
        )
        parser.add_argument("--undo", type=int, metavar="NUMBER", help="take the import of this number back")

    def handle(self, *args: Any, file: Path | None, undo: int | None, **options: Any) -> None:
        """Import or undo; the database may be away."""
        if (file is None) == (undo is None):
            raise CommandError("Name a file to import, or --undo and the number of an import.")
        try:
            if undo is not None:
                self._undo(undo)
            elif file:
                self._import(file, **options)
        except (OperationalError, IntegrityError) as e:
            nothing = "Nothing was undone" if undo is not None else "Nothing was imported"
            raise CommandError(
                f"{nothing}: the database is busy or away, or the stock changed meanwhile ({e}). Try again."
            ) from e

    def _import(
        self, file: Path, *, dry_run: bool, withdraw_missing: bool, accept_warnings: bool, **_options: Any
    ) -> None:
        """With a progress bar for a long file on a terminal."""
        # What is loaded stays: else it is looked through again and again, as rows come and go.
        gc.freeze()
        with _bar(file) as bar:
            try:
                report = stock_import.import_stock(
                    file,
                    dry_run=dry_run,
                    withdraw_missing=withdraw_missing,
                    accept_warnings=accept_warnings,
                    progress=bar.update,
                )
            except stock_import.DoubtfulError as e:
                raise CommandError(
                    f"Nothing was imported.\n{_listed(e.problems)}\n"
                    "Correct the file or, if all of this is right, import it again with --accept-warnings."
                ) from e
            except stock_import.StockFileError as e:
                raise CommandError(f"Nothing was imported.\n{_listed(e.problems)}") from e
        if report.warnings:
            self.stderr.write(_listed(report.warnings))
        self.stdout.write(f"{report} (dry run: nothing was saved)" if dry_run else str(report))
        if report.has_changed_anything and not dry_run:
            number = report.number
            self.stdout.write(f"This was import {number}. To take it back: manage.py import_vehicles --undo {number}")

    def _undo(self, number: int) -> None:
        begun = StockImport.objects.filter(pk=number, state=StockImport.State.DONE)
        if not begun.update(state=StockImport.State.UNDOING):
            found = StockImport.objects.filter(pk=number).first()
            # Its state stands in the admin's language there, and in English here.
            raise CommandError(
                f"Import {number} cannot be undone: it is {found.state}." if found else f"There is no import {number}."
            )
        stock_undo.undo(number, lambda _done, _total: None)
        rows = StockImportRow.objects.filter(stock_import=number)
        undone = rows.filter(outcome=StockImportRow.Outcome.UNDONE).count()
        kept = rows.filter(outcome=StockImportRow.Outcome.KEPT)
        self.stdout.write(
            f"Import {number} was undone: {undone} vehicles are as before, {kept.count()} in part or not."
        )
        for row in kept[:_MOST_SHOWN]:
            self.stdout.write(f"{row.stock_id}, {row.car}: edited since, and kept: {', '.join(row.kept)}")


def _bar(file: Path) -> "tqdm[Any]":
    lines = 0
    with contextlib.suppress(OSError), file.open("rb") as content:  # what is wrong with the file is told by the import
        blocks = iter(functools.partial(content.read, _BLOCK_BYTES), b"")
        lines = sum(block.count(b"\n") for block in blocks)
    return tqdm(total=lines, unit=" rows", disable=lines <= _LONG_LINES or not sys.stderr.isatty(), leave=False)


def _listed(problems: "list[stock_import.Problem] | tuple[stock_import.Problem, ...]") -> str:
    lines = [str(problem) for problem in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"and {len(problems) - _MOST_SHOWN} more")
    return "\n".join(lines)
