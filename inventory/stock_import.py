"""A stock file into the stock: every row good or nothing saved, and a second time changes nothing.

The file is the truth for the columns it has, blanks included; columns it lacks stay as they are. The status alone is shared with
staff: a blank one keeps what they set, except that a withdrawn vehicle which is in the file again becomes available.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from inventory import stock_cells, stock_file
from inventory.models import Vehicle
from inventory.models.vehicle import READINGS
from inventory.stock_cells import CellError, Value
from inventory.stock_file import Problem, Row, StockFile, StockFileError

__all__ = ("Problem", "Report", "StockFileError", "import_stock")

_BATCH = 500
_SHOWN = 60
# Any number, the same in every process: one import at a time.
_LOCK = 6_202_611


@dataclass(frozen=True, kw_only=True)
class Report:
    """How many vehicles of the file were new, changed or unchanged, and how many of the stock were withdrawn."""

    new: int
    changed: int
    unchanged: int
    withdrawn: int
    warnings: tuple[Problem, ...]

    def __str__(self) -> str:
        counts = f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"
        return f"{counts}, {self.withdrawn} withdrawn" if self.withdrawn else counts


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """The vehicles of a file in which nothing is wrong, by stock id."""

    values: dict[int, dict[str, Value]]
    warnings: tuple[Problem, ...]


def import_stock(
    path: Path,
    *,
    dry_run: bool = False,
    withdraw_missing: bool = False,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Save the file's vehicles; a dry run saves nothing and reports the same.

    With `withdraw_missing`, what is available but not in the file is withdrawn; reserved and sold vehicles keep their status.
    `progress` is called with the number of rows done since the last call. Raises StockFileError with every problem of the file.
    """
    checked = _check(stock_file.read(path), progress or _no_progress)
    with transaction.atomic():
        _wait_for_other_imports()
        report = _save(checked, withdraw_missing=withdraw_missing)
        transaction.set_rollback(dry_run)
    return report


def _no_progress(_rows: int) -> None:
    pass


def _check(file: StockFile, progress: Callable[[int], object]) -> _Checked:
    values: dict[int, dict[str, Value]] = {}
    lines: dict[int, int] = {}
    problems, warnings = list(file.problems), []
    for row in file.rows:
        vehicle, wrong, warned = _read(row, file.headings)
        problems += wrong
        warnings += warned
        stock_id = vehicle.get("stock_id")
        if isinstance(stock_id, int):
            if stock_id in lines:
                problems.append(_twice(row, file.headings, stock_id, lines[stock_id]))
            lines.setdefault(stock_id, row.line)
            values[stock_id] = vehicle
        progress(1)
    if problems:
        raise StockFileError(sorted(problems, key=lambda problem: problem.line))
    return _Checked(values=values, warnings=tuple(warnings))


def _read(row: Row, headings: dict[str, str]) -> tuple[dict[str, Value], list[Problem], list[Problem]]:
    """The row's values, what is wrong with it and what was mended."""
    vehicle: dict[str, Value] = {}
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for field, written in row.cells.items():
        place = functools.partial(Problem, line=row.line, column=headings[field], value=_short(written))
        try:
            vehicle[field] = stock_cells.value(field, written)
        except CellError as e:
            problems.append(place(remedy=str(e)))
        if stock_cells.is_formula(field, written):
            warnings.append(place(remedy="it looks like a formula: the signs before it were left out."))
    return vehicle, problems, warnings


def _twice(row: Row, headings: dict[str, str], stock_id: int, line: int) -> Problem:
    remedy = f"line {line} has the same stock id: every vehicle needs its own."
    return Problem(line=row.line, column=headings["stock_id"], value=str(stock_id), remedy=remedy)


def _short(written: str) -> str:
    text = " ".join(written.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _wait_for_other_imports() -> None:
    """Until this transaction ends, on PostgreSQL; SQLite lets one transaction write at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _save(checked: _Checked, *, withdraw_missing: bool) -> Report:
    stock = {vehicle.stock_id: vehicle for vehicle in Vehicle.objects.select_for_update()}
    new = [_new(values) for stock_id, values in checked.values.items() if stock_id not in stock]
    known = [(stock[stock_id], values) for stock_id, values in checked.values.items() if stock_id in stock]
    changed = [vehicle for vehicle, values in known if _take(vehicle, values)]
    gone = (
        [vehicle for stock_id, vehicle in stock.items() if stock_id not in checked.values] if withdraw_missing else []
    )
    withdrawn = [vehicle for vehicle in gone if vehicle.status == Vehicle.Status.AVAILABLE]
    for vehicle in withdrawn:
        vehicle.status = Vehicle.Status.WITHDRAWN
    Vehicle.objects.bulk_create(new, batch_size=_BATCH)
    _update(changed + withdrawn)
    _read_again([vehicle for vehicle, _ in known])
    return Report(
        new=len(new),
        changed=len(changed),
        unchanged=len(known) - len(changed),
        withdrawn=len(withdrawn),
        warnings=checked.warnings,
    )


def _new(values: dict[str, Value]) -> Vehicle:
    vehicle = Vehicle(**{field: value for field, value in values.items() if field != "status" or value})
    vehicle.read()
    return vehicle


def _take(vehicle: Vehicle, values: dict[str, Value]) -> bool:
    """Whether anything differed; a vehicle that is in the file again is no longer withdrawn."""
    wanted = {field: value for field, value in values.items() if field != "status" or value}
    if vehicle.status == Vehicle.Status.WITHDRAWN:
        wanted.setdefault("status", Vehicle.Status.AVAILABLE)
    differing = {field: value for field, value in wanted.items() if getattr(vehicle, field) != value}
    for field, value in differing.items():
        setattr(vehicle, field, value)
    return bool(differing)


def _update(vehicles: list[Vehicle]) -> None:
    now = timezone.now()
    for vehicle in vehicles:
        vehicle.updated_at = now
    Vehicle.objects.bulk_update(vehicles, ["updated_at", *stock_file.HEADINGS], batch_size=_BATCH)


def _read_again(vehicles: list[Vehicle]) -> None:
    """What trim and model tell may have changed with the vehicle, or with the words of readings.toml."""
    differing = []
    for vehicle in vehicles:
        before = _readings(vehicle)
        vehicle.read()
        if before != _readings(vehicle):
            differing.append(vehicle)
    Vehicle.objects.bulk_update(differing, READINGS, batch_size=_BATCH)


def _readings(vehicle: Vehicle) -> list[object]:
    return [getattr(vehicle, field) for field in READINGS]
