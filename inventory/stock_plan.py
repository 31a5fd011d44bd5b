"""What a stock file means for the stock, chunk by chunk: new, changed, unchanged, wrong, and what is missing from it.

The file is the truth for the columns it has, blanks included; columns it lacks stay as they are. The status alone is shared with
staff: a blank one keeps what they set, except that a withdrawn vehicle which is in the file again becomes available.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from inventory import plausibility, stock_row, stock_values
from inventory.kinds import Status
from inventory.models import StockImportRow, Vehicle
from inventory.plausibility import Doubt
from inventory.stock_file import StockFile
from inventory.stock_lines import Lines
from inventory.stock_problem import Problem, StockFileError
from inventory.stock_row import StockRow
from inventory.stock_values import CHUNK, Values

What = StockImportRow.What


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A vehicle that would be new, changed or withdrawn. `before` is None of a new one; line 0 is not in the file."""

    what: What
    line: int
    before: Values | None
    after: Values
    doubts: tuple[Doubt, ...] = ()
    mended: tuple[Problem, ...] = ()
    headings: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)

    @functools.cached_property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Column to what it was and will be. Of a new vehicle, what is recorded."""
        before = self.before or stock_values.BLANK
        return {
            column: (before[column] if self.before else None, value)
            for column, value in self.after.items()
            if before.get(column) != value or (self.before is None and column == "status")
        }

    @property
    def doubted(self) -> list[Problem]:
        """The doubts at their places in the file."""
        return [
            Problem(line=self.line, column=self.headings.get(doubt.field, ""), value="", remedy=doubt.sentence)
            for doubt in self.doubts
        ]


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A row that can't be taken, and why; the row is None where the file breaks off."""

    row: StockRow | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """So many rows of the file. `unchanged` as they are in the stock."""

    rows: int
    planned: list[Planned]
    unchanged: list[Values]
    wrong: list[Wrong]


class Plan:
    """One file against the stock. `chunks` are read once; then `missing` is known.

    With `locked` the vehicles of each chunk stay as they were read until the transaction ends.
    """

    def __init__(self, file: StockFile, *, locked: bool = False) -> None:
        self._file = file
        self._locked = locked
        self._lines = Lines()
        self._likes = plausibility.Likes()
        self.knows_every_vehicle = True

    def chunks(self) -> Iterator[Chunk]:
        """In the order of the file."""
        rows = iter(self._file.rows)
        while True:
            read: list[StockRow] = []
            broken: list[Wrong] = []
            try:
                # Where the file breaks off, what was read of it stays in the list.
                read.extend(stock_row.read(row, self._file.headings) for row in islice(rows, CHUNK))
            except StockFileError as e:
                self.knows_every_vehicle = False
                broken = [Wrong(row=None, problems=tuple(e.problems))]
            if read or broken:
                yield self._chunk(read, broken)
            if broken or len(read) < CHUNK:
                return

    def missing(self) -> Iterator[list[Planned]]:
        """What is available and not in the file, to be withdrawn. Reserved and sold vehicles keep their status."""
        last = 0
        while True:
            available = Vehicle.objects.for_sale().filter(stock_id__gt=last).order_by("stock_id")
            stock_ids = list(available.values_list("stock_id", flat=True)[:CHUNK])
            gone = stock_values.current(self._lines.without(stock_ids), locked=self._locked)
            if gone:
                yield [_withdrawn(gone[stock_id]) for stock_id in sorted(gone)]
            if len(stock_ids) < CHUNK:
                return
            last = stock_ids[-1]

    def _chunk(self, rows: list[StockRow], wrong: list[Wrong]) -> Chunk:
        good: list[StockRow] = []
        twice = self._twice(rows)
        for row in rows:
            problems = row.problems + twice.get(row.row.line, ())
            if problems:
                wrong.append(Wrong(row=row, problems=problems))
            else:
                good.append(row)
        stock = stock_values.current([row.values["stock_id"] for row in good], locked=self._locked)  # type: ignore[misc]
        wanted = [(row, stock.get(row.values["stock_id"])) for row in good]  # type: ignore[arg-type]
        planned, unchanged = self._compared(wanted)
        return Chunk(rows=len(rows), planned=planned, unchanged=unchanged, wrong=wrong)

    def _twice(self, rows: list[StockRow]) -> dict[int, tuple[Problem]]:
        """By line, what is wrong with rows whose vehicle stands on a line before."""
        known = [row for row in rows if row.stock_id is not None]
        self.knows_every_vehicle &= len(known) == len(rows)
        first = self._lines.note([(row.stock_id, row.row.line) for row in known if row.stock_id is not None])
        heading = self._file.headings.get("stock_id", "")
        return {
            row.row.line: (stock_row.twice(row, heading, first[row.stock_id]),)
            for row in known
            if row.stock_id in first and first[row.stock_id] != row.row.line
        }

    def _compared(self, rows: list[tuple[StockRow, Values | None]]) -> tuple[list[Planned], list[Values]]:
        planned: list[Planned] = []
        unchanged: list[Values] = []
        new = [(row, stock_values.BLANK | _wanted(row, None)) for row, before in rows if before is None]
        for _, after in new:
            self._likes.add(after)
        planned += [
            self._planned(row, None, after, tuple(plausibility.of_new(after, self._likes))) for row, after in new
        ]
        for row, before in rows:
            if before is None:
                continue
            after = before | _wanted(row, before)
            if after == before:
                unchanged.append(before)
            else:
                planned.append(self._planned(row, before, after, tuple(plausibility.of_change(before, after))))
        return sorted(planned, key=lambda row: row.line), unchanged

    def _planned(self, row: StockRow, before: Values | None, after: Values, doubts: tuple[Doubt, ...]) -> Planned:
        return Planned(
            what=What.CHANGED if before else What.NEW,
            line=row.row.line,
            before=before,
            after=after,
            doubts=doubts,
            mended=row.mended,
            headings=self._file.headings,
            cells=row.row.cells,
        )


def _wanted(row: StockRow, before: Values | None) -> Values:
    wanted = {column: value for column, value in row.values.items() if column != "status" or value}
    if before and before["status"] == Status.WITHDRAWN:
        wanted.setdefault("status", Status.AVAILABLE.value)
    return wanted


def _withdrawn(before: Values) -> Planned:
    return Planned(what=What.MISSING, line=0, before=before, after=before | {"status": Status.WITHDRAWN.value})
