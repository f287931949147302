"""Keys on booted hosts: who has one logs in, by a real sshd, and nobody does any more afterwards (D8)."""

from typing import Any

import pytest
from inside import Inside
from lab.treehash import difference
from sandbox import step

LEFT_OUT = ("/var/log/.*", "/var/lib/hardener.*", "/var/lib/systemd/.*", "/home/.*/.cache.*")


@pytest.fixture
def inside(host: Any) -> Inside:
    return Inside(host)


def may_log_in(inside: Inside, user: str) -> bool:
    return bool(inside.host.ssh("true", user=user, check=False).returncode == 0)


def test_a_new_user_logs_in_by_key(inside: Inside, lab: Any) -> None:
    key = lab.public_key.read_text()
    before = inside.host.hash(leave_out=LEFT_OUT)
    play = [
        step("user", 1, name="deploy", shell="/bin/bash"),
        step("authorized_key", 2, user="deploy", key=key, exclusive=True),
    ]
    predicted = inside.foretold(*play)
    assert predicted[-1] == "create file:/home/deploy/.ssh/authorized_keys"
    assert may_log_in(inside, "deploy")
    assert inside.play(*play) == "ok", inside.changes("preview")
    gone = step("authorized_key", user="deploy", key=key, state="absent")
    assert inside.play(gone) == "changed", inside.errors()
    assert not may_log_in(inside, "deploy")
    for run in ("run-004", "run-002"):
        assert inside.rollback(run) == "rolled back", inside.trouble()
    assert difference(before, inside.host.hash(leave_out=LEFT_OUT)) == ""


def test_what_sshd_would_not_believe_is_mended(inside: Inside, lab: Any) -> None:
    inside.host.sh("chmod 777 /home/trader/.ssh; chown root /home/trader/.ssh/authorized_keys;"
                   "chmod 666 /home/trader/.ssh/authorized_keys")  # fmt: skip
    assert not may_log_in(inside, "trader")
    call = step("authorized_key", user="trader", key=lab.public_key.read_text())
    assert inside.play(call) == "changed", inside.errors()
    assert may_log_in(inside, "trader")


def test_ssh_keygen_is_asked(inside: Inside) -> None:
    """The first bytes are right, the rest is cut."""
    cut = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhhcmRlbmVy"
    assert inside.play(step("authorized_key", user="trader", key=cut)) == "refused"
    assert "ssh-keygen does not read a key of type ssh-ed25519" in inside.errors()


def test_a_loop_of_exclusive_keys_fights_with_itself(inside: Inside, lab: Any) -> None:
    """The best known trap of Ansible's module: the last key alone would stay."""
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhhcmRlbmVyIGV4YW1wbGUga2V5IG51bWJlciBvbmUh"
    keys = [lab.public_key.read_text(), other]
    play = [
        step("authorized_key", n, user="trader", key=key, exclusive=True)
        for n, key in enumerate(keys, 1)
    ]
    assert inside.play(*play) == "refused"
    assert "fight over file:/home/trader/.ssh/authorized_keys" in inside.errors()
