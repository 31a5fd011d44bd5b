"""`manage.py prepare`: what must be there before anything runs; again and again without harm."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from assistant import dealership
from inventory import stock_import
from inventory.models import Vehicle
from karlos_site import roles
from karlos_site.stack import possession

_SAMPLE_STOCK = Path("fixtures") / "vehicles.csv"
_STAFF_NAME = "karlos"


class Command(BaseCommand):
    """Two at once wait for each other."""

    help = (
        "Bring the database up to date and, where they are missing, make example texts; while DEBUG is on also a staff user "
        "and sample stock."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        with possession.one_at_a_time(settings.DATA_DIR / "prepare.lock"):
            settings.MEDIA_ROOT.mkdir(exist_ok=True)
            self._database()
            roles.seed()
            if not settings.DEBUG:
                call_command("collectstatic", interactive=False, verbosity=0)
            self._stock()
            self._dealership()
            self._staff()

    def _database(self) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as e:
            raise CommandError(f"The database does not answer; is DATABASE_URL right? {e}") from e
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write("The database is up to date.")

    def _stock(self) -> None:
        """Sample stock is for trying Karlos out: never where DEBUG is off."""
        if not settings.DEBUG or Vehicle.objects.exists():
            return
        try:
            report = stock_import.import_stock(settings.ROOT / _SAMPLE_STOCK)
        except stock_import.StockFileError as e:
            raise CommandError(f"The sample stock cannot be loaded: {e}") from e
        self.stdout.write(f"{report.new} sample vehicles loaded from {_SAMPLE_STOCK}.")

    def _dealership(self) -> None:
        if made := dealership.start_from_examples():
            self.stdout.write(f"{made} example texts about the dealership made; staff replace them in the admin.")

    def _staff(self) -> None:
        users = get_user_model().objects
        staff = users.filter(is_superuser=True).order_by("pk").first()
        if staff:
            name = staff.get_username()
            self.stdout.write(f"The staff user {name} exists; to set a new password: manage.py changepassword {name}")
            return
        if not settings.DEBUG:  # a password that was printed would stand in logs, and might stay
            self.stdout.write("Nobody can log in yet: manage.py createsuperuser makes the first administrator.")
            return
        password = secrets.token_urlsafe(12)
        users.create_superuser(_STAFF_NAME, password=password)
        self.stdout.write(f"Staff user made. Name: {_STAFF_NAME}  Password: {password}  (shown only this once)")
