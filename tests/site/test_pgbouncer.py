"""Karlos behind PgBouncer in transaction mode: nothing in him needs a connection of its own between two transactions."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from karlos_site.stack import ports
from tests.site import programs
from tests.site.programs import Program, eventually

_PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

pytestmark = [
    pytest.mark.servers,
    pytest.mark.anywhere,
    pytest.mark.skipif(not os.environ.get("KARLOS_TEST_DATABASE_URL"), reason="PostgreSQL is not reachable"),
    pytest.mark.skipif(not _PGBOUNCER, reason="PgBouncer is not installed"),
]

_WORK = """
import json, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from conversations import inbound, remains, turns
from conversations.models import Customer
from conversations.whatsapp import Inbound
from inventory import stock_export
from inventory.models import Vehicle

def talk(number):
    kinds = (("phone", f"+5255123456{number:02}"),)
    for turn in range(3):
        inbound.store(Inbound(sid=f"SM{number:016}{turn:016}", address="whatsapp:x", identities=kinds, profile_name="Ana", kind="text", text="busco un mazda, quiero ir el martes a las 12"))
        customer = Customer.objects.get(identities__value=kinds[0][1])
        Customer.objects.filter(pk=customer.pk).update(due_at=customer.created_at)
        turns.run(customer.pk, lambda _: None)
    done = customer.turns.filter(state="done").count()
    connection.close()
    return done

with ThreadPoolExecutor(6) as threads:
    answered = sum(threads.map(talk, range(12)))
list(Vehicle.objects.all().iterator(chunk_size=10))
from django.utils import timezone
remains.found(["nobody"], since=timezone.now())
print(json.dumps(answered))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where somebody else than root may read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def bounced(folder: Path) -> Iterator[str]:
    """The address of a PgBouncer with three connections to a database of its own."""
    server = urlsplit(os.environ["KARLOS_TEST_DATABASE_URL"])
    name, port = f"karlos_bounced_{os.getpid()}", ports.any_free()
    (folder / "users.txt").write_text(f'"{server.username}" "{server.password or ""}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{name} = host={server.hostname} port={server.port or 5432}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder}/users.txt\n"
        "pool_mode = transaction\ndefault_pool_size = 3\n"
    )
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    with psycopg.connect(server.geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        words = [str(_PGBOUNCER), *as_nobody, str(folder / "pgbouncer.ini")]
        url = urlunsplit(server._replace(netloc=f"{server.username}@127.0.0.1:{port}", path=f"/{name}"))
        with Program(words, dict(os.environ)) as bouncer:
            assert eventually(lambda: _answers(url), seconds=20), bouncer.output()
            yield url
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def test_twelve_customers_are_answered_over_three_connections(bounced: str, tmp_path: Path) -> None:
    environment = programs.surroundings(
        tmp_path / "data",
        DATABASE_URL=bounced,
        DATABASE_POOLED="true",
        REDIS_URL="redis://127.0.0.1:1/0",
        LOG_LEVEL="error",
        DJANGO_SETTINGS_MODULE="karlos_site.settings",
    )
    prepared = programs.run("manage.py", "prepare", environment=environment)
    assert prepared.returncode == 0, prepared.stderr[-2000:]
    worked = subprocess.run(
        [sys.executable, "-c", _WORK],
        cwd=programs.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert worked.returncode == 0, worked.stderr[-3000:]
    assert worked.stdout.strip().splitlines()[-1] == "36"
