"""The checks of processes and of the network, on processes and sockets of our own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox import filled

from hardener.host import checks
from hardener.host.system import System


def ask(type: str, **params: Any) -> str | None:
    asked = {"type": type, "params": filled(type, params, "check")}
    found: str | None = checks.ask(asked, System())
    return found


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of 127.0.0.1 on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def word() -> Iterator[str]:
    """A word in the command lines of exactly two processes."""
    word = f"hardener-test-{os.getpid()}"
    command = [sys.executable, "-c", "input()", word]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(2)]
    yield word
    for process in processes:
        process.communicate()


def test_processes_are_counted(word: str) -> None:
    assert ask("process", pattern=f"{word}$", min=2, max=2) is None
    few = ask("process", pattern=f"{word}$", min=3)
    assert few == f"2 processes {word}$ run, at least 3 should"
    many = ask("process", pattern=f"{word}$", max=1)
    assert many == f"2 processes {word}$ run, at most 1 should"


def test_processes_of_others_do_not_count(word: str) -> None:
    assert ask("process", pattern=word, user="nobody") is not None


def test_a_process_by_its_name() -> None:
    with open("/proc/self/comm", encoding="utf-8") as file:
        assert ask("process", name=file.read().strip()) is None
    assert ask("process", name="no-such-program") is not None


def test_a_port_that_accepts(listener: int) -> None:
    assert ask("tcp", host="127.0.0.1", port=listener) is None
    assert ask("port", port=listener) is None
    assert ask("port", port=listener, address="127.0.0.1") is None


def test_a_port_that_is_open_and_should_not_be(listener: int) -> None:
    assert ask("port", port=listener, listening=False) == (
        f"something listens on port {listener} (127.0.0.1)"
    )


def test_a_port_where_nobody_listens(listener: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ask("tcp", host="127.0.0.1", port=port) == (
        f"nothing accepts at 127.0.0.1:{port}: Connection refused"
    )
    assert ask("port", port=port) == f"nothing listens on port {port}"
    assert ask("port", port=port, listening=False) is None
