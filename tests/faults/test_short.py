"""The fault suite in half a minute; `make faults` is the whole of it."""

import json
import subprocess
import sys

import pytest

from tests.faults import servers
from tests.faults.processes import ROOT


@pytest.mark.servers
def test_the_promises_hold_while_processes_die_and_connections_break() -> None:
    try:
        servers.check(needs_rabbitmq=False)
    except servers.Missing as e:
        pytest.skip(str(e))
    words = ["redis", "--short", "--messages", "80", "--seconds", "14", "--workers", "2", "--settles", "90"]
    trial = subprocess.run(
        [sys.executable, "-m", "tests.faults.trial", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert trial.stdout, trial.stderr
    figures = json.loads(trial.stdout.splitlines()[-1])
    assert figures["what was wrong"] == []
    assert figures["faults"] >= 5
    assert trial.returncode == 0
