"""Every worker looks for itself for what is due: a ring, a broker, beat or another worker that is lost costs one look."""

import logging
import threading
import time
from typing import Any

from celery import bootsteps
from django.conf import settings
from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now

from conversations import attachments, deadlines, delivery, metrics, patience, proposals, tasks
from conversations.models import Customer

logger = logging.getLogger(__name__)

MOST = 500

# A task, and whom or what it is about.
Work = tuple[Any, int]


def look() -> list[Work]:
    """Do what takes no time, and tell the rest: what is due and nobody works on, the longest waiting of each kind first."""
    patience.ask_for(MOST)
    proposals.hand_over_overdue(MOST)
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    customers = Customer.objects.filter(free, due_at__lte=Now(), channel=Customer.Channel.WHATSAPP)
    return [
        *((tasks.deliver_message, message_id) for message_id in delivery.due(MOST)),
        *((tasks.keep_deadline, handoff_id) for handoff_id in deadlines.due(MOST)),
        *((tasks.fetch_attachment, attachment_id) for attachment_id in attachments.due(MOST)),
        *((tasks.answer_customer, pk) for pk in customers.order_by("due_at").values_list("pk", flat=True)[:MOST]),
    ]


class Sweeper(bootsteps.StartStopStep):
    """Part of a Celery worker, on a thread of its own that needs no broker; the worker's own threads do the work."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._over = threading.Event()
        # Handing over more than there are threads would only keep it from other workers.
        self._hands = threading.Semaphore(worker.concurrency)
        self._pool: Any = None
        self._thread = threading.Thread(target=self._sweep_always, name="sweeper", daemon=True)

    def start(self, parent: Any) -> None:
        self._pool = parent.pool
        self._thread.start()
        logger.info("Looking every %s s for what is due", settings.SWEEP_SECONDS)

    def stop(self, parent: Any) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def terminate(self, parent: Any) -> None:
        """As when Celery is asked to end for the second time."""
        self.stop(parent)

    def _sweep_always(self) -> None:
        look_at = time.monotonic()
        while not self._over.wait(look_at - time.monotonic()):
            look_at = time.monotonic() + settings.SWEEP_SECONDS
            for task, argument in self._look():
                if self._over.is_set() or not self._hands.acquire(timeout=max(0.0, look_at - time.monotonic())):
                    break
                self._pool.apply_async(self._do, (task, argument), callback=_nothing)

    def _look(self) -> list[Work]:
        metrics.SWEEPS.inc()
        try:
            return look()
        except Exception:  # the next look may find the database again
            logger.exception("What is due is not known")
            return []
        finally:
            connections.close_all()

    def _do(self, task: Any, argument: int) -> None:
        try:
            task.apply(args=(argument,))
        finally:
            connections.close_all()
            self._hands.release()


def _nothing(_result: object) -> None:
    """Celery's pool calls back."""
