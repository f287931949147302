"""The check of supervisord's programs, asked of a real supervisord."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from supervised import Site, sites, wait


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """`web` and `pair:a`, `pair:b` run; `job` waits to be started by hand."""
    with sites(tmp_path) as make:
        site = make()
        site.program("job", "autostart=false\n")
        for name in ("web", "a", "b"):
            site.program(name)
        (site.folder / "conf.d/pair.conf").write_text("[group:pair]\nprograms=a,b\n")
        yield site


def test_nobody_answers(site: Site) -> None:
    assert "does not answer" in str(site.check(all="RUNNING"))


def test_all(site: Site) -> None:
    site.start()
    assert site.check(all="RUNNING") == "job is STOPPED: Not started instead of RUNNING"
    assert site.check(all="RUNNING", programs={"job": "STOPPED"}) is None


def test_by_name(site: Site) -> None:
    site.start()
    assert site.check(programs=["web", "pair:a"]) is None
    assert site.check(programs={"we*": "RUNNING", "pair:*": "RUNNING", "job": "STOPPED"}) is None
    assert site.check(programs=["missing"]) == "supervisord has no program missing"
    assert site.check(programs=["pair:c"]) == "supervisord has no program pair:c"


def test_one_that_ended(site: Site) -> None:
    site.program("short", "autorestart=false\n", "/bin/false")
    site.start()
    wait(lambda: site.states()["short"] == "EXITED")
    site.call("stopProcess", "web")
    trouble = str(site.check(programs=["web", "short", "pair:*"]))
    assert "short is EXITED" in trouble
    assert "web is STOPPED" in trouble
    assert "pair" not in trouble
    assert site.check(programs={"short": "EXITED", "web": "STOPPED"}) is None


def test_one_that_comes_up_late_is_waited_for(site: Site) -> None:
    """As `verify` asks it, with `retries`."""
    site.program("late", "startsecs=2\n")
    site.start(wait_for_programs=False)
    assert "late is STARTING" in str(site.check(programs=["late"]))
    assert site.check(retries=20, programs=["late"]) is None


def test_a_file_that_names_no_server(site: Site) -> None:
    site.start()
    site.config.write_text("[supervisord]\n")
    trouble = str(site.check(all="RUNNING"))
    assert trouble == f"{site.config} names no server by which its supervisord can be asked"
    site.config.unlink()
    assert f"there is no {site.config}" in str(site.check(all="RUNNING"))


@pytest.mark.parametrize("page", ["<html>", "<methodResponse/>", ""])
def test_somebody_else_answers_there(site: Site, page: str) -> None:
    """Another program has taken the port."""
    site.start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        site.config.write_text(f"[inet_http_server]\nport=127.0.0.1:{port}\n[supervisord]\n")

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                asked = b""
                while b"</methodCall>" not in asked:
                    asked += connection.recv(4096)
                connection.sendall(f"HTTP/1.0 200 OK\r\n\r\n{page}".encode())

        threading.Thread(target=serve, daemon=True).start()
        trouble = site.check(all="RUNNING")
    assert trouble == f"what answers at http://127.0.0.1:{port} is no supervisord"
