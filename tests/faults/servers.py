"""PostgreSQL, Redis and RabbitMQ of the trial's own, on loopback ports that nobody else uses."""

import os
import shutil
import signal
from pathlib import Path

import kombu
import psycopg
import redis
from kombu.exceptions import OperationalError

from karlos_site.stack import ports
from tests.faults.processes import Lifeline, Process, eventually

# Where the trial's rings wait for a worker.
QUEUE = "trial"
# What a worker has by default: turns of a minute that hang must not be all that it can do.
THREADS = 32
_UP_SECONDS = 60.0


class Missing(Exception):
    """A server's programs are not installed; the message names them."""


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise Missing("PostgreSQL (initdb) is not installed")
    return found[-1].parent if found else Path(str(on_path)).parent


def check(*, needs_rabbitmq: bool) -> None:
    """Raises Missing."""
    _postgres_programs()
    if not shutil.which("redis-server"):
        raise Missing("redis-server is not installed")
    if needs_rabbitmq and not (_rabbitmq_program() and shutil.which("epmd")):
        raise Missing("rabbitmq-server is not installed")


class Postgres:
    """A cluster of its own; as root it runs as the user postgres, for it refuses root."""

    def __init__(self, directory: Path, lifeline: Lifeline) -> None:
        self.port = ports.any_free()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/karlos"
        programs, data = _postgres_programs(), directory / "postgres"
        data.mkdir()
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        maker = Process(
            "initdb",
            [*self._as_user, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"],
            environment,
            lifeline,
            directory / "initdb.log",
            directory=data,
        )
        maker.start()
        eventually(lambda: not maker.is_running(), seconds=_UP_SECONDS)
        listen = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        # The machine does not fail, only its programs: what is written survives them without fsync.
        listen += ["-c", "fsync=off", "-c", "max_connections=200"]
        self.process = Process(
            "postgresql",
            [*self._as_user, str(programs / "postgres"), "-D", str(data), *listen],
            environment,
            lifeline,
            directory / "postgresql.log",
            directory=data,
        )
        self._lock_file = data / "postmaster.pid"

    def start(self) -> None:
        self.process.start()
        eventually(self._answers, seconds=_UP_SECONDS)

    def make_database(self) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE karlos")

    @property
    def _server_url(self) -> str:
        return self.url.removesuffix("karlos") + "postgres"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._server_url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def drop_connections(self) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'karlos' AND pid <> pg_backend_pid()"
            )

    def crash(self) -> None:
        """As an "immediate" shutdown: every backend dies where it stands; the next start recovers from the log."""
        self.process.end(number=signal.SIGQUIT)


class Redis:
    """Keeps nothing on disk: a restart empties it."""

    def __init__(self, directory: Path, lifeline: Lifeline) -> None:
        self.port = ports.any_free()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        words = [str(shutil.which("redis-server")), "--port", str(self.port), "--bind", "127.0.0.1"]
        words += ["--save", "", "--appendonly", "no", "--dir", str(directory)]
        self.process = Process("redis", words, {"PATH": os.environ["PATH"]}, lifeline, directory / "redis.log")

    def start(self) -> None:
        self.process.start()
        eventually(self._answers, seconds=_UP_SECONDS)

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def empty(self) -> None:
        with redis.Redis(port=self.port, socket_timeout=2) as client:
            client.flushall()


def _rabbitmq_program() -> str | None:
    # Debian's wrapper on PATH insists on its own user and directories.
    own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return str(own) if own.exists() else shutil.which("rabbitmq-server")


class RabbitMQ:
    """A node of its own, with its own port mapper, so that one that runs on the machine is not touched."""

    def __init__(self, directory: Path, lifeline: Lifeline) -> None:
        self.port, distribution, mapper = ports.any_free(), ports.any_free(), ports.any_free()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        home = directory / "rabbitmq"
        home.mkdir()
        configuration = home / "rabbitmq.conf"
        configuration.write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"karlos{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
        }
        # Started by Erlang itself it would be a daemon that outlives us.
        words = [str(shutil.which("epmd")), "-port", str(mapper), "-address", "127.0.0.1"]
        self._mapper = Process("epmd", words, environment, lifeline, directory / "epmd.log")
        self.process = Process(
            "rabbitmq", [str(_rabbitmq_program())], environment, lifeline, directory / "rabbitmq.log"
        )

    def start(self) -> None:
        if not self._mapper.is_running():
            self._mapper.start()
        self.process.start()
        eventually(self._answers, seconds=_UP_SECONDS)

    def empty(self) -> None:
        """Whatever no worker has taken yet."""
        with kombu.Connection(self.url, connect_timeout=5) as connection:
            kombu.Queue(QUEUE).bind(connection.default_channel).purge()

    def _answers(self) -> bool:
        try:
            with kombu.Connection(self.url, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
        except (OperationalError, OSError):
            return False
        return True
