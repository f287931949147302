"""`delegate_to` between booted hosts, over SSH with sudo: risks there are guarded there, and nothing is half done."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import LEFT_OUT, Command
from faults.lockout.steps import DROP, FIREWALL, Steps, command, file, reload, sshd
from lab.host import Host
from lab.session import Lab
from lab.treehash import Listing, difference

CUT: Steps = [file("/etc/nftables.conf", DROP), *FIREWALL]


class Two:
    """A web server and a gate; plays are for the first."""

    def __init__(self, lab: Lab, web: Host, gate: Host, folder: Path) -> None:
        self.web, self.gate = web, gate
        self.harden = Command(lab, web, folder, user="ops")
        way = {each.name: {"address": each.address, "user": "ops"} for each in (web, gate)}
        self.harden.inventory.write_text(json.dumps({"all": {"hosts": way}}))
        facts = self.harden("facts")
        assert facts.returncode == 0, facts.stderr  # the code is there, sudo has been used
        self.before = self.trees()

    def trees(self) -> list[Listing]:
        return [each.hash(leave_out=LEFT_OUT) for each in (self.web, self.gate)]

    def moved(self) -> str:
        return "".join(map(difference, self.before, self.trees()))

    def there(self, steps: Steps) -> Steps:
        return [{**each, "delegate_to": self.gate.name} for each in steps]

    def reloads(self) -> int:
        """How often sshd of the gate was told to read its configuration again."""
        return self.gate.sh("journalctl -u ssh -o cat").count("Reloaded ssh.service")

    def apply(self, steps: Steps, *words: str, **more: Any) -> Any:
        book = self.harden.playbook(*steps, hosts=self.web.name, **more)
        done = self.harden("apply", str(book), *words)
        print(done.stdout, done.stderr)
        return done


@pytest.fixture
def two(lab: Lab, host: Host, make_host: Callable[..., Host], tmp_path: Path) -> Two:
    return Two(lab, host, make_host(), tmp_path)


def test_a_risk_there_is_confirmed_by_a_login_there(two: Two) -> None:
    (risky,) = sshd("MaxAuthTries 4")
    reloads = two.reloads()
    book = [*two.there([risky]), file("/etc/own", "x\n")]
    done = two.apply(book, handlers=two.there(reload("ssh")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"confirmed {two.gate.name}  by a new login to" in done.stdout
    assert two.gate.read(risky["file"]["path"]) == "MaxAuthTries 4\n"
    assert two.reloads() == reloads + 1
    assert two.harden("rollback").returncode == 0, "the hosts of the run are remembered"
    assert two.reloads() == reloads + 2, "a handler there is run again by the rollback there"
    assert two.moved() == ""


def test_a_door_that_is_shut_there_opens_again_and_nothing_stays_here(two: Two) -> None:
    steps = [file("/etc/own", "x\n"), *two.there(CUT)]
    ahead = two.apply(steps)
    assert ahead.returncode == 1
    assert "this would lock you out" in ahead.stdout
    assert two.moved() == ""
    done = two.apply(steps, "--confirm-within", "6", "--no-look-ahead")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the host has undone the run by itself" in done.stdout
    assert f"rolled back {two.web.name}" in done.stdout
    assert two.moved() == ""


def test_what_was_done_there_goes_with_a_door_that_is_shut_here(two: Two) -> None:
    """There the play has ended well, when the login that would keep it here does not come."""
    steps = [*two.there([file("/etc/own", "x\n"), command("true", undo="true")]), *CUT]
    done = two.apply(steps, "--confirm-within", "6", "--no-look-ahead")
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"restored  {two.gate.name}  file:/etc/own" in done.stdout
    assert two.moved() == ""
