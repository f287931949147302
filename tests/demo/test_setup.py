"""Set-up on machines that lack something: one clear sentence, and nothing that was not verified."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
WHEELS = {name: name.encode() for name in ("pip-9.0-py3-none-any.whl", "pip-10.2-py3-none-any.whl")}


@pytest.mark.parametrize("name", ["setup", "demo"])
def test_plain_sh_can_read_it(name):
    subprocess.run(["sh", "-n", SCRIPTS / name], check=True)
    assert os.access(SCRIPTS / name, os.X_OK)


@pytest.mark.parametrize("version", ["Python 3.9.2", None], ids=["too old", "none"])
def test_says_what_to_ask_for_where_python_is(version, tmp_path):
    ran = setup_with(tmp_path, version and f"#!/bin/sh\n[ $1 = -V ] && echo {version}\n")
    assert ran.returncode == 1
    assert f"here is {version or 'none'}. Ask the administrator for:" in ran.stderr
    assert "apt-get install python3" in ran.stderr


def setup_with(place: Path, python: str | None) -> subprocess.CompletedProcess[str]:
    """Run scripts/setup in a checkout of its own, with few programs in PATH and this python3."""
    (place / "scripts").mkdir()
    shutil.copy(SCRIPTS / "setup", place / "scripts")
    (place / "pyproject.toml").touch()
    (place / "bin").mkdir()
    for name in ("sh", "dirname", "cat", "cmp", "id", "rm", "mktemp"):
        (place / "bin" / name).symlink_to(str(shutil.which(name)))
    if python:
        (place / "bin/python3").write_text(python)
        (place / "bin/python3").chmod(0o755)
    command = [str(place / "scripts/setup")]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env={"PATH": str(place / "bin")}
    )


class Index:
    """A package index on this machine that offers pip."""

    def __init__(self, links: list[str]) -> None:
        page = "\n".join(links).encode()
        files = {"/simple/pip/": page, **{f"/files/{k}": v for k, v in WHEELS.items()}}
        self.asked: list[tuple[str, str | None]] = []
        asked = self.asked

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers["Authorization"]))
                self.send_response(200 if self.path in files else 404)
                self.end_headers()
                self.wfile.write(files.get(self.path, b""))

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def fetch(self, folder: Path, login: str = "") -> subprocess.CompletedProcess[str]:
        """Have scripts/fetch-pip ask it."""
        url = f"http://{login}127.0.0.1:{self.server.server_port}/simple"
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PIP_INDEX_URL": url}
        environment["no_proxy"] = "127.0.0.1"
        command = [sys.executable, SCRIPTS / "fetch-pip", str(folder)]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def link(name: str, more: str = "", digest: str | None = None) -> str:
    digest = digest or hashlib.sha256(WHEELS.get(name, b"")).hexdigest()
    return f'<a href="../../files/{name}#sha256={digest}" {more}>{name}</a>'


OLD, NEW = WHEELS


def test_takes_the_newest_that_fits_and_nothing_else(tmp_path):
    links = [
        link(NEW),
        link(OLD),
        link("pip-99.0b1-py3-none-any.whl"),
        link("pip-98.0-py3-none-any.whl", 'data-yanked="bad"'),
        link("pip-97.0-py3-none-any.whl", 'data-requires-python="&gt;=3.99"'),
        link("pip-96.0.tar.gz"),
    ]
    with Index(links) as index:
        ran = index.fetch(tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == [NEW]


def test_sends_the_login_that_the_address_holds(tmp_path):
    with Index([link(NEW)]) as index:
        assert index.fetch(tmp_path, "me:s%40cret@").returncode == 0
    assert {login for _, login in index.asked} == {"Basic bWU6c0BjcmV0"}


@pytest.mark.parametrize(
    ("links", "why"),
    [
        ([link(NEW, digest="0" * 64)], "is not the one that the index names"),
        (['<a href="/files/pip-10.2-py3-none-any.whl">'], "is not the one that the index names"),
        ([], "offers no pip"),
        ([f'<a href="http://pip.example.com/{NEW}#sha256=0">'], "is no https address"),
    ],
    ids=["another hash", "no hash", "none", "not safe"],
)
def test_keeps_nothing_that_is_not_verified(tmp_path, links, why):
    with Index(links) as index:
        ran = index.fetch(tmp_path)
    assert ran.returncode == 1
    assert why in ran.stderr
    assert "apt-get install python3-venv" in ran.stderr
    assert list(tmp_path.iterdir()) == []
