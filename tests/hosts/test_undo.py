"""A part of a run, and all since a time, undone on a booted host, over SSH with sudo."""

from pathlib import Path

import pytest
from faults.lockout.command import LEFT_OUT, Command
from faults.lockout.steps import file, reload, sshd
from lab.host import Host
from lab.session import Lab


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    made = Command(lab, host, tmp_path, user="ops")
    assert made("facts").returncode == 0
    return made


def tries(host: Host) -> str:
    return str(host.sh("sshd -T | grep -i maxauthtries").strip())


def test_one_step_then_all_since(harden: Command, host: Host) -> None:
    before, allowed = host.hash(leave_out=LEFT_OUT), tries(host)
    note = {"name": "Leave a note", **file("/etc/note", "one\n")}
    book = harden.playbook(*sshd("MaxAuthTries 4"), note, handlers=reload("ssh"))
    assert harden("apply", str(book)).returncode == 0
    applied = host.hash(leave_out=LEFT_OUT)
    planned = harden("rollback", "--step", "Leave a note", "--dry-run")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "file:/etc/note" in planned.stdout
    assert "sshd" not in planned.stdout
    assert host.hash(leave_out=LEFT_OUT) == applied
    assert harden("rollback", "--step", "Leave a note").returncode == 0
    assert tries(host) == "maxauthtries 4"
    assert not host.sh("ls /etc/note 2>/dev/null || true").strip()
    rest = harden("rollback", "--since", "1h")
    assert rest.returncode == 0, rest.stdout + rest.stderr
    assert "could lock you out" in rest.stdout, "what touches the way in is named"
    assert tries(host) == allowed
    assert host.hash(leave_out=LEFT_OUT) == before
