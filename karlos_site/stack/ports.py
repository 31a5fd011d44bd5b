"""Which TCP port is free."""

import errno
import socket
import time

_NEXT_PORTS = 20
_LAST_PORT = 65535
# After a SIGKILL the last of the former processes may still be going.
_PATIENCE_SECONDS = 1.0


class PortUnavailable(Exception):
    """No server can listen there; the message names the remedy."""


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises PortUnavailable when it never could."""
    if not _bindable(host, port):
        return False
    # macOS lets one address be bound beside another program's "every address".
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as caller:
        caller.settimeout(0.5)
        return caller.connect_ex((reachable(host), port)) != 0


def _bindable(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            return False
        raise PortUnavailable(f"Cannot listen on {host} port {port}: {e.strerror}. Set HOST and PORT.") from e
    return True


def reachable(host: str) -> str:
    """An address under which a server that listens on `host` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - named, not bound


def choose(host: str, port: int, *, is_fixed: bool) -> int:
    """The port, or unless it is fixed the next free one. Raises PortUnavailable."""
    if port > _LAST_PORT:
        raise PortUnavailable(f"PORT is {port}: ports end at {_LAST_PORT}.")
    if _becomes_free(host, port):
        return port
    if is_fixed:
        raise PortUnavailable(f"Port {port} is taken by another program: stop it, or set PORT to a free one.")
    for candidate in range(port + 1, port + 1 + _NEXT_PORTS):
        if is_free(host, candidate):
            return candidate
    raise PortUnavailable(f"Ports {port} to {port + _NEXT_PORTS} are all taken: set PORT to a free one.")


def _becomes_free(host: str, port: int) -> bool:
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while not is_free(host, port):
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.1)
    return True


def any_free() -> int:
    """A loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
