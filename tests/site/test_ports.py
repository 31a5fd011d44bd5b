"""Which port the web server gets."""

import socket
from collections.abc import Iterator

import pytest

from karlos_site.stack import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_kept() -> None:
    port = ports.any_free()
    assert ports.choose("127.0.0.1", port, is_fixed=True) == port


def test_another_port_is_found_when_nobody_asked_for_this_one(taken: int) -> None:
    assert taken < ports.choose("127.0.0.1", taken, is_fixed=False) <= taken + 20


def test_a_port_that_was_asked_for_is_not_exchanged(taken: int) -> None:
    with pytest.raises(ports.PortUnavailable, match=f"Port {taken} is taken"):
        ports.choose("127.0.0.1", taken, is_fixed=True)


def test_a_port_taken_on_loopback_is_not_free_on_every_address(taken: int) -> None:
    assert not ports.is_free("0.0.0.0", taken)


def test_a_host_that_is_not_ours_names_the_remedy() -> None:
    with pytest.raises(ports.PortUnavailable, match="Set HOST and PORT"):
        ports.choose("192.0.2.1", 8000, is_fixed=False)


def test_a_port_that_cannot_be_is_refused() -> None:
    with pytest.raises(ports.PortUnavailable, match="65535"):
        ports.choose("127.0.0.1", 99999, is_fixed=True)
