"""The processes of the product: web server, workers and beat, killed and started again as an operator's supervisor would."""

import contextlib
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import requests

from tests.faults.attendance import Attendance
from tests.faults.outside import Outside
from tests.faults.processes import ROOT, Lifeline, Process, eventually
from tests.faults.servers import QUEUE, THREADS
from tests.faults.wire import Proxy, Strikes
from tests.site import programs

SKEWED = str(Path(__file__).with_name("skewed"))
_RESTART_SECONDS = 0.5
_UP_SECONDS = 90.0
_WEB = ["-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--no-access-log", "--log-level", "error"]
_WEB += ["--workers", "1", "--blocking-threads", "8", "--backlog", "1024", "--backpressure", "1024"]
_CELERY = ["-W", "ignore:You're running the worker", "-m", "celery", "--quiet", "-A"]
_WORKER = ["worker", "--pool", "threads", "--concurrency", str(THREADS)]
_WORKER += ["--without-gossip", "--without-mingle", "-l", "warning"]
_BEAT = [*_CELERY, "karlos_site", "beat", "--pidfile=", "-l", "warning"]


@dataclass
class Executioner:
    """Kills the process that comes to the step that is armed, in the very moment."""

    kill: Callable[[str], None] | None = None
    killed: list[tuple[float, str, str]] = field(default_factory=list)
    _armed: tuple[str, str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, step: str, when: str) -> None:
        with self._lock:
            self._armed = (step, when)

    def is_armed(self) -> bool:
        return self._armed is not None

    def disarm(self) -> None:
        with self._lock:
            self._armed = None

    def strikes(self, process: str, step: str, when: str) -> bool:
        """Whether this is the moment; then the process is dead when this returns."""
        if self._armed != (step, when):
            return False
        with self._lock:
            if self._armed != (step, when) or self.kill is None:
                return False
            self._armed = None
        self.kill(process)
        self.killed.append((time.time(), process, f"{when} {step}"))
        return True

    def at(self, process: str) -> Strikes:
        return lambda step, when: self.strikes(process, step, when)


class Crew(Protocol):
    """The processes of the product, by name."""

    workers: Sequence[str]
    attendance: Attendance

    def prepare(self) -> None: ...
    def start(self) -> None: ...
    def kill(self, name: str) -> None: ...
    def go_home(self) -> None: ...


