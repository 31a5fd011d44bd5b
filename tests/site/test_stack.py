"""`manage.py runstack`, with real processes: up, broken, stopped, killed, and started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from karlos_site.stack import ports
from tests.site import programs
from tests.site.programs import Program

# What happens to one running stack, in this order.
on_one_stack = pytest.mark.xdist_group("one stack")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a stack")


@pytest.fixture(scope="module")
def port() -> int:
    return ports.any_free()


@pytest.fixture(scope="module")
def stack(data_dir: Path, port: int) -> Iterator[Program]:
    with programs.stack(data_dir, port) as running:
        assert running.says("Karlos is up"), running.output()
        yield running


@pytest.fixture(scope="module")
def path_without_redis(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with all commands but redis-server."""
    folder = tmp_path_factory.mktemp("path")
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / program.name
            link.unlink(missing_ok=True)
            link.symlink_to(program)
    (folder / "redis-server").unlink(missing_ok=True)
    return str(folder)


@on_one_stack
def test_the_banner_names_the_addresses_and_says_who_answers(stack: Program, port: int) -> None:
    assert stack.says("To stop"), stack.output()
    assert f"http://127.0.0.1:{port}/simulator/" in stack.output()
    assert f"http://127.0.0.1:{port}/admin/" in stack.output()
    assert "rules (no OPENAI_API_KEY)" in stack.output()


@on_one_stack
def test_the_first_start_makes_a_staff_user_and_says_the_password(stack: Program) -> None:
    assert stack.says(r"Name: karlos  Password: \S{12,}")


@on_one_stack
def test_the_web_server_tells_that_it_is_alive(stack: Program, port: int) -> None:
    assert programs.answers(f"http://127.0.0.1:{port}/healthz")


@on_one_stack
def test_a_second_start_in_the_same_place_is_refused_in_one_line(stack: Program, data_dir: Path) -> None:
    second = programs.run("manage.py", "runstack", environment=programs.surroundings(data_dir))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"Karlos already runs here (process {stack.process.pid}" in second.stderr


@pytest.mark.parametrize(
    ("name", "words"), [("web", "granian"), ("worker", "karlos_site worker"), ("beat", "karlos_site beat")]
)
@on_one_stack
def test_a_process_that_dies_is_started_again(stack: Program, port: int, name: str, words: str) -> None:
    killed = stack.pid_of(words)
    os.kill(killed, signal.SIGKILL)
    assert programs.eventually(lambda: killed not in programs.processes())
    assert stack.says(f"{name} was ended by SIGKILL; starting it again")

    def is_back() -> bool:
        try:
            return stack.pid_of(words) != killed
        except StopIteration:
            return False

    assert programs.eventually(is_back), stack.output()
    assert programs.eventually(lambda: programs.answers(f"http://127.0.0.1:{port}/healthz"))


@on_one_stack
def test_redis_comes_back_on_the_same_port(stack: Program, data_dir: Path) -> None:
    written = int((data_dir / "redis.port").read_text())
    os.kill(stack.pid_of(str(written)), signal.SIGKILL)
    assert stack.says("redis was ended by SIGKILL")

    def answers() -> bool:
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", written)) == 0

    assert programs.eventually(answers)
    assert int((data_dir / "redis.port").read_text()) == written


@on_one_stack
def test_sigterm_ends_everything_and_the_next_start_finds_the_staff_user(
    stack: Program, data_dir: Path, port: int
) -> None:
    """The last on this stack: it ends it."""
    groups = stack.groups()
    assert len(groups) == 4
    assert stack.end() == 0, stack.output()
    assert programs.left_of(groups) == []
    with programs.stack(data_dir, port) as again:
        assert again.says("Karlos is up"), again.output()
        assert again.says("The staff user karlos exists")
        assert "Password" not in again.output()


def test_without_redis_server_and_killed_it_leaves_no_orphan_and_starts_again(
    tmp_path: Path, path_without_redis: str
) -> None:
    port = ports.any_free()
    with programs.stack(tmp_path, port, PATH=path_without_redis) as killed:
        assert killed.says("Karlos is up"), killed.output()
        assert killed.says("fakeredis")
        groups = killed.groups()
        assert killed.end(signal.SIGKILL) == -signal.SIGKILL
        assert programs.eventually(lambda: not programs.left_of(groups))
    with programs.stack(tmp_path, port, PATH=path_without_redis) as again:
        assert again.says("Karlos is up"), again.output()


@pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
def test_damaged_redis_files_of_the_last_run_are_thrown_away(tmp_path: Path) -> None:
    manifest = tmp_path / "redis" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("not a manifest\n")
    (tmp_path / "redis.port").write_text("99999\n")
    with programs.stack(tmp_path, ports.any_free()) as started:
        assert started.says("Karlos is up"), started.output()


def test_a_port_that_was_asked_for_and_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        refused = programs.run("manage.py", "runstack", environment=programs.surroundings(tmp_path, PORT=str(taken)))
    assert refused.returncode == 1
    assert (
        refused.stderr
        == f"CommandError: Port {taken} is taken by another program: stop it, or set PORT to a free one.\n"
    )


def test_unsafe_surroundings_stop_the_start_in_words(tmp_path: Path) -> None:
    refused = programs.run("manage.py", "runstack", environment=programs.surroundings(tmp_path, DEBUG="false"))
    assert refused.returncode == 1
    assert "There is no SECRET_KEY." in refused.stderr
    assert "The simulator would stand in for WhatsApp." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_it_heeds_ctrl_c_where_the_shell_had_it_ignored(tmp_path: Path) -> None:
    """As shells do for what a script starts in the background."""
    words = ["sh", "-c", "trap '' INT; exec \"$0\" manage.py runstack", sys.executable]
    with Program(words, programs.surroundings(tmp_path, PORT=str(ports.any_free()))) as started:
        assert started.says("prepare"), started.output()
        groups = started.groups()
        assert groups
        assert started.end(signal.SIGINT) == 0, started.output()
        assert programs.left_of(groups) == []


def test_it_ends_with_the_make_that_started_it(tmp_path: Path) -> None:
    """The parent is killed, not asked: nobody passes the signal on."""
    port = ports.any_free()
    words = "import subprocess, sys; subprocess.run([sys.executable, 'manage.py', 'runstack', '--with-parent'])"
    with Program([sys.executable, "-c", words], programs.surroundings(tmp_path, PORT=str(port))) as make:
        assert make.says("Karlos is up"), make.output()
        (runstack,) = make.groups()
        groups = {pid for pid, (parent, _, _) in programs.processes().items() if parent == runstack}
        make.end(signal.SIGKILL)
        assert programs.eventually(lambda: runstack not in programs.processes())
        assert programs.left_of(groups) == []


def test_the_lifeline_ends_a_command_that_ignores_the_signal(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    lifeline = programs.ROOT / "karlos_site" / "stack" / "lifeline.py"
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    started = subprocess.Popen(
        [sys.executable, lifeline, str(reading), sys.executable, "-c", stubborn],
        pass_fds=[reading],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == b"up\n"
    os.close(writing)
    assert started.wait(timeout=5) == -signal.SIGKILL
    assert programs.eventually(lambda: programs.left_of({started.pid}) == [])
    started.stdout.close()
    os.close(reading)
