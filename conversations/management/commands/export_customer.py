"""`manage.py export_customer NUMBER`: everything there is about a customer, as one archive."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations import disclosure
from conversations.models import Customer


def the_one(known_by: str) -> Customer:
    """The customer who is meant. Raises CommandError."""
    found = disclosure.find(known_by)
    if not found:
        raise CommandError("Nobody has this number or id.")
    if len(found) > 1:
        numbers = ", ".join(str(customer.pk) for customer in found)
        raise CommandError(f"Several customers have it: name one by their own number ({numbers}).")
    return found[0]


class Command(BaseCommand):
    """For operators; in the admin managers do the same from the conversation."""

    help = "Write everything there is about a customer into one archive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("known_by", help="Phone, business-scoped id, or the customer's own number in the admin.")
        parser.add_argument("--output", type=Path, help="Where to write it; customer-<number>.zip here unless given.")

    def handle(self, *_args: Any, known_by: str, output: Path | None, **_options: Any) -> None:
        customer = the_one(known_by)
        path = output or Path(f"customer-{customer.pk}.zip")
        if path.exists():
            raise CommandError(f"{path} exists already: name another with --output.")
        path.touch(mode=0o600)
        path.write_bytes(disclosure.archive(customer))
        self.stdout.write(f"All there is about customer {customer.pk} is in {path}.")
