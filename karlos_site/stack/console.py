"""One terminal for several processes: every line under the name of the process that wrote it."""

import threading
from typing import TextIO

_COLOURS = {"karlos": 36, "redis": 31, "web": 32, "beat": 35}
_WORKER_COLOUR = 33
_NAME_WIDTH = 9


class Console:
    """Lines from any thread, whole and in order. A reader that went away (`make run | head`) is no reason to stop."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._is_coloured = stream.isatty()

    def say(self, line: str, name: str = "karlos") -> None:
        """A line of JSON stays whole, for whatever collects them: it tells its process itself."""
        self.write(line if line.startswith('{"') else f"{self._label(name)} {line}")

    def write(self, text: str) -> None:
        with self._lock:
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                self._is_coloured = False

    def _label(self, name: str) -> str:
        label = f"{name:<{_NAME_WIDTH}}|"
        if not self._is_coloured:
            return label
        return f"\033[{_COLOURS.get(name, _WORKER_COLOUR)}m{label}\033[0m"
