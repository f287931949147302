"""The step `process`, with processes of our own."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from until import until

from hardener.host.door import processes
from hardener.host.door.system import System
from hardener.host.processes import ending
from hardener.host.processes.choice import of_kernel
from hardener.host.record.store import Store

NAME = f"worker-{os.getpid()}"  # nobody else's, of other tests at the same time for one
THREADS = "import threading, time; [threading.Thread(target=time.sleep, args=(600,)).start() for _ in 'ab']"


@pytest.fixture(autouse=True)
def as_root() -> None:
    needs.root()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of three threads, with a name that no other has."""
    program = tmp_path / NAME
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", THREADS]) as process:
        until = time.monotonic() + 20
        while len(nice(process)) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        yield process
        process.kill()


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    return Sandbox("/", store=Store(System("/"), str(tmp_path / "state")))


def nice(process: subprocess.Popen[bytes]) -> list[str]:
    stats = sorted(Path(f"/proc/{process.pid}/task").glob("*/stat"))
    return [stat.read_text().rpartition(")")[2].split()[16] for stat in stats]


def adjusted(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/oom_score_adj").read_text().strip()


def files(process: subprocess.Popen[bytes]) -> int:
    return resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0]


def wish(**given: Any) -> dict[str, Any]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    given = {"nice": 7, "oom_score_adj": 400, "limits": {"nofile": f"123:{most}"}, **given}
    given = {"name": NAME, **given}
    return step("process", **{key: value for key, value in given.items() if value is not None})


def test_all_of_it_for_each_thread_there_and_back(
    host: Sandbox, worker: subprocess.Popen[bytes]
) -> None:
    before = nice(worker), adjusted(worker), files(worker)
    assert host.foretold(wish()) == [f"change process:{worker.pid} {NAME}"]
    assert (nice(worker), adjusted(worker), files(worker)) == (["7"] * 3, "400", 123)
    assert host.play(wish()) == "ok"
    assert host.rollback("run-002") == "rolled back"
    assert (nice(worker), adjusted(worker), files(worker)) == before


