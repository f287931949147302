"""The check of listening ports, on sockets of our own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import needs
import pytest
from checks.asking import ask


@contextmanager
def listening(address: str) -> Iterator[int]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        yield server.getsockname()[1]


@pytest.fixture
def quiet() -> int:
    """A port where nobody listens."""
    with listening("127.0.0.1") as port:
        return port


def test_somebody_listens() -> None:
    with listening("127.0.0.1") as port:
        assert ask("port", port=port) is None
        assert ask("port", port=port, listening=False) == (
            f"something listens on port {port} (127.0.0.1)"
        )


def test_nobody_listens(quiet: int) -> None:
    assert ask("port", port=quiet) == f"nothing listens on port {quiet}"
    assert ask("port", port=quiet, listening=False) is None


def test_who_only_connects_does_not_listen() -> None:
    with listening("127.0.0.1") as port, socket.create_connection(("127.0.0.1", port)) as client:
        mine = client.getsockname()[1]
        assert ask("port", port=mine) == f"nothing listens on port {mine}"


def test_the_address_counts() -> None:
    with listening("127.0.0.1") as port:
        assert ask("port", port=port, address="127.0.0.1") is None
        assert ask("port", port=port, address="10.0.0.1") == f"nothing listens on port {port}"
        assert ask("port", port=port, address="10.0.0.1", listening=False) is None


def test_every_address_is_this_one_too() -> None:
    with listening("0.0.0.0") as port:
        assert ask("port", port=port, address="10.0.0.1") is None
        open_to_all = ask("port", port=port, address="10.0.0.1", listening=False)
        assert open_to_all == f"something listens on port {port} (0.0.0.0)"


def test_version_6() -> None:
    if not socket.has_ipv6:
        needs.missing("needs IPv6")
    with listening("::1") as port:
        assert ask("port", port=port, address="::1") is None
        assert ask("port", port=port, listening=False) == f"something listens on port {port} (::1)"


def test_an_address_has_one_form() -> None:
    with listening("::1") as port:
        assert ask("port", port=port, address="0:0::1") is None
    with listening("0.0.0.0") as port:
        assert ask("port", port=port, address="127.0.0.1") is None
        assert ask("port", port=port, address="::1") == f"nothing listens on port {port}"
    with listening("::") as port:
        assert ask("port", port=port, address="::ffff:127.0.0.1") is None
