"""Drop-ins of sudo on booted hosts, judged by their own visudo, asked of their own sudo."""

from typing import Any

import pytest
from inside import Inside
from lab.treehash import difference
from sandbox import step

LEFT_OUT = ("/var/log/.*", "/var/lib/hardener.*", "/var/lib/systemd/.*", "/var/lib/sudo.*")


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def may(inside: Inside, user: str, command: str) -> bool:
    asked = f"su {user} -s /bin/sh -c 'sudo -n {command}'"
    return bool(inside.host.run(["sh", "-c", asked], check=False).returncode == 0)


def test_a_rule_holds_and_goes(inside: Inside) -> None:
    before = inside.host.hash(leave_out=LEFT_OUT)
    call = step("sudoers", name="trader", user="trader", nopasswd=True, runas="root",
                commands=["/bin/echo a=1,b:2", "/usr/bin/id"])  # fmt: skip
    assert inside.play(call, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert not may(inside, "trader", "/usr/bin/id")
    assert inside.play(call) == "changed", inside.errors()
    assert inside.changes("apply") == predicted == ["create file:/etc/sudoers.d/trader"]
    assert inside.host.sh("stat -c '%a %U' /etc/sudoers.d/trader") == "440 root\n"
    assert may(inside, "trader", "/usr/bin/id")
    assert may(inside, "trader", "/bin/echo a=1,b:2")
    assert not may(inside, "trader", "/bin/echo a=2")
    assert inside.play(call) == "ok", inside.changes("preview")
    assert inside.rollback("run-002") == "rolled back", inside.trouble()
    assert not may(inside, "trader", "/usr/bin/id")
    assert difference(before, inside.host.hash(leave_out=LEFT_OUT)) == ""


def test_defaults_and_a_group_that_the_play_makes(inside: Inside) -> None:
    play = [
        step("group", 1, name="admins", members=["trader"]),
        step("sudoers", 2, name="admins", group="admins", commands=["ALL"], nopasswd=True,
             defaults=["use_pty", 'logfile="/var/log/sudo.log"']),
    ]  # fmt: skip
    assert inside.play(*play) == "changed", inside.errors()
    assert may(inside, "trader", "true")
    assert "COMMAND=/usr/bin/true" in inside.host.read("/var/log/sudo.log")


def test_what_visudo_refuses_is_not_written(inside: Inside) -> None:
    broken = step("sudoers", name="broken", content="trader ALL=(ALL ALL\n")
    assert inside.play(broken) == "refused"
    assert "visudo refuses the new /etc/sudoers.d/broken" in inside.errors()
    assert "/etc/sudoers.d/broken:1" in inside.errors()
    assert not inside.host.exists("/etc/sudoers.d/broken")


def test_files_are_judged_together(inside: Inside) -> None:
    """Each of them alone is fine: sudo stops at an alias that two of them define."""
    inside.host.sh("echo 'Cmnd_Alias X = /bin/a' > /etc/sudoers.d/a; chmod 440 /etc/sudoers.d/a;"
                   "echo nonsense > /etc/sudoers.d/left.bak")  # fmt: skip
    twice = step("sudoers", name="b", content="Cmnd_Alias X = /bin/b\ntrader ALL = X\n")
    assert inside.play(twice) == "refused", inside.changes("preview")
    assert "X" in inside.errors()
    fine = step("sudoers", name="b", content="trader ALL = X\n")
    assert inside.play(fine) == "changed", inside.errors()


def test_a_folder_that_sudo_does_not_read(inside: Inside) -> None:
    inside.host.sh("sed -i '/includedir/d' /etc/sudoers")
    assert inside.play(step("sudoers", name="x", user="trader", commands=["ALL"])) == "refused"
    assert "sudo does not read /etc/sudoers.d/x" in inside.errors()
