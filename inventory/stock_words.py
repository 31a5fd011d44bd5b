"""What an import does to a vehicle, in words for staff: each field with what it was and what it becomes."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inventory import stock_values, values
from inventory.models import StockImportRow
from inventory.stock_file import HEADINGS

# A new vehicle is known by these; the rest only if it is recorded.
_NAMED = {"stock_id", "make", "model", "year"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """`before` is empty of a new vehicle."""

    field: str
    label: str
    before: str
    after: str


def changes(row: StockImportRow) -> list[Change]:
    """Of a new vehicle what is recorded, apart from its name."""
    told = {field: row.changes[field] for field in HEADINGS if field in row.changes}
    if row.what == StockImportRow.What.NEW:
        recorded = {field: after for field, (_before, after) in told.items() if field not in _NAMED and after != ""}
        return [_change(field, "", _said(field, after)) for field, after in recorded.items()]
    return [_change(field, _said(field, before), _said(field, after)) for field, (before, after) in told.items()]


def _change(field: str, before: str, after: str) -> Change:
    return Change(field=field, label=values.label(field), before=before, after=after)


def _said(field: str, kept: Any) -> str:
    return values.shown(field, stock_values.kept_again(field, kept))


def remarks(row: StockImportRow) -> list[str]:
    """What is wrong with it, doubtful, mended or kept."""
    told = [f"{_place(problem)}{problem['remedy']}" for problem in row.told_problems()]
    told += row.told_warnings()
    if row.kept:
        told.append(_("Edited since, and kept: %(fields)s.") % {"fields": ", ".join(map(values.label, row.kept))})
    return told


def _place(problem: dict[str, Any]) -> str:
    said = [part for part in (problem["column"], f"«{problem['value']}»" if problem["value"] else "") if part]
    return f"{' '.join(said)}: " if said else ""
