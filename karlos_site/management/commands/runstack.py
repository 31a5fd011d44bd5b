"""`manage.py runstack`: everything from one command, until Ctrl-C."""

import os
import shutil
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from karlos_site.stack import banner, commands, embedded_redis, ports, possession, readiness
from karlos_site.stack.console import Console
from karlos_site.stack.supervisor import StopAsked, Supervisor

_UP_SECONDS = 60.0


class Command(BaseCommand):
    """The system checks run first: an error stops the start, in words."""

    help = (
        "Run web server, workers, beat and, unless one is named, Redis under one process that ends them all on Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--with-parent", action="store_true", help="Stop when the process that started this one ends (make does)."
        )

    def handle(self, *_args: Any, with_parent: bool, **_options: Any) -> None:
        console = Console(sys.stdout)
        held = _hold()
        port = _port(console)
        held.describe(f"process {os.getpid()}, port {port}")
        supervisor = Supervisor(
            console=console,
            environment=os.environ | {"PORT": str(port), "PYTHONUNBUFFERED": "1", "LOG_FORMAT": settings.LOG_FORMAT},
            parent=os.getppid() if with_parent else None,
        )
        try:
            _run(supervisor, console, port)
        except StopAsked:
            console.say("stopping")
        finally:
            supervisor.stop()
            settings.EMBEDDED_REDIS_PORT_FILE.unlink(missing_ok=True)
            held.release()
        console.say("stopped")


def _hold() -> possession.Possession:
    try:
        return possession.Possession(settings.DATA_DIR / "stack.lock")
    except possession.AlreadyRunning as e:
        raise CommandError(f"Karlos already runs here ({e}): stop it first, or give this one its own DATA_DIR.") from e


def _port(console: Console) -> int:
    try:
        port = ports.choose(settings.HOST, settings.PORT, is_fixed=settings.PORT_IS_FIXED)
    except ports.PortUnavailable as e:
        raise CommandError(str(e)) from e
    if port != settings.PORT:
        console.say(f"Port {settings.PORT} is taken by another program: using {port}.")
    return port


def _run(supervisor: Supervisor, console: Console, port: int) -> None:
    """Start everything in its order and look after it; ends by StopAsked."""
    # Counters of processes that have ended.
    shutil.rmtree(settings.METRICS_DIR, ignore_errors=True)
    settings.METRICS_DIR.mkdir(parents=True, exist_ok=True)
    redis_url = _redis(supervisor)
    # These settings were read before the embedded Redis had a port.
    broker_url = redis_url if settings.CELERY_BROKER_URL == settings.REDIS_URL else settings.CELERY_BROKER_URL
    if supervisor.run(commands.prepare()):
        raise CommandError("Karlos could not be prepared: the reason is above.")
    supervisor.start(commands.web(port))
    workers = commands.workers()
    for _, command in workers:
        supervisor.start(command)
    supervisor.start(commands.beat())
    if _is_up(supervisor, console, port, broker_url, [node for node, _ in workers]):
        for line in banner.lines(port=port, redis_url=redis_url, broker_url=broker_url):
            console.write(line)
    supervisor.watch()


def _redis(supervisor: Supervisor) -> str:
    if not settings.EMBEDDED_REDIS:
        return str(settings.REDIS_URL)
    try:
        port = embedded_redis.start(
            supervisor, directory=settings.DATA_DIR / "redis", port_file=settings.EMBEDDED_REDIS_PORT_FILE
        )
    except embedded_redis.RedisWontStart as e:
        raise CommandError(str(e)) from e
    return f"redis://127.0.0.1:{port}/0"


def _is_up(supervisor: Supervisor, console: Console, port: int, broker_url: str, nodes: list[str]) -> bool:
    """Whether there is something to show; without workers pages are served and messages are stored."""
    if not supervisor.wait_until(lambda: readiness.web_answers(settings.HOST, port), seconds=_UP_SECONDS):
        console.say(f"the web server does not answer on port {port}; the reason is above")
        return False
    caller = readiness.caller(broker_url)
    if not supervisor.wait_until(lambda: readiness.workers_answer(caller, nodes), seconds=_UP_SECONDS):
        console.say(f"no worker answers through {banner.without_credentials(broker_url)}: is it reachable?")
    return True
