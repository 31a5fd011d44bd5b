"""The commands of the stack, as an operator would type them."""

import os
import socket
import sys

from django.conf import settings

from karlos_site.stack.child import Command


def prepare() -> Command:
    return _python("prepare", "manage.py", "prepare")


def web(port: int) -> Command:
    """For granian a connection that is kept open counts as one in hand, even while it asks nothing: few would shut others out."""
    where = ["--host", settings.HOST, "--port", str(port)]
    size = ["--workers", str(settings.WEB_PROCESSES), "--blocking-threads", str(settings.WEB_THREADS)]
    limits = ["--backlog", "1024", "--backpressure", "1024", "--http1-header-read-timeout", "10000"]
    limits += ["--workers-kill-timeout", "15", "--respawn-failed-workers", "--respawn-interval", "1"]
    manner = ["--interface", "wsgi", "--http", "1", "--no-ws", "--no-access-log", "--log-level", "error"]
    return _python("web", "-m", "granian", *manner, *where, *size, *limits, "karlos_site.wsgi:application")


def workers() -> list[tuple[str, Command]]:
    """Each with its Celery node name, the same on no other machine and in no other stack."""
    return [_worker(number) for number in range(1, settings.WORKER_PROCESSES + 1)]


def _worker(number: int) -> tuple[str, Command]:
    name = "worker" if settings.WORKER_PROCESSES == 1 else f"worker{number}"
    node = f"karlos-{os.getpid()}-{number}@{socket.gethostname()}"
    pool = ["--pool", "threads", "--concurrency", str(settings.WORKER_THREADS)]
    return node, _celery(name, "worker", "-n", node, *pool, "--without-gossip", "--without-mingle", "-l", "warning")


def beat() -> Command:
    return _celery("beat", "beat", "--pidfile=", "-l", "warning")


def _celery(name: str, *words: str) -> Command:
    # It warns that root could be had through pickled tasks; ours are JSON only.
    return _python(
        name, "-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A", "karlos_site", *words
    )


def _python(name: str, *words: str) -> Command:
    return Command(name=name, words=[sys.executable, *words], directory=settings.ROOT)
