"""The check of web addresses, against servers of our own: good ones, and ones that are not."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import needs
import pytest
from checks.asking import ask

from hardener.host.checks.http import placed


class Site(BaseHTTPRequestHandler):
    """/ is well, /down is not, /away is elsewhere, /echo says what was asked, /drip never ends."""

    def do_GET(self) -> None:
        code = {"/down": 503, "/away": 302}.get(self.path, 200)
        self.send_response(code)
        self.send_header("Location", "/")
        self.end_headers()
        if self.path == "/drip":
            self.drip()
        else:
            self.wfile.write(f"REC.IO {self.command} {self.headers.get('X-Who')}".encode())

    def drip(self) -> None:
        try:
            for _ in range(200):
                self.wfile.write(b".")
                time.sleep(0.05)
        except OSError:
            pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *args: Any) -> None:
        """Say nothing on standard error."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    yield from served("http")


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[str]:
    """The same with a certificate that nobody has signed but itself."""
    needs.program("openssl")
    both = tmp_path / "key-and-certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += ["-nodes", "-subj", "/CN=127.0.0.1", "-keyout", str(both), "-out", "-"]
    certificate = subprocess.run(made, check=True, capture_output=True).stdout
    both.write_bytes(both.read_bytes() + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    yield from served("https", context)


def served(scheme: str, context: ssl.SSLContext | None = None) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def raw() -> Iterator[Any]:
    """Serve one connection by these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(data: bytes) -> str:
            def serve() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(data)

            threading.Thread(target=serve, daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}/"

        yield answer


def test_an_answer(site: str) -> None:
    assert ask("http", url=site + "/") is None
    assert ask("http", url=site + "/", contains="REC.IO") is None


def test_another_status(site: str) -> None:
    url = site + "/down"
    assert ask("http", url=url) == f"{url} answered 503, not 200"
    assert ask("http", url=url, status=503) is None
    assert ask("http", url=url, status=[200, 503]) is None
    assert ask("http", url=url, status=[200, 204]) == f"{url} answered 503, not 200 or 204"


def test_another_text(site: str) -> None:
    assert ask("http", url=site + "/", contains="404") == f"{site}/ answered 200, but without '404'"


def test_a_redirect_is_an_answer(site: str) -> None:
    assert ask("http", url=site + "/away") == f"{site}/away answered 302, not 200"
    assert ask("http", url=site + "/away", status=302) is None


def test_method_and_headers_are_sent(site: str) -> None:
    assert ask("http", url=site + "/echo", method="POST", contains="POST None") is None
    assert ask("http", url=site + "/echo", headers={"X-Who": "me"}, contains="GET me") is None
    assert ask("http", url=site + "/echo", method="HEAD") is None


def test_a_certificate_that_nobody_trusts(secure: str) -> None:
    assert "certificate" in str(ask("http", url=secure + "/"))
    assert ask("http", url=secure + "/", insecure=True, contains="REC.IO") is None


def test_a_proxy_of_the_environment_is_not_asked(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ask("http", url=site + "/") is None


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert (
        ask("http", url=f"http://127.0.0.1:{port}/")
        == f"http://127.0.0.1:{port}/: [Errno 111] Connection refused"
    )


def test_no_such_host() -> None:
    assert "http://nobody.invalid/: " in str(ask("http", url="http://nobody.invalid/"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["hangs-up", "no-http", "broken-chunks"],
)
def test_who_answers_does_not_speak_http(raw: Any, data: bytes) -> None:
    url = raw(data)
    assert str(ask("http", url=url, contains="x")).startswith(url)


def test_an_address_that_is_none() -> None:
    assert "http://[::1/" in str(ask("http", url="http://[::1/"))


def test_silence_is_waited_for_so_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        assert "timed out" in str(
            ask("http", url=f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=1)
        )
        assert time.monotonic() - began < 5


def test_a_page_that_never_ends_is_not_read_for_ever(site: str) -> None:
    began = time.monotonic()
    assert ask("http", url=site + "/drip", timeout=1) is None
    assert "but without 'x'" in str(ask("http", url=site + "/drip", contains="x", timeout=1))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:3000/",
        "http://localhost",
        "https://a.b?x=/y",
        "http://u:p@h:8080/a/b?c=d#e",
        "HTTP://H/#/x",
        "http://[::1]:80/",
        "https://[fe80::1]",
        "http://h:/x",
        "http://bücher.example/",
    ],
)
def test_an_address_is_taken_apart_as_by_python(url: str) -> None:
    where, theirs = placed(url), urlsplit(url)
    assert where.scheme == theirs.scheme
    assert where.host.lower() == theirs.hostname
    assert where.port == (theirs.port or {"http": 80, "https": 443}[theirs.scheme])
    assert where.target == (theirs.path or "/") + (theirs.query and "?" + theirs.query)


@pytest.mark.parametrize(
    "url", ["http://", "http://:80/", "http://::1/", "http://[::1/", "http://h:x/"]
)
def test_what_is_no_address(url: str) -> None:
    assert str(ask("http", url=url)).startswith(url + ": ")
