"""The Celery application: workers and beat start from here, unless the surroundings are unsafe."""

import inspect
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging, task_prerun, worker_ready
from structlog.contextvars import bind_contextvars, clear_contextvars

from karlos_site import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karlos_site.settings")

app = Celery("karlos")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("conversations.sweep:Sweeper")


@celeryd_init.connect
@beat_init.connect
def _stop_if_unsafe(**_kwargs: Any) -> None:
    from karlos_site import checks  # noqa: PLC0415 - settings import this package before they are read

    checks.stop_if_unsafe()


@celeryd_init.connect
def _name_worker(**_kwargs: Any) -> None:
    logs.name_process("worker")


@beat_init.connect
def _name_beat(**_kwargs: Any) -> None:
    logs.name_process("beat")


@setup_logging.connect
def _keep_our_logging(**_kwargs: Any) -> None:
    """With a receiver here Celery leaves the loggers as the settings made them."""


@task_prerun.connect
def _name_task(task_id: str, task: Any, args: tuple[Any, ...], **_kwargs: Any) -> None:
    """Each line of this thread tells the task and the ids it was given, and nothing of the one before it."""
    given = zip(inspect.signature(task.run).parameters, args, strict=False)
    ids = {name: value for name, value in given if name.endswith("_id")}
    clear_contextvars()
    bind_contextvars(**ids, task=task.name.rpartition(".")[2], task_id=task_id)


@worker_ready.connect
def _make_up_for_what_was_missed(**_kwargs: Any) -> None:
    """While no worker ran, perhaps no web server did, and no day was rolled up."""
    app.send_task("conversations.tasks.collect_missed")
    app.send_task("conversations.tasks.close_days")
