"""The connections to PostgreSQL, which are kept in a pool."""

import psycopg
import pytest
from django.db import connection

from inventory.models import Vehicle


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_dropped_is_not_used_again() -> None:
    """As after its restart: the message that comes in next is stored, and not refused."""
    # Others' connections would be dead as well, and each costs the pool a second or more to find out.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    Vehicle.objects.count()
    own = connection.settings_dict
    connection.close()  # back to the pool
    address = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [own["NAME"]])
    assert Vehicle.objects.count() == 0
