"""The Celery application: workers and beat start from here, unless the surroundings are unsafe."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, celeryd_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karlos_site.settings")

app = Celery("karlos")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def _stop_if_unsafe(**_kwargs: Any) -> None:
    from karlos_site import checks  # noqa: PLC0415 - settings import this package before they are read

    checks.stop_if_unsafe()


@worker_ready.connect
def _look_for_what_was_missed(**_kwargs: Any) -> None:
    """While no worker ran, perhaps no web server did."""
    app.send_task("conversations.tasks.collect_missed")
