"""Ctrl-C and a closed terminal, over real SSH: the step under way is finished, nothing after it begun."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

SLOW = {
    "command": {
        "cmd": "sh -c 'touch /run/slow; while [ ! -e /run/go ]; do sleep 0.1; done; touch /run/finished'",
        "undo": "true",
    },
    "name": "Take until somebody says go",
}


def write(name: str) -> dict[str, dict[str, str]]:
    return {"file": {"path": f"/etc/{name}", "content": "x"}}


@contextmanager
def amid_the_step(
    host: Host, process: "subprocess.Popen[str]", sent: signal.Signals
) -> Iterator[None]:
    """Send a signal while the host is at the slow step, which goes on when all that is done here has had its time."""
    host.wait_until(["test", "-e", "/run/slow"], timeout=90)
    process.send_signal(sent)
    yield
    time.sleep(2)
    host.sh("touch /run/go")


@pytest.mark.parametrize(
    ("user", "word", "left"), [("root", "rollback_host", False), ("ops", "keep", True)]
)
def test_the_step_under_way_is_finished(
    lab: Lab, host: Host, tmp_path: Path, user: str, word: str, left: bool
) -> None:
    harden = Command(lab, host, tmp_path, user)
    book = harden.playbook(write("before"), SLOW, write("after"), on_failure=word)
    with harden.popen("apply", str(book)) as process:
        assert process.stderr
        with amid_the_step(host, process, signal.SIGINT):
            told = iter(process.stderr.readline, "")
            assert any("Ctrl-C once more stops at once" in line for line in told)
        out, err = process.communicate(timeout=90)
    assert process.returncode == 130, out + err
    assert host.exists("/run/finished")
    assert host.exists("/etc/before") == left
    assert not host.exists("/etc/after")
    said = harden("status").stdout
    assert said.splitlines()[-1].split()[:-1] == (["failed"] if left else ["rolled", "back"])


def test_a_closed_terminal_takes_it_all_back(lab: Lab, host: Host, tmp_path: Path) -> None:
    """The one step that is left is not begun for a controller that has gone in the one before."""
    harden = Command(lab, host, tmp_path, "ops")
    book = harden.playbook(write("before"), SLOW, write("after"))
    with harden.popen("apply", str(book)) as process, amid_the_step(host, process, signal.SIGHUP):
        process.communicate(timeout=90)
        host.wait_until(["sh", "-c", "! pgrep -u ops -x sshd"])
    host.wait_until(["test", "!", "-s", "/var/lib/hardener/lock"])
    assert host.exists("/run/finished")
    assert not host.exists("/etc/before") and not host.exists("/etc/after")
    assert "rolled back" in harden("status").stdout
