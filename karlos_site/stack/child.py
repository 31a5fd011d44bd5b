"""One process of the stack: its command, its output, its end and its next start."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from karlos_site.stack.console import Console

_LIFELINE = str(Path(__file__).with_name("lifeline.py"))
_FIRST_DELAY_SECONDS = 0.5
_MOST_DELAY_SECONDS = 30.0
_STEADY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Command:
    """What to run and where; the name stands before each line of its output."""

    name: str
    words: Sequence[str]
    directory: Path


class Child:
    """A command that runs in a process group of its own, behind a lifeline."""

    def __init__(self, command: Command, *, lifeline: int, environment: dict[str, str], console: Console) -> None:
        self.name = command.name
        self._command = command
        self._lifeline = lifeline
        self._environment = environment
        self._console = console
        self._delay_seconds = _FIRST_DELAY_SECONDS
        self.restart_at: float | None = None
        self.start()

    def start(self) -> None:
        self.restart_at = None
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, "-I", "-S", _LIFELINE, str(self._lifeline), *self._command.words],
            cwd=self._command.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[self._lifeline],
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - for the type checker: a pipe was asked for
        self._reader = threading.Thread(target=self._pass_on, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _pass_on(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._console.say(line.decode(errors="replace").rstrip(), self.name)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def exit_code(self) -> int | None:
        return self._process.poll()

    def epitaph(self) -> str:
        code = self._process.returncode
        number = -code if code < 0 else code - 128
        if number in {s.value for s in signal.Signals}:
            return f"was ended by {signal.Signals(number).name}"
        return f"ended with exit code {code}"

    def plan_restart(self) -> float:
        """Seconds until the next start: half a second, doubled while it doesn't stay up."""
        self.kill()
        if time.monotonic() - self._started_at > _STEADY_SECONDS:
            self._delay_seconds = _FIRST_DELAY_SECONDS
        wait_seconds = self._delay_seconds
        self._delay_seconds = min(self._delay_seconds * 2, _MOST_DELAY_SECONDS)
        self.restart_at = time.monotonic() + wait_seconds
        return wait_seconds

    def terminate(self) -> None:
        """Ask the command to end; it finishes what it has in hand."""
        if self.is_running():
            self._process.terminate()

    def kill(self) -> None:
        """End the whole group, also what the command left behind when it died."""
        # macOS says "permission" of a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def drain(self) -> None:
        """Let the last lines through."""
        self._reader.join(timeout=1)
