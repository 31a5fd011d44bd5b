"""An uploaded file, checked against the stock and laid out row by row, so that staff can look before anything is saved."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from django.db import transaction
from django.db.models import F

from inventory import stock_file, stock_record
from inventory.models import StockImport, StockImportRow
from inventory.stock_plan import Plan
from inventory.stock_problem import StockFileError

_State = StockImport.State


class _Superseded(Exception):
    """Another worker checks this file by now."""


def check(import_id: int, progress: Callable[[int, int], object]) -> None:
    """The rows of the preview; or, of a file that is no stock, why not. Begins anew what a worker that died left unfinished."""
    checked = StockImport.objects.filter(pk=import_id, state=_State.CHECKING)
    if not checked.update(attempt=F("attempt") + 1, new=0, changed=0, unchanged=0):
        return
    stock_import = StockImport.objects.get(pk=import_id)
    stock_import.rows.all().delete()
    try:
        _lay_out(stock_import, progress)
    except StockFileError as e:
        stock_import.problems = [stock_record.problem(problem) for problem in e.problems]
        _end(stock_import, _State.REFUSED)
    except _Superseded:
        return


def _lay_out(stock_import: StockImport, progress: Callable[[int, int], object]) -> None:
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(bytes(stock_import.content or b""))
        copy.flush()
        file = stock_file.read(Path(copy.name), stock_import.file_name)
        stock_import.headings = list(file.headings.items())
        plan = Plan(file)
        done = 0
        for chunk in plan.chunks():
            rows = [stock_record.previewed(planned) for planned in chunk.planned]
            _keep(stock_import, rows + [stock_record.wrong(wrong) for wrong in chunk.wrong])
            stock_import.new += sum(row.what == StockImportRow.What.NEW for row in chunk.planned)
            stock_import.changed += sum(row.what == StockImportRow.What.CHANGED for row in chunk.planned)
            stock_import.unchanged += len(chunk.unchanged)
            done += chunk.rows
            progress(done, 0)
    stock_import.can_withdraw = plan.knows_every_vehicle
    if stock_import.can_withdraw:
        for missing in plan.missing():
            _keep(stock_import, map(stock_record.previewed, missing))
            progress(done, 0)
    _end(stock_import, _State.READY)


def _keep(stock_import: StockImport, rows: Iterable[stock_record.Columns]) -> None:
    """Unless another worker began after us."""
    with transaction.atomic():
        _own(stock_import)
        stock_record.keep(stock_import, rows)


def _own(stock_import: StockImport) -> None:
    ours = StockImport.objects.select_for_update().filter(pk=stock_import.pk, attempt=stock_import.attempt)
    if not ours.filter(state=_State.CHECKING).exists():
        raise _Superseded


def _end(stock_import: StockImport, state: StockImport.State) -> None:
    with transaction.atomic():
        _own(stock_import)
        stock_import.state = state
        stock_import.content = None
        stock_import.save()
