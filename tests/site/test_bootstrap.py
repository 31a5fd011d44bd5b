"""`scripts/bootstrap.sh`, with an interpreter that only pretends, in a folder with a space in its name."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.site import programs

# Answers what the script asks of an interpreter; writes down what pip was told.
INTERPRETER = """#!/bin/sh
log={log}
case "$*" in
*ensurepip*) exit {without_venv} ;;
"-c "*) exit {too_old} ;;
"-V") echo "Python 3.12.0" ;;
"-m venv .venv") echo "venv" >>"$log"; mkdir -p .venv/bin; cp "$0" .venv/bin/python; touch .venv/pyvenv.cfg ;;
"-m pip --version") [ -f .venv/pyvenv.cfg ] ;;
"-m pip install"*) echo "$*" >>"$log"; {during_install} ;;
esac
"""
TOOLS = ("sh", "dirname", "basename", "cat", "cksum", "readlink", "rm", "mv", "mkdir", "cp", "touch", "grep", "printf")


class Clone:
    """A fresh clone, and a PATH on which nothing is but the script's own tools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a clone"
        self.path = folder / "path"
        self.log = folder / "log"
        (self.folder / "scripts").mkdir(parents=True)
        self.path.mkdir()
        shutil.copy(programs.ROOT / "scripts" / "bootstrap.sh", self.folder / "scripts")
        (self.folder / "requirements.txt").write_text("one==1\n")
        (self.folder / "requirements-dev.txt").write_text("two==2\n")
        for tool in TOOLS:
            (self.path / tool).symlink_to(str(shutil.which(tool)))

    def has_interpreter(
        self, name: str = "python3", *, venv: bool = True, recent: bool = True, during_install: str = ":"
    ) -> None:
        program = self.path / name
        program.write_text(
            INTERPRETER.format(
                log=f"'{self.log}'", without_venv=int(not venv), too_old=int(not recent), during_install=during_install
            )
        )
        program.chmod(0o755)

    def command(self, what: str = "run") -> list[str]:
        return [str(self.path / "sh"), "scripts/bootstrap.sh", what]

    def environment(self, **variables: str) -> dict[str, str]:
        return {"PATH": str(self.path), **variables}

    def bootstrap(self, what: str = "run", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(what),
            cwd=self.folder,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self) -> list[str]:
        """What was done since the last time this was asked."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


INSTALL = "-m pip install --quiet --quiet --require-hashes -r requirements.txt"


def test_a_machine_without_python_is_told_what_to_install_in_one_line(clone: Clone) -> None:
    refused = clone.bootstrap()
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "apt install python3 python3-venv make" in refused.stderr


def test_an_old_python_is_no_python(clone: Clone) -> None:
    clone.has_interpreter(venv=False, recent=False)
    assert "needs Python 3.11 or later" in clone.bootstrap().stderr


def test_a_missing_venv_module_is_named_in_one_line(clone: Clone) -> None:
    clone.has_interpreter(venv=False)
    refused = clone.bootstrap()
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "apt install python3-venv" in refused.stderr
    assert not (clone.folder / ".venv").exists()


def test_an_interpreter_that_can_is_taken_before_one_that_cannot(clone: Clone) -> None:
    clone.has_interpreter("python3.13", venv=False)
    clone.has_interpreter("python3.11")
    assert clone.bootstrap().returncode == 0


def test_the_interpreter_asked_for_is_not_exchanged(clone: Clone) -> None:
    clone.has_interpreter()
    refused = clone.bootstrap(PYTHON="python9")
    assert refused.returncode == 1
    assert "PYTHON=python9 is not a Python 3.11 or later" in refused.stderr


def test_without_a_python_uv_brings_one_into_the_clone(clone: Clone) -> None:
    clone.has_interpreter("its-python")
    uv = clone.path / "uv"
    uv.write_text(
        f"""#!/bin/sh
echo "$UV_PYTHON_INSTALL_DIR" >>'{clone.log}'
mkdir -p .venv/bin; cp '{clone.path}/its-python' .venv/bin/python; touch .venv/pyvenv.cfg
"""
    )
    uv.chmod(0o755)
    assert clone.bootstrap().returncode == 0
    assert clone.done() == [f"{clone.folder}/var/python", INSTALL]


def test_the_second_run_does_nothing(clone: Clone) -> None:
    clone.has_interpreter()
    assert clone.bootstrap().returncode == 0
    assert clone.done() == ["venv", INSTALL]
    again = clone.bootstrap()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert clone.done() == []


def test_the_tests_need_more_and_what_runs_needs_nothing_again(clone: Clone) -> None:
    clone.has_interpreter()
    clone.bootstrap("run")
    clone.done()
    clone.bootstrap("test")
    assert clone.done() == [f"{INSTALL} -r requirements-dev.txt"]
    clone.bootstrap("run")
    assert clone.done() == []


def test_changed_requirements_are_installed_into_the_same_environment(clone: Clone) -> None:
    clone.has_interpreter()
    clone.bootstrap()
    clone.done()
    (clone.folder / "requirements.txt").write_text("one==2\n")
    clone.bootstrap()
    assert clone.done() == [INSTALL]


def test_a_half_made_environment_is_made_again(clone: Clone) -> None:
    clone.has_interpreter()
    (clone.folder / ".venv" / "bin").mkdir(parents=True)
    (clone.folder / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    assert clone.bootstrap().returncode == 0
    assert clone.done() == ["venv", INSTALL]


def test_killed_while_installing_it_installs_again(clone: Clone) -> None:
    clone.has_interpreter(during_install="kill -STOP $$")
    with subprocess.Popen(clone.command(), cwd=clone.folder, env=clone.environment(), start_new_session=True) as killed:
        assert programs.eventually(lambda: clone.log.exists() and INSTALL in clone.log.read_text())
        os.killpg(killed.pid, signal.SIGKILL)
    clone.done()
    clone.has_interpreter()
    shutil.copy(clone.path / "python3", clone.folder / ".venv" / "bin" / "python")
    assert clone.bootstrap().returncode == 0
    assert clone.done() == [INSTALL]
    assert clone.bootstrap().stdout == ""


def test_a_failed_installation_is_not_taken_for_a_good_one(clone: Clone) -> None:
    clone.has_interpreter(during_install="exit 1")
    assert clone.bootstrap().returncode == 1
    clone.done()
    assert clone.bootstrap().returncode == 1
    assert clone.done() == [INSTALL]
