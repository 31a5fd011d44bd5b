"""Programs that the trial starts: each in a process group of its own, and none outlives the trial, however that ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
_LIFELINE = str(ROOT / "karlos_site" / "stack" / "lifeline.py")


def eventually(holds: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it comes to hold within that time."""
    ends_at = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


class Lifeline:
    """A pipe whose writing end only the trial holds: when it closes, everything that the trial started is killed."""

    def __init__(self) -> None:
        self.reading_end, self._held_end = os.pipe()


@dataclass
class Process:
    """A program, started, killed and started again; what it writes goes to a file."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    lifeline: Lifeline
    log: Path
    directory: Path = ROOT
    born: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self) -> None:
        with self._lock, self.log.open("ab") as log:
            self._process = self._spawn(log)
            self.born += 1

    def _spawn(self, log: IO[bytes]) -> "subprocess.Popen[bytes]":
        end = self.lifeline.reading_end
        return subprocess.Popen(
            [sys.executable, "-I", "-S", _LIFELINE, str(end), *self.words],
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[end],
            start_new_session=True,
        )

    @property
    def group(self) -> int:
        return self._process.pid if self._process is not None else 0

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process is not None else None

    def signal_group(self, number: signal.Signals) -> None:
        """To the program and everything that it started."""
        with self._lock:
            if self._process is not None and self.is_running():
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL, and its end is awaited."""
        with self._lock:
            if self._process is not None:
                self.signal_group(signal.SIGKILL)
                self._process.wait()

    def ask_to_end(self, number: signal.Signals = signal.SIGTERM) -> None:
        with self._lock:
            if self._process is not None and self.is_running():
                self._process.send_signal(number)

    def end(self, *, seconds: float = 10, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and kill what does not in that time."""
        self.ask_to_end(number)
        eventually(lambda: not self.is_running(), seconds=seconds)
        self.kill()
