"""What Celery does for the stock: each task may run twice, or die in the middle, and leaves nothing half done."""

import logging

from celery import current_app, shared_task
from django.db import OperationalError
from kombu.exceptions import KombuError

from inventory import progress, stock_import, stock_preview, stock_undo
from inventory.models import StockImport

logger = logging.getLogger(__name__)
_State = StockImport.State
_WORK = {_State.CHECKING: stock_preview.check, _State.SAVING: stock_import.save, _State.UNDOING: stock_undo.undo}


# Another import may be saving, and SQLite lets one write at a time.
@shared_task(autoretry_for=(OperationalError,), retry_backoff=5, max_retries=8)
def work_on_import(import_id: int) -> None:
    """Whatever the import's state asks for: check the file, save what was confirmed, undo."""
    state = StockImport.objects.filter(pk=import_id).values_list("state", flat=True).first()
    work = _WORK.get(_State(state)) if state else None
    if work is None:
        return
    progress.tell(import_id, 0, 0)
    work(import_id, lambda done, total: progress.tell(import_id, done, total))
    progress.forget(import_id)
    logger.info("Import %s is no longer %s", import_id, state)


def ring(import_id: int) -> None:
    """Ask a worker. With the broker away nothing is lost: the import's page offers to ask again."""
    try:
        work_on_import.delay(import_id)
    except _broken() as e:
        logger.warning("The broker is away (%s): import %s waits", type(e).__name__, import_id)


def _broken() -> tuple[type[BaseException], ...]:
    """What a broker that is away or hangs up is seen by: each transport has exceptions of its own."""
    return (KombuError, OSError, *current_app.connection_for_write().connection_errors)