def answers(port: int) -> bool:
    """Whether the web server does."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except requests.exceptions.RequestException:
        return False


class Separate:
    """Every process by itself, on servers; those that end are started again until the crew goes home."""

    def __init__(
        self,
        directory: Path,
        lifeline: Lifeline,
        *,
        common: Mapping[str, str],
        outside: Outside,
        executioner: Executioner,
        port: int,
        database_port: int,
        workers: int,
        sweeps: bool,
        skewed: frozenset[str] = frozenset(),
    ) -> None:
        self.port = port
        self._lifeline = lifeline
        self._directory = directory
        self.proxies: dict[str, Proxy] = {}
        self.processes: dict[str, Process] = {}
        self.workers: Sequence[str] = [f"w{number}" for number in range(1, workers + 1)]
        commands = {"web": [*_WEB, "--host", "127.0.0.1", "--port", str(port), "karlos_site.wsgi:application"]}
        application = "karlos_site" if sweeps else "tests.faults.unswept"
        commands |= {name: [*_CELERY, application, *_WORKER, "-n", f"{name}-{port}@karlos"] for name in self.workers}
        commands["beat"] = [*_BEAT, "--schedule", str(directory / "beat")]
        self.attendance = Attendance({name: directory / f"{name}.log" for name in self.workers})
        for name, words in commands.items():
            self.proxies[name] = Proxy(database_port, executioner.at(name))
            environment = {**common, **outside.environment(name), "DATABASE_URL": self.proxies[name].url}
            if name in skewed:
                environment["PYTHONPATH"] = SKEWED
            log = directory / f"{name}.log"
            self.processes[name] = Process(name, [sys.executable, *words], environment, lifeline, log)
        self._sweeps = sweeps
        self._frozen: set[str] = set()
        self._resting = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        executioner.kill = self.kill

    def prepare(self) -> None:
        """Tables, a few cars and texts, as `make run` does it."""
        environment = dict(self.processes["web"].environment)
        log = self._directory / "prepare.log"
        maker = Process("prepare", [sys.executable, "manage.py", "prepare"], environment, self._lifeline, log)
        maker.start()
        if not eventually(lambda: not maker.is_running(), seconds=120):
            raise RuntimeError(f"The database could not be prepared: see {log}")

    def start(self) -> None:
        self.attendance.begin()
        for process in self.processes.values():
            process.start()
        self._keeper.start()
        if not eventually(lambda: answers(self.port) and self._are_there(), seconds=_UP_SECONDS):
            raise RuntimeError(f"Not everyone comes up: see {self._directory}")

    def _are_there(self) -> bool:
        return self.attendance.is_complete() or not self._sweeps

    def _keep(self) -> None:
        while not self._resting.wait(0.1):
            for process in self.processes.values():
                if not process.is_running():
                    self.attendance.gone(process.name)
                    if not self._resting.wait(_RESTART_SECONDS):
                        process.start()

    def kill(self, name: str) -> None:
        self.attendance.gone(name)
        self.processes[name].kill()

    def freeze(self, name: str) -> None:
        self._frozen.add(name)
        self.attendance.gone(name)
        self.processes[name].signal_group(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        if name in self._frozen and self.processes[name].is_running():
            self.attendance.come(name)
        self.processes[name].signal_group(signal.SIGCONT)
        self._frozen.discard(name)

    def deploy(self) -> None:
        """Every worker is asked to end, whatever it has in hand; the keeper starts its successor."""
        for name in self.workers:
            self.attendance.gone(name)
            self.processes[name].ask_to_end()

    def go_home(self) -> None:
        self._resting.set()
        self.attendance.end()
        for name in list(self._frozen):
            self.thaw(name)
        for process in self.processes.values():
            process.ask_to_end()
        for process in self.processes.values():
            process.end(seconds=5)
        for proxy in self.proxies.values():
            proxy.close()


class Embedded:
    """`manage.py runstack` and whatever it starts; it is started again when it ends, and starts its own again itself."""

    def __init__(
        self,
        directory: Path,
        lifeline: Lifeline,
        *,
        common: Mapping[str, str],
        outside: Outside,
        executioner: Executioner,
        port: int,
    ) -> None:
        self.port = port
        self.workers: Sequence[str] = ["worker"]
        environment = {**common, **outside.environment("worker")}
        words = [sys.executable, "manage.py", "runstack"]
        self._stack = Process("stack", words, environment, lifeline, directory / "stack.log")
        self.attendance = Attendance({"worker": directory / "stack.log"})
        self._resting = threading.Event()
        executioner.kill = self.kill

    def prepare(self) -> None:
        """It prepares itself."""

    def start(self) -> None:
        self.attendance.begin()
        self._stack.start()
        if not eventually(lambda: answers(self.port) and self.attendance.is_complete(), seconds=_UP_SECONDS):
            raise RuntimeError("The stack does not come up.")
        threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self) -> None:
        while not self._resting.wait(0.2):
            if not self._stack.is_running() and not self._resting.wait(_RESTART_SECONDS):
                self._stack.start()

    def kill(self, name: str) -> None:
        """One of the stack's processes, by a word of its command line; or the stack itself."""
        if name in {"stack", "worker"}:
            self.attendance.gone("worker")
        if name == "stack":
            self._stack.kill()
            return
        for group in self._groups(name):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def _groups(self, word: str) -> list[int]:
        running = programs.processes()
        stack = {pid for pid, (_, group, _) in running.items() if group == self._stack.group}
        return [pid for pid, (parent, _, words) in running.items() if parent in stack and f" {word}" in words]

    def may_grow(self, limit_bytes: int) -> None:
        """How long a file the web server and the worker may write, as a full disk would have it."""
        groups = {group for word in ("granian", "worker") for group in self._groups(word)}
        for pid, (_, group, _) in programs.processes().items():
            if group in groups:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))

    def go_home(self) -> None:
        self._resting.set()
        self.attendance.end()
        self._stack.end(seconds=25)


def bare(directory: Path, **variables: str) -> dict[str, str]:
    """Nothing of this process's own environment but where programs are found."""
    own = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATA_DIR": str(directory / "var"), "LANG": "C.UTF-8"}
    own |= {"HOME": str(directory), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "", "CELERY_QUEUE": QUEUE}
    return {name: value for name, value in (own | variables).items() if value} | {"PWD": str(ROOT)}
