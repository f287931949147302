"""Ctrl-C over real SSH, as root and by sudo: the step under way is finished, nothing after it begun."""

import signal
import time
from pathlib import Path

import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

SLOW = {
    "command": {"cmd": "sh -c 'touch /run/slow; sleep 3; touch /run/finished'", "undo": "true"},
    "name": "Take a while",
}


def write(name: str) -> dict[str, dict[str, str]]:
    return {"file": {"path": f"/etc/{name}", "content": "x"}}


@pytest.mark.parametrize(
    ("user", "word", "left"), [("root", "rollback_host", False), ("ops", "keep", True)]
)
def test_the_step_under_way_is_finished(
    lab: Lab, host: Host, tmp_path: Path, user: str, word: str, left: bool
) -> None:
    harden = Command(lab, host, tmp_path, user)
    book = harden.playbook(write("before"), SLOW, write("after"), on_failure=word)
    with harden.popen("apply", str(book)) as process:
        end = time.monotonic() + 90
        while not host.exists("/run/slow"):
            assert time.monotonic() < end
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=90)
    assert process.returncode == 130, out + err
    assert "Ctrl-C once more stops at once" in err
    assert host.exists("/run/finished")
    assert host.exists("/etc/before") == left
    assert not host.exists("/etc/after")
    said = harden("status").stdout
    assert said.splitlines()[-1].split()[:-1] == (["failed"] if left else ["rolled", "back"])
