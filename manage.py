#!/usr/bin/env python
"""Django's command line for Karlos."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "karlos_site.settings")
    try:
        settings.DEBUG  # noqa: B018 - reads the settings: what they do not understand is said here, without a traceback
    except ImproperlyConfigured as e:
        sys.exit(str(e))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
