"""Where every benchmark is held: a PostgreSQL and a Redis of its own on loopback, and the product's processes as they are deployed."""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from karlos_site.stack import ports
from tests.faults.processes import ROOT, Lifeline, Process, eventually
from tests.faults.servers import Postgres, Redis

ACCOUNT = "AC" + "b" * 32
TOKEN = "the token of the benchmark"
NUMBER = "whatsapp:+14155238886"
PUBLIC = "https://karlos.example.com"

_UP_SECONDS = 180.0
_LONGEST_SECONDS = 3600.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Stage:
    """Servers, a directory, and the processes that were started."""

    directory: Path
    lifeline: Lifeline = field(default_factory=Lifeline)
    started: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.postgres = Postgres(self.directory, self.lifeline)
        self.redis = Redis(self.directory, self.lifeline)
        self.postgres.start()
        self.redis.start()

    def database(self, name: str, *, like: str = "template1") -> str:
        """The address of an empty database, or of one that has what another has."""
        with psycopg.connect(self.database_url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.database_url(name)

    def database_url(self, name: str) -> str:
        """The address of one that is there."""
        return self.postgres.url.removesuffix("karlos") + name

    def environment(self, **variables: str) -> dict[str, str]:
        """Of a process of the product in production, talking to nobody outside."""
        own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.directory), "ENV_FILE": os.devnull}
        own |= {"DEBUG": "false", "SECRET_KEY": "a key of the benchmark, long enough to be taken for one" * 2}
        own |= {"DATA_DIR": str(self.directory / "var"), "PUBLIC_BASE_URL": PUBLIC, "REDIS_URL": self.redis.url}
        own |= {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_WHATSAPP_NUMBER": NUMBER}
        return own | variables | {"PYTHONPATH": str(ROOT)}

    def start(self, name: str, words: Sequence[str], environment: Mapping[str, str]) -> Process:
        """A Python program, its output in a log of that name."""
        process = Process(name, [sys.executable, *words], environment, self.lifeline, self.directory / f"{name}.log")
        process.start()
        self.started.append(process)
        return process

    def run(self, name: str, words: Sequence[str], environment: Mapping[str, str], *, seconds: float = 600) -> str:
        """A Python program to its end; what it wrote."""
        process = self.start(name, words, environment)
        if not eventually(lambda: not process.is_running(), seconds=seconds):
            raise TimeoutError(f"{name} did not end in {seconds} s.")
        written = process.log.read_text()
        if process.code:
            raise RuntimeError(f"{name} failed:\n{written[-3000:]}")
        return written

    def measured(
        self, name: str, module: str, function: str, words: Sequence[str], environment: Mapping[str, str]
    ) -> dict[str, Any]:
        """What a function took in a process of its own, and what it told: see `benchmarks.measured`."""
        program = ["-m", "benchmarks.measured", module, function, *words]
        written = self.run(name, program, environment, seconds=_LONGEST_SECONDS)
        return dict(json.loads(written.splitlines()[-1]))

    def serve(
        self, name: str, application: str, environment: Mapping[str, str], *, processes: int, threads: int
    ) -> int:
        """A WSGI application on the deployment's server; its port."""
        port = ports.any_free()
        words = ["-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--no-access-log"]
        words += ["--log-level", "error", "--host", "127.0.0.1", "--port", str(port), "--backlog", "1024"]
        words += [
            "--workers",
            str(processes),
            "--blocking-threads",
            str(threads),
            "--backpressure",
            "1024",
            application,
        ]
        self.start(name, words, environment)
        if not eventually(lambda: not ports.is_free("127.0.0.1", port), seconds=_UP_SECONDS):
            raise TimeoutError(f"{name} does not come up: see {self.directory}")
        return port

    def close(self) -> None:
        for process in reversed(self.started):
            process.end(seconds=10)
        self.redis.process.end()
        self.postgres.process.end(number=signal.SIGINT)


@contextmanager
def stage() -> Iterator[Stage]:
    """What was started is stopped at the end, whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="karlos-bench-"))
    directory.chmod(0o755)
    held = Stage(directory)
    try:
        yield held
    finally:
        held.close()
        shutil.rmtree(directory, ignore_errors=True)


def cpu_seconds(process: Process) -> float:
    """What a process and its children have used since they were started."""
    return sum(_cpu_of(pid) for pid in _family(process.group))


def memory_bytes(process: Process) -> int:
    """What a process and its children hold in memory of their own."""
    total = 0
    for pid in _family(process.group):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Private_Clean:", "Private_Dirty:")):
                total += int(line.split()[1]) * 1024
    return total


def _family(pid: int) -> list[int]:
    """A process and all that descend from it, whatever group they are in."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, looked_at = [pid], 0
    while looked_at < len(found):
        found += children.get(found[looked_at], [])
        looked_at += 1
    return found


def _stat(pid: int) -> list[str]:
    """What the system tells of a process from its state on; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_of(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / _TICK if stat else 0.0
