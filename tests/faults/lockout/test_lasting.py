"""A connection that outlasts the command (`--persist`) keeps no change that a new login would not."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import LEFT_OUT, Command
from faults.lockout.steps import file, reload, sshd
from lab.host import Host
from lab.session import Lab


class Lasting(Command):
    """With `--persist`, and its sockets in a folder whose path is short enough for them."""

    def __init__(self, lab: Lab, host: Host, folder: Path, runtime: str) -> None:
        super().__init__(lab, host, folder)
        self.runtime = runtime

    def words(self, *words: str) -> list[str]:
        return [*super().words(*words), "--persist", "60"]

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "XDG_RUNTIME_DIR": self.runtime}

    def sockets(self) -> list[Path]:
        return [path for path in Path(self.runtime, "hardener").glob("*") if path.is_socket()]


@pytest.fixture
def harden(lab: Lab, host: Host, tmp_path: Path) -> Iterator[Lasting]:
    with tempfile.TemporaryDirectory(dir="/run") as runtime:
        lasting = Lasting(lab, host, tmp_path, runtime)
        yield lasting
        for socket in lasting.sockets():
            words = ["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "any"]
            subprocess.run(words, check=True, capture_output=True)


def logins(host: Any) -> int:
    return str(host.sh("journalctl -u ssh -o cat")).count("Accepted publickey")


def test_a_login_of_its_own_confirms(harden: Lasting, host: Host) -> None:
    assert harden("facts").returncode == 0
    before = logins(host)
    assert harden("facts").returncode == 0
    assert logins(host) == before
    book = harden.playbook(*sshd("MaxAuthTries 5"), handlers=reload("ssh"))
    done = harden("apply", str(book), "--confirm-within", "30")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "confirmed" in done.stdout
    assert logins(host) == before + 1


def test_a_plan_and_its_apply_are_one_login(harden: Lasting, host: Host, tmp_path: Path) -> None:
    book, plan = harden.playbook(file("/etc/motd", "hello\n")), str(tmp_path / "plan.json")
    before = logins(host)
    planned = harden("plan", str(book), "-o", plan)  # harden plan BOOK -o PLAN --persist 60
    assert planned.returncode == 0, planned.stdout + planned.stderr
    applied = harden("apply", plan)  # harden apply PLAN --persist 60
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert host.read("/etc/motd") == "hello\n"
    assert logins(host) == before + 1


def test_what_still_lasts_confirms_nothing(harden: Lasting, host: Host) -> None:
    assert harden("facts").returncode == 0
    before = host.hash(leave_out=LEFT_OUT)
    book = harden.playbook(*sshd("PubkeyAuthentication no"), handlers=reload("ssh"))
    done = harden("apply", str(book), "--confirm-within", "6", "--no-look-ahead")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the host has undone the run by itself" in done.stdout
    assert harden.difference(before) == ""
