"""`manage.py serve web|worker|beat`: one process of Karlos, for systemd, containers and whatever else keeps processes running."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from karlos_site.stack import commands
from karlos_site.stack.child import Command as Program


class Command(BaseCommand):
    """Becomes that process: whoever started this has it under the same id, and its signals reach it."""

    help = "Become the web server, a worker or beat. `runstack` runs all of them; this is for who keeps them apart."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("process", choices=("web", "worker", "beat"))

    def handle(self, *_args: Any, process: str, **_options: Any) -> None:
        if settings.EMBEDDED_REDIS:
            raise CommandError("Name a Redis (REDIS_URL): the embedded one belongs to `runstack`.")
        program = _program(process)
        os.chdir(program.directory)
        os.execv(program.words[0], list(program.words))  # noqa: S606 - our own command


def _program(process: str) -> Program:
    if process == "web":
        return commands.web(settings.PORT)
    return commands.beat() if process == "beat" else commands.workers()[0][1]
