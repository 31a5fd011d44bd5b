"""Karlos's programs, run for real, in surroundings that a test chooses."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

# A production that lacks nothing.
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "x9Fk2mQ7vR4tB8nL1pW6zC3hJ5dG0sYaUeOiTbNqXwEr-_VyHgKj",
    "DATABASE_URL": "postgres://karlos@127.0.0.1:1/karlos",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PUBLIC_BASE_URL": "https://karlos.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
    "TWILIO_AUTH_TOKEN": "a-token",
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:+14155238886",
    "OPENAI_API_KEY": "a-key",
}


def surroundings(data_dir: Path, **variables: str) -> dict[str, str]:
    """Nothing of this process's own environment but where programs are found."""
    bare = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATA_DIR": str(data_dir), "LANG": "C.UTF-8"}
    return bare | variables


def run(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def eventually(holds: Callable[[], bool], *, seconds: float = 120) -> bool:
    ends_at = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


def processes() -> dict[int, tuple[int, int, str]]:
    """Parent, group and command line of every process that runs."""
    listing = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,pgid=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 4) for line in listing.stdout.splitlines())
    return {int(row[0]): (int(row[1]), int(row[2]), row[4]) for row in rows if len(row) == 5 and row[3][0] != "Z"}


@dataclass
class Program:
    """A program that goes on running; what it writes is kept."""

    words: list[str]
    environment: dict[str, str]
    lines: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.words,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(timeout=5)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def says(self, pattern: str, *, seconds: float = 120) -> bool:
        """Whether a line with this pattern comes, or has come."""
        return eventually(
            lambda: any(re.search(pattern, line) for line in self.lines) or self.process.poll() is not None,
            seconds=seconds,
        ) and any(re.search(pattern, line) for line in self.lines)

    def output(self) -> str:
        return "\n".join(self.lines)

    def groups(self) -> set[int]:
        """The process groups of the children."""
        return {pid for pid, (parent, _, _) in processes().items() if parent == self.process.pid}

    def pid_of(self, fragment: str) -> int:
        """The process that a lifeline with this in its command line started; Celery's own command line is a title."""
        running = processes()
        own = self.process.pid
        leader = next(pid for pid, (parent, _, words) in running.items() if parent == own and fragment in words)
        return next(pid for pid, (parent, _, _) in running.items() if parent == leader)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=120)


def left_of(groups: set[int]) -> list[str]:
    return [words for _, group, words in processes().values() if group in groups]


def stack(data_dir: Path, port: int | None = None, **variables: str) -> Program:
    own = {"PORT": str(port)} if port else {}
    return Program([sys.executable, "manage.py", "runstack"], surroundings(data_dir, **own, **variables))


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
