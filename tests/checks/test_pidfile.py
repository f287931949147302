"""The check of pid files, with processes of our own."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from checks.asking import ask
from sleeping import sleeping


@pytest.fixture
def process() -> "Iterator[subprocess.Popen[bytes]]":
    with sleeping() as process:
        yield process


@pytest.fixture
def file(tmp_path: Path, process: "subprocess.Popen[bytes]") -> Path:
    path = tmp_path / "sleep.pid"
    path.write_text(f"{process.pid}\n")
    return path


def test_it_runs(file: Path) -> None:
    assert ask("pidfile", path=str(file)) is None
    assert ask("pidfile", path=str(file), name="sleep", pattern="^sleep 600$") is None
    assert ask("pidfile", path=str(file), user=str(os.getuid())) is None


def test_it_is_another_program(file: Path, process: "subprocess.Popen[bytes]") -> None:
    said = f"process {process.pid} of {file} is"
    assert ask("pidfile", path=str(file), name="nginx") == f"{said} sleep, not nginx"
    assert ask("pidfile", path=str(file), pattern="nginx") == f"{said} `sleep 600`"
    assert ask("pidfile", path=str(file), user="nobody") == f"{said} not nobody's"


def test_it_has_ended(file: Path, process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    said = f"{file} was left behind: process {process.pid} has ended"
    assert ask("pidfile", path=str(file)) == said
    assert ask("pidfile", path=str(file), required=False) == said


def test_its_number_was_used_again(file: Path, process: "subprocess.Popen[bytes]") -> None:
    """As after a reboot: the file is older than the process."""
    hour_ago = file.stat().st_mtime - 3600
    os.utime(file, (hour_ago, hour_ago))
    said = f"{file} was left behind: process {process.pid} is another one by now"
    assert ask("pidfile", path=str(file)) == said


def test_a_zombie_has_ended(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    path = tmp_path / "true.pid"
    path.write_text(str(ended.pid))
    assert "has ended" in str(ask("pidfile", path=str(path)))
    ended.wait()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pid")
    assert ask("pidfile", path=missing) == f"{missing} is not there"
    assert ask("pidfile", path=missing, required=False) is None


@pytest.mark.parametrize("text", ["", "0x10", "-1", "1 2", "²"])
def test_what_is_no_number(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.pid"
    path.write_text(text)
    assert "does not hold the number of a process" in str(ask("pidfile", path=str(path)))


def test_one_of_another_user() -> None:
    needs.root()
    with subprocess.Popen(["sleep", "600"], user=65534, group=65534, extra_groups=[]) as other:
        path = Path(f"/run/hardener-test-{other.pid}.pid")
        path.write_text(str(other.pid))
        try:
            assert ask("pidfile", path=str(path), user="nobody") is None
            assert "not root's" in str(ask("pidfile", path=str(path), user="root"))
        finally:
            path.unlink()
            other.kill()
