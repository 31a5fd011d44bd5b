"""The connections to PostgreSQL, which are kept in a pool."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from django.db import connection

from conversations import inbound
from conversations.whatsapp import Inbound
from inventory.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

POOLED = 4
ANA = (("phone", "+525512345678"),)


@pytest.fixture(autouse=True)
def own_pool() -> Iterator[None]:
    """Nobody else's connections are in it."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    yield
    connection.close()


def use_at_once(number: int) -> list[int]:
    """So many threads ask the database, each on a connection of its own, and give it back."""
    everyone = Barrier(number)

    def use() -> int:
        found = Vehicle.objects.count()
        everyone.wait(timeout=30)
        connection.close()
        return found

    with ThreadPoolExecutor(number) as threads:
        return [asked.result() for asked in [threads.submit(use) for _ in range(number)]]


def restart_server() -> None:
    """What a restart does to the connections: every one is dropped."""
    own = connection.settings_dict
    address = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [own["NAME"]])


def test_a_connection_that_the_server_dropped_is_not_used_again() -> None:
    """The message that comes in next is stored, and not refused."""
    use_at_once(1)
    restart_server()
    assert use_at_once(1) == [0]


def test_however_many_connections_are_dead_nobody_is_refused() -> None:
    """A webhook waits five seconds for a connection: that is too short to find out about one after the other."""
    use_at_once(POOLED)
    restart_server()
    assert use_at_once(1) == [0]


def test_those_who_come_all_at_once_find_connections_too() -> None:
    use_at_once(POOLED)
    restart_server()
    assert use_at_once(POOLED) == [0] * POOLED


def test_what_a_message_asks_is_planned_once() -> None:
    """A repeated message takes back what it began, and with that the connection forgets its plans: they are made anew."""
    for number in (1, 2, 3, 3, 4):
        sid, address = f"SM{number:032x}", "whatsapp:+525512345678"
        inbound.store(Inbound(sid=sid, address=address, identities=ANA, profile_name="Ana", kind="text", text="hola"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert len(cursor.fetchall()) == 4
