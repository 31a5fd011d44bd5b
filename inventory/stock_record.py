"""What an import plans and does, as rows of its own: for the preview, the report and the undo."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import JSONField

from inventory import bulk, stock_values
from inventory.models import StockImport, StockImportRow
from inventory.stock_plan import Planned, Wrong
from inventory.stock_problem import Problem

# A row's columns, where they are not blank; by their names, for they are written in bulk.
Columns = dict[str, Any]
_JSON = {field.attname for field in StockImportRow._meta.concrete_fields if isinstance(field, JSONField)}
_BLANK: Columns = {
    field.attname: field.get_default() for field in StockImportRow._meta.concrete_fields if not field.primary_key
}
_EMPTY = {column: json.dumps(_BLANK[column]) for column in _JSON}


def keep(stock_import: StockImport, rows: Iterable[Columns]) -> None:
    blank = _BLANK | _EMPTY | {"outcome": StockImportRow.Outcome.OPEN.value, "stock_import_id": stock_import.pk}
    bulk.insert(StockImportRow, list(blank), (tuple((blank | _as_json(row)).values()) for row in rows))


def _as_json(row: Columns) -> Columns:
    return {column: json.dumps(value) if column in _JSON else value for column, value in row.items()}


def previewed(planned: Planned) -> Columns:
    """With all that is needed to save it later."""
    warnings = [told.kept for told in (*(d.sentence for d in planned.doubts), *(m.remedy for m in planned.mended))]
    return _row(planned) | {
        "changes": _kept(planned.changes),
        "warnings": warnings,
        "must_be_ticked": bool(planned.doubts),
        "cells": planned.cells,
    }


def saved(planned: Planned) -> Columns:
    """With no more than the undo needs: a new vehicle's history has the rest."""
    changes = planned.changes if planned.before else {"status": (None, planned.after["status"])}
    return _row(planned) | {"changes": _kept(changes), "outcome": StockImportRow.Outcome.SAVED.value}


def wrong(row: Wrong) -> Columns:
    """With its cells as they are written, to be corrected."""
    cells = row.row.row.cells if row.row else {}
    return {
        "what": StockImportRow.What.ERROR.value,
        "line": row.row.row.line if row.row else row.problems[0].line,
        "stock_id": row.row.stock_id if row.row else None,
        "car": " ".join(cells.get(field, "") for field in ("make", "model", "year")).strip()[:140],
        "problems": [problem(told) for told in row.problems],
        "cells": cells,
    }


def problem(told: Problem) -> dict[str, Any]:
    """As it goes into a JSON column."""
    return {"line": told.line, "column": told.column, "value": told.value, "remedy": told.remedy.kept}


def _kept(changes: dict[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    return {
        column: [stock_values.kept(before), stock_values.kept(after)] for column, (before, after) in changes.items()
    }


def _row(planned: Planned) -> Columns:
    return {
        "what": planned.what.value,
        "line": planned.line,
        "stock_id": planned.after["stock_id"],
        "car": stock_values.name(planned.after)[:140],
    }
