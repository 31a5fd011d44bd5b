"""Work that goes on after a request was answered, in threads that never keep the server from stopping."""

import threading
from collections.abc import Callable
from typing import ParamSpec

from django.db import connection

P = ParamSpec("P")


def start(work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run `work` in a daemon thread of its own, and close its database connection."""

    def run() -> None:
        try:
            work(*args, **kwargs)
        finally:
            connection.close()

    threading.Thread(target=run, name=f"simulator {work.__name__}", daemon=True).start()
