"""doas in sudo's place: the real one, on a booted host (D32)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from faults.lockout.command import Command
from lab.host import Host
from lab.session import Lab

CONF = "/etc/doas.conf"


@pytest.fixture
def host(make_host: Callable[..., Host]) -> Host:
    made = make_host(packages=("opendoas",))
    made.write(CONF, "permit nopass ops as root\n")
    made.sh("rm -f /usr/bin/sudo")
    return made


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Command:
    command = Command(lab, host, tmp_path, user="ops")
    command.reach(port=22, become_method="doas")
    command.asks = []
    return command


def test_root_by_doas(harden: Command, host: Host) -> None:
    """A change of its rules is one that may lock out: it is confirmed by a fresh login, by doas."""
    wish = {"path": CONF, "content": "permit nopass ops as root\npermit nopass ops as daemon\n"}
    book = harden.playbook({"file": {**wish, "mode": "0600"}})
    done = harden("apply", str(book), "--yes", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.sh(f"stat -c '%U %a' {CONF}").split() == ["root", "600"]
    assert harden("rollback").returncode == 0
    assert host.read(CONF) == "permit nopass ops as root\n"


def test_who_locks_himself_out_of_it_is_let_in_again(harden: Command, host: Host) -> None:
    book = harden.playbook({"file": {"path": CONF, "content": "permit nopass trader as root\n"}})
    done = harden("apply", str(book), "--yes", "--confirm-within", "20", timeout=120)
    assert done.returncode in (3, 4), done.stdout + done.stderr
    host.wait_until(["grep", "-q", "nopass ops", CONF], timeout=60)


@pytest.mark.parametrize(
    "rule, says",
    [
        ("permit ops as root", "takes none but from a terminal"),
        ("permit nopass trader as root", "does not let ops become root"),
    ],
)
def test_a_refusal_is_told(harden: Command, host: Host, rule: str, says: str) -> None:
    host.write(CONF, rule + "\n")
    book = harden.playbook({"file": {"path": "/etc/motd", "content": "x"}})
    done = harden("apply", str(book), "--yes")
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"doas on {host.name} " in done.stdout
    assert says in " ".join(done.stdout.split())
    assert "permit nopass ops as root" in done.stdout
