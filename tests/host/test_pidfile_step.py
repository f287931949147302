"""The step `pidfile`, with processes and files of our own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from sandbox import Sandbox, step
from sleeping import sleeping

from hardener.host.door.system import System
from hardener.host.record.store import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def process() -> "Iterator[subprocess.Popen[bytes]]":
    with sleeping() as process:
        yield process


@pytest.fixture
def file(tmp_path: Path, process: "subprocess.Popen[bytes]") -> Path:
    path = tmp_path / "sleep.pid"
    path.write_text(f"{process.pid}\n")
    path.chmod(0o640)
    return path


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    return Sandbox("/", store=Store(System("/"), str(tmp_path / "state")))


def there_and_back(host: Sandbox, file: Path, wish: dict[str, object]) -> None:
    before = file.read_bytes(), file.stat().st_mode, file.stat().st_uid
    assert host.foretold(wish) == [f"remove file:{file}"]
    assert not file.exists()
    assert host.play(wish) == "ok"
    assert host.rollback("run-002") == "rolled back"
    assert (file.read_bytes(), file.stat().st_mode, file.stat().st_uid) == before


def test_one_that_runs_is_left_alone(
    host: Sandbox, file: Path, process: "subprocess.Popen[bytes]"
) -> None:
    assert host.play(step("pidfile", path=str(file), name="sleep")) == "ok"
    assert host.notes() == [f"{file} is process {process.pid}'s, which runs"]
    assert file.exists()


def test_its_process_has_ended(
    host: Sandbox, file: Path, process: "subprocess.Popen[bytes]"
) -> None:
    process.kill()
    process.wait()
    there_and_back(host, file, step("pidfile", path=str(file)))


def test_its_number_was_used_again(host: Sandbox, file: Path) -> None:
    hour_ago = file.stat().st_mtime - 3600
    os.utime(file, (hour_ago, hour_ago))
    wish = step("pidfile", path=str(file))
    assert host.play(wish, dry_run=True) == "pending"
    assert any("is another one by now" in note for note in host.notes())
    assert host.play(wish) == "changed"
    assert not file.exists()


def test_its_number_is_another_program_s(host: Sandbox, file: Path) -> None:
    there_and_back(host, file, step("pidfile", path=str(file), name="nginx"))


def test_what_an_earlier_step_may_end_is_not_foretold(host: Sandbox, file: Path) -> None:
    ends = step("command", cmd="true", irreversible=True)
    host.play(ends, step("pidfile", 2, path=str(file)), dry_run=True)
    said = [e["status"] for e in host.events if e["event"] == "step" and e["number"] == 2]
    assert said == ["unknown"]


def test_one_that_proc_hides_is_not_taken_for_ended(
    tmp_path: Path, process: "subprocess.Popen[bytes]"
) -> None:
    """As by hidepid, which not every kernel has: /proc shows nothing of it, and yet it runs."""
    needs.root()
    file = tmp_path / "sleep.pid"
    file.write_text(f"{process.pid}\n")
    seen = f"process {process.pid} is another user's, and can't be seen"
    assert seen in hidden(file, process.pid)
    process.kill()
    assert "gone='has ended'" in hidden(file, process.pid, "false")  # a zombie by now


def test_the_uptime_of_a_container_is_not_gone_by(
    tmp_path: Path, process: "subprocess.Popen[bytes]"
) -> None:
    """As lxcfs has it: /proc/uptime counts from the start of the container, /proc/PID/stat does not."""
    needs.root()
    file, uptime = tmp_path / "sleep.pid", tmp_path / "uptime"
    file.write_text(f"{process.pid}\n")
    uptime.write_text("5.00 5.00\n")
    mount = f"mount --bind {uptime} /proc/uptime; true"
    assert "gone=''" in hidden(file, process.pid, mount)


def hidden(file: Path, pid: int, mount: str = "mount -t tmpfs none") -> str:
    """What the kind says of a pid file where this process is hidden."""
    look = f"PidFileKind(System('/'), None)._read({str(file)!r})"
    code = "from hardener.host.door.system import System\n"
    code += f"from hardener.host.kinds.pidfile import PidFileKind\nprint({look})"
    hide = f'{mount} /proc/{pid}; exec "$@"'
    shell = ["unshare", "-m", "sh", "-c", hide, "sh", sys.executable, "-c", code]
    ran = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr
