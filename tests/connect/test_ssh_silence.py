"""Servers that say nothing, or something else, or stop: each ends in time, with a word that tells."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from until import until

from hardener.connect import Target, alive, handshake, link
from hardener.errors import ConnectError, ConnectionLost

ALIVE = "Host *\n  ServerAliveInterval 1\n  ServerAliveCountMax 2\n"


@contextlib.contextmanager
def listener(serve: Callable[[socket.socket], None]) -> Iterator[Target]:
    """A port whose connections are served by a function, until it is closed."""

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                with server.accept()[0] as client:
                    serve(client)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=run)
        thread.start()
        yield Target(name="web1", address="127.0.0.1", port=server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def error_of(client, target, **more) -> ConnectError:
    with pytest.raises(ConnectError) as caught:
        client.open_target(Target(**{**target.__dict__, **more}))
    return caught.value


def test_a_port_that_takes_connections_and_says_nothing(client):
    with listener(lambda sock: sock.recv(99) and sock.recv(99)) as target:
        error = error_of(client, target, connect_timeout=0.7)
    assert (
        error.what == f"127.0.0.1:{target.port}: it takes connections, but says nothing for 0.7 s"
    )
    assert "sshd" in error.hint


def test_a_port_where_something_else_answers(client):
    with listener(lambda sock: sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as target:
        error = error_of(client, target)
    assert "no SSH server answers, but one that says «HTTP/1.1 400 Bad Request»" in error.what


def test_a_port_that_hangs_up_at_once(client, monkeypatch):
    monkeypatch.setattr(handshake, "PAUSES", (0.01, 0.01))
    calls: list[int] = []
    with listener(lambda sock: calls.append(1)) as target:
        error = error_of(client, target)
    assert "it hangs up before it says a word" in error.what
    assert "MaxStartups" in error.hint
    assert len(calls) == 3


def test_a_busy_sshd_is_tried_again(sshd, client):
    server = sshd("MaxStartups 2:100:3")
    client.trusts(server)
    names = [f"web{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda name: client.uid(server, name=name), names))) == 1
    assert "past MaxStartups" in server.log.read_text()


def test_a_login_that_hangs(sshd, client, place, monkeypatch):
    monkeypatch.setattr(handshake, "AUTHENTICATION", 0.7)
    command = Path("/usr/local/bin/hardener-test-slow-keys")
    command.write_text("#!/bin/sh\nsleep 5\n")
    command.chmod(0o755)
    try:
        server = sshd(
            f"AuthorizedKeysCommand {command}", "AuthorizedKeysCommandUser nobody",
            authorize=place / "none",
        )  # fmt: skip
        client.trusts(server)
        with pytest.raises(ConnectError, match="the login takes more than") as caught:
            client.open(server)
    finally:
        command.unlink()
    assert str(client.key) in caught.value.why


@pytest.mark.parametrize("asleep", ["server", "jump"])
def test_a_host_or_jump_that_freezes_in_mid_run(sshd, client, user, asleep):
    """Its kernel still acknowledges all that comes, so TCP notices nothing."""
    jump, server = sshd(), sshd()
    client.trusts(jump, server)
    client.config(ALIVE + f"Host 127.0.0.1\n  IdentityFile {client.key}\n")
    frozen = {"server": server, "jump": jump}[asleep]
    with client.open(server, proxy_jump=f"{user.name}@127.0.0.1:{jump.port}") as channel:
        frozen.signal_sessions(signal.SIGSTOP)
        try:
            with pytest.raises(ConnectionLost, match="nothing was heard of it for") as caught:
                channel.receive(20)
        finally:
            frozen.signal_sessions(signal.SIGCONT)
    assert caught.value.where == "web1"


def test_a_host_that_is_busy_for_long_is_not_given_up(sshd, client, place, monkeypatch):
    """Whoever asks for a sign of life gets one; after each, the clock jumps by most of what is allowed."""
    signs: list[int] = []
    done = place / "done"

    class Hearing(alive.Heard):
        def recv(self, size: int) -> bytes:
            data = super().recv(size)
            signs.append(len(data))
            return data

    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 50 * len(signs))
    monkeypatch.setattr(alive, "time", clock)
    monkeypatch.setattr(link, "Heard", Hearing)
    server = sshd()
    client.trusts(server)
    client.config("Host *\n  ServerAliveInterval 1\n  ServerAliveCountMax 80\n")
    with client.open(server) as channel:
        channel.send({"do": "work", "until": str(done)})
        before = len(signs)
        until(lambda: len(signs) > before + 3)
        done.touch()
        assert channel.receive(20)["do"] == "work"
    done.unlink()


FAILS_FAST = """
import time
from hardener.connect import Target, paramiko_ssh
from hardener.errors import ConnectError

def slowly(meanwhile):
    time.sleep(1)
    print("whole")

paramiko_ssh._get_ready = slowly
try:
    paramiko_ssh.open_ssh(Target(name="web1", address="127.0.0.1", port=1), None, None, "")
except ConnectError:
    print("refused")
"""


def test_a_process_does_not_end_within_an_import() -> None:
    """A thread that is stopped within cryptography's Rust takes the process down: «exception not rethrown»."""
    done = subprocess.run(
        [sys.executable, "-c", FAILS_FAST], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.returncode) == ("refused\nwhole\n", 0), done.stderr
