"""A change that could lock somebody out is kept only after a fresh login; else the host undoes it."""

from pathlib import Path

import pytest
from faults.lockout.command import LEFT_OUT, Command
from lab.host import Host
from lab.session import Lab

UNIT = "/etc/systemd/system/hardener-guard.service"
MOTD = {"line": {"path": "/etc/security/limits.conf", "line": "* hard core 0"}}


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    return Command(lab, host, tmp_path)


def sshd(*lines: str) -> list[dict[str, object]]:
    """Steps that change sshd's configuration and have it read again."""
    content = "".join(line + "\n" for line in lines)
    path = "/etc/ssh/sshd_config.d/10-test.conf"
    return [{"name": "Set up sshd", "file": {"path": path, "content": content}, "notify": "reload"}]


RELOAD = [{"name": "reload", "service": {"name": "ssh", "state": "reloaded"}}]


def test_a_fresh_login_keeps_it(harden: Command, host: Host) -> None:
    before = host.hash(leave_out=LEFT_OUT)
    book = harden.playbook(*sshd("MaxAuthTries 4"), handlers=RELOAD)
    done = harden("apply", str(book), "--confirm-within", "30")
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "confirmed" in done.stdout
    assert not host.exists(UNIT)
    assert harden("apply", str(book)).returncode == 0
    back = harden("rollback")
    assert back.returncode == 0, back.stdout
    assert host.hash(leave_out=LEFT_OUT) == before


def test_refused_user_is_let_in_again(harden: Command, host: Host) -> None:
    before = host.hash(leave_out=LEFT_OUT)
    book = harden.playbook(*sshd("AllowUsers nobody"), handlers=RELOAD)
    done = harden("apply", str(book), "--confirm-within", "8")
    print(done.stdout, done.stderr)
    assert done.returncode == 3, done.stdout + done.stderr
    assert host.ssh("true").returncode == 0
    assert host.hash(leave_out=LEFT_OUT) == before
