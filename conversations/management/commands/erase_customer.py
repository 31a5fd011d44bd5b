"""`manage.py erase_customer NUMBER`: a customer is erased, here and at Twilio, and what is left is searched for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations import erasure
from conversations.management.commands.export_customer import the_one
from conversations.models import Erasure


class Command(BaseCommand):
    """For operators; in the admin managers do the same from the conversation."""

    help = "Erase a customer for ever: database, files, cache, and what Twilio holds. Ends with a search that finds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("known_by", help="Phone, business-scoped id, or the customer's own number in the admin.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *_args: Any, known_by: str, yes: bool, **_options: Any) -> None:
        customer = the_one(known_by)
        if not yes and input(f"Erase customer {customer.pk} for ever? Type {customer.pk}: ") != str(customer.pk):
            raise CommandError("Nothing was erased.")
        begun = erasure.begin(customer)
        for label, count in begun.erased.items():
            self.stdout.write(f"{label}: {count}")
        erasure.finish(begun.pk)
        self._tell(Erasure.objects.get(pk=begun.pk))

    def _tell(self, ended: Erasure) -> None:
        if ended.finished_at is None:
            reason = ended.problem or "A message was just being sent."
            raise CommandError(f"Erased here, not at Twilio yet: {reason} Workers go on by themselves.")
        if ended.left:
            raise CommandError("\n".join(["Erased, but the search still found something:", *ended.left]))
        self.stdout.write(f"Customer {ended.customer_number} is erased, at Twilio too. The search finds nothing.")
