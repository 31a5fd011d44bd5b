"""Puts the WhatsApp number on Twilio's Conversations, with its events coming here, or takes it off again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.whatsapp import Refused, Unreachable, conversations, transport


class Command(BaseCommand):
    help = (
        "Bring the WhatsApp number's messages here by Twilio's Conversations: makes or mends its address configuration."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--remove", action="store_true", help="Take the number off Conversations, for Programmable Messaging."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        number = settings.TWILIO_WHATSAPP_NUMBER
        try:
            if options["remove"]:
                conversations.remove()
            else:
                conversations.configure()
        except (Unreachable, Refused) as e:
            raise CommandError(str(e)) from e
        if options["remove"]:
            self.stdout.write(f"{number} is no longer on Conversations: set TWILIO_TRANSPORT=messaging.")
            return
        self.stdout.write(f"{number} brings its messages to {conversations.webhook()}.")
        if not transport.is_conversations():
            self.stdout.write("Set TWILIO_TRANSPORT=conversations as well: until then they are refused.")
