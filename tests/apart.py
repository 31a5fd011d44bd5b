"""With `-p tests.apart`, each process of a run in several works by itself: a folder for database file, counters and pages, and a Redis
database, for to clear the cache is to empty that. What takes longest begins first, lest one process be left with it at the end.

A plugin, because the settings are read before any conftest.
"""

import os
from pathlib import Path

import pytest

# They start the product's own processes, or a browser.
_LONG = ("tests/faults", "tests/site", "tests/journeys")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def _beside(url: str, number: int) -> str:
    """Another of the sixteen databases of a Redis: that many before the one that was named, or after it."""
    address, _, named = url.rpartition("/")
    if not named.isdecimal():
        return url
    return f"{address}/{int(named) - number if int(named) >= number else int(named) + number}"


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["DATA_DIR"] = str(Path(os.environ.get("DATA_DIR", "var")) / worker)
    for name in ("REDIS_URL", "KARLOS_TEST_REDIS_URL"):
        os.environ[name] = _beside(os.environ.get(name, ""), int(worker.removeprefix("gw")))
