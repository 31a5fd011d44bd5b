"""An import taken back: what it changed becomes what it was, and what people edited since stays as they made it.

A vehicle that the import brought is withdrawn, not deleted: a conversation or quote may speak of it.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from inventory import stock_import as imports
from inventory import stock_values, stock_write
from inventory.kinds import Status
from inventory.models import StockImport, StockImportRow
from inventory.stock_values import Values
from inventory.stock_write import Cause

_What, _Outcome = StockImportRow.What, StockImportRow.Outcome


def undo(import_id: int, progress: Callable[[int, int], object]) -> None:
    """In one transaction, and once: nothing if it is not to be undone, or was."""
    with transaction.atomic():
        imports.wait_for_other_imports()
        stock_import = StockImport.objects.select_for_update().get(pk=import_id)
        if stock_import.state != StockImport.State.UNDOING:
            return
        rows = stock_import.rows.filter(outcome=_Outcome.SAVED)
        cause = Cause(reason=stock_import.reason_undone, user_id=stock_import.undone_by_id)
        total, done = rows.count(), 0
        for chunk in imports.in_chunks(rows):
            _take_back(chunk, cause)
            done += len(chunk)
            progress(done, total)
        stock_import.state = StockImport.State.UNDONE
        stock_import.undone_at = timezone.now()
        stock_import.save()


def _take_back(rows: list[StockImportRow], cause: Cause) -> None:
    stock = stock_values.current([row.stock_id for row in rows if row.stock_id], locked=True)
    restored: list[Values] = []
    edited: list[StockImportRow] = []
    for row in rows:
        now = stock.get(row.stock_id or 0)
        before = _before(row, now) if now else {}
        row.kept = sorted(set(_undoable(row)) - set(before))
        if now and now | before != now:
            restored.append(now | before)
        if row.kept:
            row.outcome = _Outcome.KEPT
            edited.append(row)
    stock_write.save([], restored, cause)
    StockImportRow.objects.bulk_update(edited, ["kept", "outcome"])
    imports.mark(rows, _Outcome.UNDONE, but=[row.pk for row in edited])


def _undoable(row: StockImportRow) -> dict[str, list[Any]]:
    """Column to before and after. A new vehicle came by becoming what its status says, and goes by it."""
    if row.what == _What.NEW:
        return {"status": [Status.WITHDRAWN.value, row.changes["status"][1]]}
    changes: dict[str, list[Any]] = row.changes
    return changes


def _before(row: StockImportRow, now: Values) -> Values:
    """Of each column that still is as the import left it, what it was."""
    return {
        column: stock_values.kept_again(column, before)
        for column, (before, after) in _undoable(row).items()
        if now[column] == stock_values.kept_again(column, after)
    }
