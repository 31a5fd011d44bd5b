"""The module where Django looks for a database backend."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Where one pooled connection turns out to be dead, the server has restarted and all are: they are replaced together.

    The pool's own check finds them out one at a time and waits between them, longer than a webhook can.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.pool:
            return connection
        try:
            self.pool.check_connection(connection)
        except psycopg.OperationalError:
            self.pool.drain()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection
