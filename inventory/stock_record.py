"""What an import plans and does, as rows of its own: for the preview, the report and the undo."""

from collections.abc import Iterable
from typing import Any

from inventory import stock_values
from inventory.models import StockImport, StockImportRow
from inventory.stock_plan import Planned, Wrong
from inventory.stock_problem import Problem

_BATCH = 500


def keep(stock_import: StockImport, rows: Iterable[StockImportRow]) -> None:
    StockImportRow.objects.bulk_create((_of(stock_import, row) for row in rows), batch_size=_BATCH)


def _of(stock_import: StockImport, row: StockImportRow) -> StockImportRow:
    row.stock_import = stock_import
    return row


def previewed(planned: Planned) -> StockImportRow:
    """With all that is needed to save it later."""
    row = _row(planned)
    row.changes = {
        column: [stock_values.kept(before), stock_values.kept(after)]
        for column, (before, after) in planned.changes.items()
    }
    row.warnings = [told.kept for told in (*(d.sentence for d in planned.doubts), *(m.remedy for m in planned.mended))]
    row.must_be_ticked = bool(planned.doubts)
    row.cells = planned.cells
    return row


def saved(planned: Planned) -> StockImportRow:
    """With no more than the undo needs: a new vehicle's history has the rest."""
    row = _row(planned)
    changes = planned.changes if planned.before else {"status": (None, planned.after["status"])}
    row.changes = {
        column: [stock_values.kept(before), stock_values.kept(after)] for column, (before, after) in changes.items()
    }
    row.outcome = StockImportRow.Outcome.SAVED
    return row


def wrong(row: Wrong) -> StockImportRow:
    """With its cells as they are written, to be corrected."""
    cells = row.row.row.cells if row.row else {}
    return StockImportRow(
        what=StockImportRow.What.ERROR,
        line=row.row.row.line if row.row else row.problems[0].line,
        stock_id=row.row.stock_id if row.row else None,
        car=" ".join(cells.get(field, "") for field in ("make", "model", "year")).strip()[:140],
        problems=[problem(told) for told in row.problems],
        cells=cells,
    )


def problem(told: Problem) -> dict[str, Any]:
    """As it goes into a JSON column."""
    return {"line": told.line, "column": told.column, "value": told.value, "remedy": told.remedy.kept}


def _row(planned: Planned) -> StockImportRow:
    return StockImportRow(
        what=planned.what,
        line=planned.line,
        stock_id=planned.after["stock_id"],
        car=stock_values.name(planned.after)[:140],
    )
