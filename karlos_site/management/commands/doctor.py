"""`manage.py doctor`: what works, what doesn't, and what to do about it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from karlos_site import diagnosis


class Command(BaseCommand):
    """The system checks are among what it looks at, so they do not stop it."""

    help = "Check every connection and credential, without sending anything, and say what to do."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        ill = 0
        for finding in diagnosis.findings():
            self.stdout.write(f"{'WRONG' if finding.wrong else 'ok':<6} {finding.name:<15} {finding.wrong}".rstrip())
            if finding.wrong:
                ill += 1
                self.stdout.write(f"{'':<22} {finding.advice}")
        if ill:
            raise CommandError(f"{ill} to be seen to.")
        self.stdout.write("All is well.")
