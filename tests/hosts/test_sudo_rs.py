"""sudo-rs in sudo's place, as recent releases of Ubuntu have it: the real one, on a booted host (D32)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    made = make_host(suite="trixie", packages=("sudo-rs",))
    place = made.sh("dpkg -L sudo-rs | grep -m1 -E '/(sudo-rs|sudo)$'").strip()
    made.sh(f"ln -s {place} /usr/local/bin/sudo")
    assert "sudo-rs" in made.sh("/usr/local/bin/sudo --version 2>&1")
    return made


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    return Command(lab, host, tmp_path, user="ops")


def test_password(harden: Command, host: Host) -> None:
    book = harden.playbook({"file": {"path": "/etc/motd", "content": "by sudo-rs\n"}})
    done = harden("apply", str(book))
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.read("/etc/motd") == "by sudo-rs\n"
    assert harden("rollback").returncode == 0


def test_a_wrong_password_says_so(
    harden: Command, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "password", "not it")
    book = harden.playbook({"file": {"path": "/etc/motd", "content": "x"}})
    done = harden("apply", str(book))
    assert done.returncode == 4, done.stdout + done.stderr
    assert "wrong" in done.stdout
