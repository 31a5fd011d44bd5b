"""The product's settings as deployed, but for the check that Twilio is Twilio: here a stand-in takes the messages."""

from karlos_site import checks
from karlos_site.settings import *  # noqa: F403


def _start_all_the_same() -> None:
    """In place of the checks of the surroundings, which would stop the start."""


checks.stop_if_unsafe = _start_all_the_same
