"""One row of a stock file to a vehicle's values: the one validator that upload and command share."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from inventory import stock_cells
from inventory.sentence import Sentence
from inventory.stock_cells import CellError, Value
from inventory.stock_file import Row
from inventory.stock_problem import Problem

_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class StockRow:
    """A row's values, what is wrong with it, and what was mended."""

    row: Row
    values: dict[str, Value]
    problems: tuple[Problem, ...]
    mended: tuple[Problem, ...]

    @property
    def stock_id(self) -> int | None:
        """None where it could not be read."""
        stock_id = self.values.get("stock_id")
        return stock_id if isinstance(stock_id, int) else None


def read(row: Row, headings: dict[str, str]) -> StockRow:
    """Every problem of the row at once; of a row that could not be split, that alone."""
    values: dict[str, Value] = {}
    problems: list[Problem] = [row.problem] if row.problem else []
    mended: list[Problem] = []
    for field, written in row.cells.items() if not row.problem else ():
        try:
            values[field] = stock_cells.value(field, written)
        except CellError as e:
            problems.append(_problem(row, headings[field], written, e.remedy))
        if stock_cells.is_formula(field, written):
            mended.append(_problem(row, headings[field], written, _FORMULA))
    return StockRow(row=row, values=values, problems=tuple(problems), mended=tuple(mended))


def _problem(row: Row, heading: str, written: str, remedy: Sentence) -> Problem:
    return Problem(line=row.line, column=heading, value=_short(written), remedy=remedy)


def twice(row: StockRow, heading: str, line: int) -> Problem:
    """What is wrong with a row whose vehicle stands on another line already."""
    remedy = gettext_noop("line %(line)s has the same stock id: every vehicle needs its own.")
    return Problem(line=row.row.line, column=heading, value=str(row.stock_id), remedy=Sentence(remedy, line=line))


_FORMULA = Sentence(gettext_noop("it looks like a formula: the signs before it were left out."))


def _short(written: str) -> str:
    text = " ".join(written.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
