"""Puts the clock of a Python process three minutes ahead, when this folder is on its PYTHONPATH."""

from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(minutes=3), tick=True).start()
