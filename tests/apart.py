"""With `-p tests.apart`, each process of a run in several works in a folder of its own: database file, counters, pages.

A plugin, because the settings are read before any conftest.
"""

import os
from pathlib import Path

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["DATA_DIR"] = str(Path(os.environ.get("DATA_DIR", "var")) / worker)
