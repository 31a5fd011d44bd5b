"""The embedded Redis: a private redis-server where one is installed, else fakeredis; loopback only, on a port of its own."""

import shutil
import sys
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from karlos_site.stack import ports
from karlos_site.stack.child import Child, Command
from karlos_site.stack.supervisor import Supervisor

_STAND_IN = str(Path(__file__).with_name("redis_stand_in.py"))
_START_SECONDS = 20.0
_TRIES = 3


class RedisWontStart(Exception):
    """Neither on another port nor without the data of its last run."""


def kind() -> str:
    return "private redis-server" if shutil.which("redis-server") else "fakeredis (redis-server is not installed)"


def start(supervisor: Supervisor, *, directory: Path, port_file: Path) -> int:
    """Start it, write its port where the settings look for it, and return the port once it answers."""
    port = _last_port(port_file)
    for _ in range(_TRIES):
        directory.mkdir(parents=True, exist_ok=True)
        child = supervisor.start(_command(directory, port))
        if _answers(supervisor, child, port):
            _write_port(port_file, port)
            return port
        supervisor.discard(child)
        # It is a cache and a queue: nothing that matters is only there.
        shutil.rmtree(directory)
        port = ports.any_free()
    raise RedisWontStart("The embedded Redis does not start; its last words are above.")


def _last_port(port_file: Path) -> int:
    """The port of the last run if it can be had, so that programs left running find it again."""
    written = port_file.read_text().strip() if port_file.exists() else ""
    if written.isdecimal() and 0 < int(written) <= 65535 and ports.is_free("127.0.0.1", int(written)):
        return int(written)
    return ports.any_free()


def _write_port(port_file: Path, port: int) -> None:
    fresh = port_file.with_suffix(".new")
    fresh.write_text(f"{port}\n")
    fresh.replace(port_file)


def _command(directory: Path, port: int) -> Command:
    server = shutil.which("redis-server")
    words = [sys.executable, "-P", _STAND_IN, str(port)]
    if server:
        listen = ["--bind", "127.0.0.1", "--protected-mode", "yes", "--port", str(port)]
        keep = ["--dir", ".", "--appendonly", "yes", "--save", ""]
        words = [server, *listen, *keep, "--logfile", "redis.log", "--loglevel", "notice"]
    return Command(name="redis", words=words, directory=directory)


def _answers(supervisor: Supervisor, child: Child, port: int) -> bool:
    ends_at = time.monotonic() + _START_SECONDS
    patience = Retry(NoBackoff(), 0)  # ours is this loop
    with redis.Redis(port=port, socket_connect_timeout=1, socket_timeout=1, retry=patience) as client:
        while child.is_running() and time.monotonic() < ends_at:
            try:
                return bool(client.ping())
            except redis.RedisError:
                supervisor.pause()
    return False
