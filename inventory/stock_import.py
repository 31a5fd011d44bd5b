"""A stock file into the stock, whole or not at all: what `import_vehicles` does, and what an upload that was confirmed does."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, reset_queries, transaction
from django.db.models import QuerySet
from django.utils import timezone

from inventory import stock_file, stock_record, stock_values, stock_write
from inventory.kinds import Status
from inventory.models import StockImport, StockImportRow
from inventory.stock_plan import Plan, Planned
from inventory.stock_problem import Problem, StockFileError
from inventory.stock_values import CHUNK, Values
from inventory.stock_write import Cause

__all__ = ("DoubtfulError", "Problem", "Report", "StockFileError", "import_stock", "save")

# Any number, the same in every process: one import at a time.
_LOCK = 6_202_611
# Of what is wrong or doubtful, no more is kept than anybody reads.
_TOLD_MOST = 10_000
_What, _Outcome = StockImportRow.What, StockImportRow.Outcome


class DoubtfulError(StockFileError):
    """Vehicles would change so much that somebody must say that it is right."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """How many vehicles of the file were new, changed or unchanged, and how many of the stock were withdrawn."""

    number: int
    new: int
    changed: int
    unchanged: int
    withdrawn: int
    warnings: tuple[Problem, ...]

    def __str__(self) -> str:
        counts = f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"
        return f"{counts}, {self.withdrawn} withdrawn" if self.withdrawn else counts

    @property
    def has_changed_anything(self) -> bool:
        return bool(self.new or self.changed or self.withdrawn)


def import_stock(
    path: Path,
    *,
    dry_run: bool = False,
    withdraw_missing: bool = False,
    accept_warnings: bool = False,
    progress: Callable[[int], object] | None = None,
) -> Report:
    """Plan and save in one go; a dry run saves nothing and reports the same.

    With `withdraw_missing`, what is available but not in the file is withdrawn; reserved and sold vehicles keep their status.
    `progress` is called with the number of rows done since the last call. Raises StockFileError with the problems of the file;
    DoubtfulError, unless `accept_warnings`, if a price or mileage is far from what the same vehicle had before.
    """
    file = stock_file.read(path)
    with transaction.atomic():
        wait_for_other_imports()
        stock_import = StockImport.objects.create(
            file_name=path.name[:200],
            state=StockImport.State.DONE,
            saved_at=timezone.now(),
            withdraw_missing=withdraw_missing,
        )
        told = _take(stock_import, Plan(file, locked=True), progress or _no_progress, accept_warnings=accept_warnings)
        stock_import.save()
        _count_again()
        transaction.set_rollback(dry_run)
    return Report(
        number=stock_import.pk,
        new=stock_import.new,
        changed=stock_import.changed,
        unchanged=stock_import.unchanged,
        withdrawn=stock_import.withdrawn,
        warnings=tuple(told),
    )


def _no_progress(_rows: int) -> None:
    pass


def _take(
    stock_import: StockImport, plan: Plan, progress: Callable[[int], object], *, accept_warnings: bool
) -> list[Problem]:
    """What was mended and what is doubtful. After the first problem the rest is only read, for its problems."""
    cause = Cause(reason=stock_import.reason, user_id=None)
    problems: list[Problem] = []
    warnings: list[Problem] = []
    blocking: list[Problem] = []
    for chunk in plan.chunks():
        problems += [problem for wrong in chunk.wrong for problem in wrong.problems]
        for planned in chunk.planned:
            warnings += (*planned.mended, *planned.doubted)
            if any(doubt.is_against_itself for doubt in planned.doubts) and not accept_warnings:
                blocking += planned.doubted
        if not problems:
            _save_planned(stock_import, chunk.planned, cause)
            stock_write.read_again(chunk.unchanged)
            stock_import.unchanged += len(chunk.unchanged)
        del problems[_TOLD_MOST:], warnings[_TOLD_MOST:], blocking[_TOLD_MOST:]
        progress(chunk.rows)
        reset_queries()  # which Django keeps with DEBUG: memory would grow with the file
    if problems:
        raise StockFileError(sorted(problems, key=lambda problem: problem.line))
    if blocking:
        raise DoubtfulError(blocking)
    if stock_import.withdraw_missing:
        for missing in plan.missing():
            _save_planned(stock_import, missing, cause)
    return warnings


def _save_planned(stock_import: StockImport, planned: list[Planned], cause: Cause) -> None:
    new = [row.after for row in planned if row.what == _What.NEW]
    changed = [row.after for row in planned if row.what != _What.NEW]
    stock_write.save(new, changed, cause)
    stock_record.keep(stock_import, map(stock_record.saved, planned))
    stock_import.new += len(new)
    stock_import.changed += sum(row.what == _What.CHANGED for row in planned)
    stock_import.withdrawn += sum(row.what == _What.MISSING for row in planned)


def wait_for_other_imports() -> None:
    """Until this transaction ends, on PostgreSQL; SQLite lets one transaction write at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _count_again() -> None:
    """PostgreSQL plans by what it last counted, and by itself counts a minute later: until then every search would be slow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE inventory_vehicle")


def save(import_id: int, progress: Callable[[int, int], object]) -> None:
    """What was previewed and confirmed, in one transaction; nothing if that was done before.

    What somebody changed in the stock since the preview is left as they made it, and the row says so.
    """
    with transaction.atomic():
        wait_for_other_imports()
        stock_import = StockImport.objects.select_for_update().get(pk=import_id)
        if stock_import.state != StockImport.State.SAVING:
            return
        rows = _leave_out(stock_import)
        total, done = rows.count(), 0
        cause = Cause(reason=stock_import.reason, user_id=stock_import.confirmed_by_id)
        stock_import.new = stock_import.changed = stock_import.withdrawn = 0
        for chunk in in_chunks(rows):
            _save_rows(stock_import, chunk, cause)
            done += len(chunk)
            progress(done, total)
        stock_import.state = StockImport.State.DONE
        stock_import.saved_at = timezone.now()
        stock_import.save()
        _count_again()


def _leave_out(stock_import: StockImport) -> QuerySet[StockImportRow]:
    """Mark what nobody ticked, forget what is missing and may stay; the rows that are left."""
    rows = stock_import.rows.exclude(what=_What.ERROR)
    rows.filter(must_be_ticked=True, is_ticked=False).update(outcome=_Outcome.LEFT_OUT)
    if not stock_import.withdraw_missing:
        rows.filter(what=_What.MISSING).delete()
    return rows.filter(outcome=_Outcome.OPEN)


def in_chunks(rows: QuerySet[StockImportRow]) -> Iterator[list[StockImportRow]]:
    """By stock id, so that whatever locks vehicles does it in one order."""
    last = 0
    while chunk := list(rows.filter(stock_id__gt=last).order_by("stock_id")[:CHUNK]):
        yield chunk
        last = chunk[-1].stock_id or 0


def _save_rows(stock_import: StockImport, rows: list[StockImportRow], cause: Cause) -> None:
    stock = stock_values.current([row.stock_id for row in rows if row.stock_id], locked=True)
    new: list[Values] = []
    changed: list[Values] = []
    overtaken: list[int] = []
    for row in rows:
        before = stock.get(row.stock_id or 0)
        if not _still_holds(row, before):
            overtaken.append(row.pk)
        elif before is None:
            new.append(stock_values.BLANK | _after(row))
        else:
            changed.append(before | _after(row))
            stock_import.withdrawn += row.what == _What.MISSING
            stock_import.changed += row.what == _What.CHANGED
    stock_import.new += len(new)
    stock_write.save(new, changed, cause)
    mark(rows, _Outcome.SAVED, but=overtaken)
    StockImportRow.objects.filter(pk__in=overtaken).update(outcome=_Outcome.OVERTAKEN)


def mark(rows: Iterable[StockImportRow], outcome: StockImportRow.Outcome, *, but: Iterable[int]) -> None:
    others = {row.pk for row in rows}.difference(but)
    StockImportRow.objects.filter(pk__in=others).update(outcome=outcome)


def _still_holds(row: StockImportRow, now: Values | None) -> bool:
    """Whether the vehicle is still what the preview said it was, where the import would change it."""
    if now is None:
        return row.what == _What.NEW
    if row.what == _What.NEW:
        return False
    if row.what == _What.MISSING and now["status"] != Status.AVAILABLE:
        return False
    return all(
        now[column] == stock_values.kept_again(column, before) for column, (before, _after) in row.changes.items()
    )


def _after(row: StockImportRow) -> Values:
    return {column: stock_values.kept_again(column, after) for column, (_before, after) in row.changes.items()}