def test_what_is_not_asked_for_is_left(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    before = files(worker)
    assert host.play(step("process", name=NAME, nice=3)) == "changed"
    assert (nice(worker), files(worker)) == (["3"] * 3, before)


def test_by_the_command_line_and_of_one_user_alone(
    host: Sandbox, worker: subprocess.Popen[bytes]
) -> None:
    line = {"name": None, "pattern": f"{NAME} -c import threading"}
    assert host.play(wish(**line, user="nobody", required=False)) == "ok"
    assert adjusted(worker) != "400"
    assert host.play(wish(**line, user="root")) == "changed"
    assert adjusted(worker) == "400"


def test_none_that_runs_is_an_error_unless_it_may_be(host: Sandbox) -> None:
    assert host.play(wish(name="no-such-thing")) == "refused"
    assert "no process no-such-thing runs" in host.errors()
    assert host.play(wish(name="no-such-thing", required=False)) == "ok"


def test_the_run_itself_is_never_meant(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    """The host's code runs in this process here: of the two, the worker alone is meant."""
    ours = " ".join(Path("/proc/self/cmdline").read_text().rstrip("\0").split("\0"))
    both = wish(name=None, pattern=f"{NAME} -c|{re.escape(ours)}", user="root")
    assert host.play(both, dry_run=True) == "pending"
    meant = [each.partition(":")[2].split()[0] for each in host.changes("preview")]
    assert str(worker.pid) in meant
    assert str(os.getpid()) not in meant


def test_a_soft_limit_over_the_hard_one(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    assert host.play(wish(limits={"nofile": "100:10"})) == "refused"
    assert "the soft limit of nofile, 100:10, is over the hard one" in host.errors()


def test_more_files_than_the_kernel_gives(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    before = adjusted(worker)
    assert host.play(wish(limits={"nofile": "unlimited"})) == "refused"
    said = host.errors()
    assert "more than the kernel gives" in said or "CAP_SYS_RESOURCE" in said
    assert adjusted(worker) == before


def test_one_that_has_ended_wants_nothing_back(
    host: Sandbox, worker: subprocess.Popen[bytes]
) -> None:
    assert host.play(wish()) == "changed"
    worker.kill()
    worker.wait()
    assert host.rollback(host.run) == "rolled back"
    assert "it has ended meanwhile" in str(host.events)


STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def end(**given: Any) -> dict[str, Any]:
    return step("process", **{"name": NAME, "state": "absent", "irreversible": True, **given})


def test_they_are_ended_for_good(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    assert host.foretold(end()) == [f"remove process:{worker.pid} {NAME}"]
    assert worker.wait(timeout=0) == -signal.SIGTERM
    assert host.play(end()) == "ok"
    assert host.rollback("run-002") == "partly rolled back"
    assert "can't be undone" in str(host.events)


def test_a_preview_ends_nothing(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    assert host.play(end(), dry_run=True) == "pending"
    assert "! SIGTERM" in str(host.events)
    assert worker.poll() is None


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that does not heed SIGTERM."""
    program = tmp_path / NAME
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", STUBBORN]) as process:
        status = Path(f"/proc/{process.pid}/status")
        try:
            until(lambda: ignored(status.read_text()) & 1 << signal.SIGTERM - 1, seconds=20)
            yield process
        finally:
            process.kill()


def ignored(status: str) -> int:
    """The signals that it ignores, a bit each (proc(5))."""
    return int(re.findall(r"(?m)^SigIgn:\s*(\w+)$", status)[0], 16)


def test_one_that_does_not_heed_it(host: Sandbox, stubborn: subprocess.Popen[bytes]) -> None:
    assert host.play(end(timeout=1)) == "rolled back"
    assert f"process {stubborn.pid} still runs 1 s after SIGTERM" in host.errors()
    assert stubborn.poll() is None
    assert host.play(end(timeout=0, force=True)) == "changed"
    assert stubborn.wait(timeout=0) == -signal.SIGKILL


def test_what_the_run_hangs_on_is_never_ended(host: Sandbox) -> None:
    """The host's code runs in this process here, which is somebody's child."""
    parent = Path(f"/proc/{os.getppid()}/comm").read_text().strip()
    for name, why in (
        (parent, "this very run hangs on it"),
        (Path("/proc/1/comm").read_text().strip(), "it is the first, and all the others' end"),
    ):
        assert host.play(end(name=name), dry_run=True) == "refused"
        assert why in host.errors()


def test_nor_a_thread_of_the_kernel(host: Sandbox) -> None:
    running = processes.running(System("/"))
    names = [each.name for each in running if of_kernel(each) and len(each.name) <= 15]
    if not names:
        pytest.skip("this machine shows no threads of the kernel")
    assert host.play(end(name=names[0]), dry_run=True) == "refused"
    assert "it is a thread of the kernel" in host.errors()


def test_nor_who_holds_the_port_of_this_login(
    host: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / NAME
    program.symlink_to(sys.executable)
    with socket.create_server(("127.0.0.1", 0)) as server:
        login = {"SSH_CONNECTION": f"192.0.2.1 5 192.0.2.2 {server.getsockname()[1]}"}
        monkeypatch.setattr(ending, "session", lambda system: login)
        with subprocess.Popen([program, "-c", THREADS], pass_fds=[server.fileno()]) as process:
            try:
                assert host.play(end(), dry_run=True) == "refused"
                assert "it lets in who logs in as this run did" in host.errors()
            finally:
                process.kill()


USED_AGAIN = """
import os, signal, subprocess, sys, time
other = subprocess.Popen(["sleep", "555"])
def heed(number, frame):
    other.kill()
    other.wait()
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write(str(other.pid - 1))
    os._exit(subprocess.Popen(["sleep", "777"]).pid != other.pid)
signal.signal(signal.SIGTERM, heed)
print(other.pid, flush=True)
time.sleep(600)
"""


def test_a_number_that_is_used_again_meanwhile(tmp_path: Path) -> None:
    """The first that is to end takes a moment; the second is gone by then, and its number is another's."""
    first = tmp_path / "used_again.py"
    first.write_text(USED_AGAIN)
    code = f"""
import subprocess, sys
from pathlib import Path
from sandbox import Sandbox, step
from hardener.host.door.system import System
from hardener.host.record.store import Store
host = Sandbox("/", store=Store(System("/"), {str(tmp_path / "state")!r}))
way = {{"stdout": subprocess.PIPE, "text": True, "start_new_session": True}}
with subprocess.Popen([sys.executable, {str(first)!r}], **way) as first:
    number = first.stdout.readline().strip()
    wish = step("process", pattern="used_again.py|sleep 555", state="absent", irreversible=True)
    print(host.play(wish), host.errors())
    first.kill()
    print(first.wait(), Path(f"/proc/{{number}}/cmdline").read_text())
"""
    said = apart(code, "--pid", "--fork", "--mount-proc")
    assert said.split() == ["changed", "0", "sleep\x00777\x00"]


def test_root_of_a_container_with_users_of_its_own(tmp_path: Path) -> None:
    """It has all capabilities, and the kernel asks for those of the machine."""
    code = f"""
import subprocess
from sandbox import Sandbox, step
from hardener.host.door.system import System
from hardener.host.record.store import Store
host = Sandbox("/", store=Store(System("/"), {str(tmp_path / "state")!r}))
with subprocess.Popen(["sleep", "54321"], start_new_session=True) as process:
    for what in {{"nice": -5}}, {{"oom_score_adj": -5}}, {{"limits": {{"nofile": 1000000}}}}:
        wish = step("process", pattern="^sleep 54321$", **what)
        print(host.play(wish, dry_run=True), "is not root of the machine" in host.errors())
    process.kill()
"""
    said = apart(code, "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
    assert said.split() == ["refused", "True"] * 3


def apart(code: str, *words: str) -> str:
    """What a program of ours prints in namespaces of its own: unshare(1)."""
    tests = Path(__file__).resolve().parents[1]
    path = f"{tests}:{tests.parent}"
    argv = ["unshare", *words, sys.executable, "-c", code]
    ran = subprocess.run(
        argv, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def test_of_what_is_ended_nothing_is_said(host: Sandbox, worker: subprocess.Popen[bytes]) -> None:
    """A step after it finds it gone, in a preview too."""
    host.play(end(), {**wish(required=False), "number": 2}, dry_run=True)
    assert host.changes("preview") == [f"remove process:{worker.pid} {NAME}"]
