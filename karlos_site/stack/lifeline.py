"""Runs one command that must not outlive the supervisor: `python lifeline.py FD COMMAND...`, as leader of its own process group.

FD is the reading end of a pipe whose other end only the supervisor holds. However the supervisor dies, SIGKILL included,
the pipe closes and the whole group is killed. A file of its own, without Django, so that it starts in milliseconds.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType


def _die_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(lifeline: int, command: list[str]) -> int:
    """The command's exit code; 128 + n when signal n ended it."""
    child = subprocess.Popen(command)  # noqa: S603 - the supervisor's own words

    def forward(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, forward)
    threading.Thread(target=_die_with, args=(lifeline,), daemon=True).start()
    code = child.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
