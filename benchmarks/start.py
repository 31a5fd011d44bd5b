"""How long each process takes to be ready, what it imports, and how soon `make run` answers its first message."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from benchmarks.figures import Bar, Rounds, tell
from benchmarks.stage import Stage
from karlos_site.stack import ports
from tests.faults.processes import eventually

_PROCESSES = {
    "web": ("-c", "import karlos_site.wsgi"),
    "worker": ("-c", "from karlos_site import celery_app; celery_app.loader.import_default_modules()"),
    "beat": ("-c", "from karlos_site import celery_app; from celery.beat import Service; celery_app.finalize()"),
    "manage.py check": ("manage.py", "check"),
}
# What a process that never needs it should not load: most of a second, or many megabytes.
_HEAVY = ("openai", "twilio", "reportlab", "rapidfuzz", "openpyxl", "PIL", "celery", "rest_framework")
_TOLD = "\nimport os, sys, json; t = os.times(); print(json.dumps([t.user + t.system, sorted(sys.modules)]))"


def measure(stage: Stage, *, is_full: bool) -> None:
    """CPU seconds of the imports, the modules that came with them, and the first answered message of the stack."""
    environment = stage.environment(DATABASE_URL=stage.database("start"), LOG_LEVEL="error", OPENAI_API_KEY="none")
    rounds = 7 if is_full else 3
    rows, bars = [], []
    for name, words in _PROCESSES.items():
        if words[0] == "manage.py":
            seconds = [_timed(stage, f"start-{name}-{n}", words, environment) for n in range(rounds)]
            rows.append((name, Rounds(seconds), ""))
            continue
        told = [_imports(stage, f"start-{name}-{n}", words[1], environment) for n in range(rounds)]
        loaded = [heavy for heavy in _HEAVY if heavy in told[0][1]]
        rows.append((name, Rounds([cpu for cpu, _ in told]), ", ".join(loaded)))
        if name == "web":
            bars.append(Bar(what="the web process imports openai", figure=float("openai" in loaded), most=0))
    rows.append(("make run, to the first answer", Rounds([_first_answer(stage, n) for n in range(min(rounds, 3))]), ""))
    tell("Start", ("process", "seconds", "of what is heavy, it loads"), rows, bars)


def _timed(stage: Stage, name: str, words: tuple[str, ...], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    stage.run(name, list(words), environment)
    return time.perf_counter() - began


def _imports(stage: Stage, name: str, code: str, environment: dict[str, str]) -> tuple[float, list[str]]:
    own = environment | {"DJANGO_SETTINGS_MODULE": "karlos_site.settings"}
    written = stage.run(name, ["-c", code + _TOLD], own)
    cpu, modules = json.loads(written.splitlines()[-1])
    return cpu, modules


def _first_answer(stage: Stage, number: int) -> float:
    """The embedded stack on prepared data: from its start until a customer of the simulator has an answer."""
    port, directory = ports.any_free(), stage.directory / f"stack-{number}"
    environment = stage.environment(DEBUG="true", PORT=str(port), REDIS_URL="", PUBLIC_BASE_URL="", LOG_LEVEL="error")
    environment |= {"DATA_DIR": str(directory), "TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}
    stage.run(f"prepare-{number}", ["manage.py", "prepare"], environment)
    began = time.perf_counter()
    stack = stage.start(f"stack-{number}", ["manage.py", "runstack"], environment)
    phone = _Phone(f"http://127.0.0.1:{port}/simulator")
    if not (eventually(phone.is_there, seconds=180) and phone.write() and eventually(phone.has_answer, seconds=180)):
        raise TimeoutError(f"The stack did not answer: see {stage.directory}")
    took = time.perf_counter() - began
    stack.end(seconds=25)
    return took


@dataclass
class _Phone:
    """The simulator's page, without a browser."""

    page: str
    session: requests.Session = field(default_factory=requests.Session)

    def is_there(self) -> bool:
        try:
            return self.session.get(f"{self.page}/", timeout=2).status_code == 200
        except requests.exceptions.RequestException:
            return False

    def write(self) -> bool:
        customer = self._state()["customers"][0]["id"]
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        form = {"kind": "text", "body": "busco un mazda 3"}
        address = f"{self.page}/customers/{customer}/messages"
        return self.session.post(address, data=form, headers=headers, timeout=10).status_code == 201

    def has_answer(self) -> bool:
        return any(not message["is_mine"] for message in self._state()["messages"])

    def _state(self) -> dict[str, Any]:
        return dict(self.session.get(f"{self.page}/state", timeout=10).json())
