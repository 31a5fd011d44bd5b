"""Who runs in this DATA_DIR: one stack at a time, whatever became of the last."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The stack before this one may be ending, its parent just killed.
_PATIENCE_SECONDS = 2.0


class AlreadyRunning(Exception):
    """Another stack has the DATA_DIR; the message is what it wrote about itself."""


class Possession:
    """An exclusive lock on a file; the system lets it go when the process ends, however it ends."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a+")
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while not self._taken():
            if time.monotonic() > ends_at:
                self._file.seek(0)
                holder = self._file.read().strip()
                self._file.close()
                raise AlreadyRunning(holder)
            time.sleep(0.1)
        self.describe("")

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def describe(self, words: str) -> None:
        """What to tell the next one that tries."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(words)
        self._file.flush()

    def release(self) -> None:
        self.describe("")
        self._file.close()


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Wait for whoever is inside."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
