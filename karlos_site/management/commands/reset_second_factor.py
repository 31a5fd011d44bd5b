"""`manage.py reset_second_factor NAME`: when the last administrator has lost phone and backup codes."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from karlos_site import second_factor


class Command(BaseCommand):
    """For operators; in the admin an administrator does the same for others."""

    help = "Let a member of staff who lost phone and backup codes set up the second factor anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The user name, as it is written at the login.")

    def handle(self, *_args: Any, name: str, **_options: Any) -> None:
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no {name} among the staff: see the list in the admin for the names.")
        if not second_factor.forget([user]):
            self.stdout.write(f"{name} had no second factor.")
            return
        second_factor.note(user, second_factor.WAS_RESET)
        self.stdout.write(f"{name} sets up the second factor anew at the next login.")
