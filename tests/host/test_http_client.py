"""Our HTTP client, against answers of every form, well-formed and not."""

import http.client
import io
import socket
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.host import http_client


def answered(data: bytes, method: str = "GET", target: str = "/", **more: Any) -> tuple[int, bytes]:
    """Ask somebody who says this and hangs up; the status and the body."""
    return told(data, method, target, **more)[:2]


def told(data: bytes, method: str, target: str, **more: Any) -> tuple[int, bytes, bytes]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        given = {"Host": "h", **more.pop("headers", {})}
        with http_client.ask(ours, time.monotonic, 5, method, target, given, **more) as reply:
            body = b"".join(reply.chunks())
        return reply.status, body, theirs.recv(65536)


class Said(io.BytesIO):
    """What Python's own client needs of a socket."""

    def makefile(self, *_: Any) -> "Said":
        return self


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.booleans())
def test_chunks_as_python_reads_them(parts: "list[bytes]", trailer: bool) -> None:
    coded = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in parts)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = head + coded + b"0\r\n" + (b"X: y\r\n" if trailer else b"") + b"\r\n"
    theirs = http.client.HTTPResponse(Said(data))  # type: ignore[arg-type]
    theirs.begin()
    assert answered(data) == (200, theirs.read()) == (200, b"".join(parts))


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", 200, b"ab"),
        (b"HTTP/1.0 200\r\n\r\nabc", 200, b"abc"),
        (b"HTTP/1.1 200 OK\nContent-length:2\n\nabc", 200, b"ab"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\nno", 404, b"no"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 101, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\nabc", 204, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200, b"abc"),
    ],
)
def test_answers(data: bytes, status: int, body: bytes) -> None:
    assert answered(data) == (status, body)


def test_a_head_alone() -> None:
    assert answered(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD") == (200, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 60000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http(data: bytes) -> None:
    with pytest.raises(ValueError):
        answered(data)


def test_who_hangs_up_has_not_answered() -> None:
    with pytest.raises(OSError, match="hangs up"):
        answered(b"")


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX: y", "/ä", "/\x7f"])
def test_no_other_request_is_smuggled_in_by_an_address(target: str) -> None:
    with pytest.raises(ValueError, match="an address can't have"):
        answered(b"HTTP/1.1 200 OK\r\n\r\n", target=target)


def test_nor_by_a_header() -> None:
    with pytest.raises(ValueError, match="a header can't have"):
        answered(b"HTTP/1.1 200 OK\r\n\r\n", headers={"X": "y\r\nZ: z"})


@pytest.mark.parametrize(
    ("method", "body", "length"), [("GET", b"", None), ("POST", b"", b"0"), ("POST", b"ab", b"2")]
)
def test_what_is_sent(method: str, body: bytes, length: "bytes | None") -> None:
    _, _, sent = told(b"HTTP/1.1 200 OK\r\n\r\n", method, "/x?y", body=body)
    head, _, rest = sent.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert (first, rest) == (method.encode() + b" /x?y HTTP/1.1", body)
    said = dict(line.split(b": ", 1) for line in lines)
    assert said.pop(b"Content-Length", None) == length
    assert said == {b"Host": b"h", b"Connection": b"close", b"Accept-Encoding": b"identity"}
