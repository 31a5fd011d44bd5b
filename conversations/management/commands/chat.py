"""`manage.py chat`: talk to Karlos in the terminal, through the same turn that WhatsApp messages take."""

import contextlib
import json
import logging
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assistant.models import AssistantSettings
from conversations import terminal
from conversations.models import Customer

_HELP = "/new: a new customer · /history: what was said · /quit: leave"


class Command(BaseCommand):
    """Reads the customer's messages and prints Karlos's answers; no other process is needed."""

    help = "Talk to Karlos in the terminal; no other process is needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json",
            action="store_true",
            dest="as_json",
            help="read one customer message per line and print one JSON object per answer",
        )

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        with terminal.quiet(logging.WARNING):
            if as_json:
                self._answer_lines()
            else:
                self._converse()

    def _answer_lines(self) -> None:
        """One object a line; `/new` alone on a line begins with a new customer and prints nothing."""
        customer = terminal.new_customer(uuid.uuid4().hex)
        for line in sys.stdin:
            text = line.strip()
            if text == "/new":
                customer = terminal.new_customer(uuid.uuid4().hex)
            elif text:
                spoken = self._exchange(customer, text)
                self.stdout.write(json.dumps(spoken.as_data(), ensure_ascii=False))
                self.stdout.flush()

    def _converse(self) -> None:
        customer = terminal.customer("local")
        self.stdout.write(f"{AssistantSettings.current().name} · {_HELP}")
        for text in self._typed():
            if text == "/new":
                customer = terminal.new_customer("local")
                self.stdout.write("A new customer.")
            elif text == "/history":
                for author, said in terminal.history(customer):
                    self.stdout.write(f"{author}: {said}")
            elif text == "/help":
                self.stdout.write(_HELP)
            else:
                spoken = self._exchange(customer, text)
                self.stdout.write(self.style.SUCCESS(spoken.reply or "(no answer: a person has the conversation)"))
                for address in spoken.documents:
                    self.stdout.write(f"  {address}")
                self.stdout.write(
                    self.style.HTTP_INFO(f"  {spoken.model or 'nobody'} · {', '.join(spoken.tools) or 'no tools'}")
                )

    def _typed(self) -> Iterator[str]:
        """What is typed, with a line history where the terminal has one, until /quit, Ctrl-D or Ctrl-C."""
        with contextlib.suppress(ImportError):  # makes input() remember lines; not on every platform
            import readline  # noqa: F401, PLC0415
        while True:
            try:
                text = input("> ").strip()
            except (EOFError, KeyboardInterrupt):
                self.stdout.write("")
                return
            if text == "/quit":
                return
            if text:
                yield text

    def _exchange(self, customer: Customer, text: str) -> terminal.Exchange:
        try:
            return terminal.exchange(customer, text)
        except terminal.NotAnswered as e:
            raise CommandError(str(e)) from e
