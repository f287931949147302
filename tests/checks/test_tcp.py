"""The check that connects, to sockets of our own."""

import socket
import time

from checks.asking import ask


def test_somebody_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ask("tcp", host="127.0.0.1", port=server.getsockname()[1]) is None
        assert ask("tcp", port=server.getsockname()[1]) is None  # localhost


def test_nobody_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ask("tcp", host="127.0.0.1", port=port) == (
        f"nothing accepts at 127.0.0.1:{port}: Connection refused"
    )


def test_no_such_host() -> None:
    assert "nothing accepts at nobody.invalid:22: " in str(
        ask("tcp", host="nobody.invalid", port=22)
    )


def test_silence_is_waited_for_so_long() -> None:
    """A queue that is full lets the kernel drop what else comes, as a firewall does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        began = time.monotonic()
        trouble = ask("tcp", host=address[0], port=address[1], timeout=1)
        assert trouble == f"nothing accepts at 127.0.0.1:{address[1]}: timed out"
        assert time.monotonic() - began < 10
        for each in waiting:
            each.close()
