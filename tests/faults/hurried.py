"""The product's settings with times that a test can wait for: its calls outside take a second there, not twenty-five."""

from karlos_site.settings import *  # noqa: F403 - a settings module that changes a few of them

LEASE_SECONDS = 10
SENDING_SECONDS = 8
LOOK_AFTER_SECONDS = 2
