"""time_sync with the real chrony on booted hosts, and what timesyncd would read; in a container it does not apply."""

from collections.abc import Callable
from typing import Any

import pytest
from inside import Inside
from lab.host import Host
from sandbox import step

FOLDER = "/etc/chrony/conf.d"
WISH: dict[str, Any] = {"servers": ["192.0.2.1"], "only": True}


def as_machine(host: Host) -> Host:
    """Hide that it is a container: chronyd itself sees that it may not set the clock, and does not."""
    host.sh(
        "rm -f /run/systemd/container; umount -l /run/host 2>/dev/null; rm -f /run/host/container-manager"
    )
    return host


@pytest.fixture
def chrony(make_host: Callable[..., Host]) -> Inside:
    return Inside(as_machine(make_host(packages=["chrony"])))


def sources(inside: Inside) -> list[str]:
    """Whom the running chronyd asks."""
    lines = inside.host.sh("chronyc -n -c sources").splitlines()
    return [line.split(",")[2] for line in lines]


def test_chrony_there_and_back(chrony: Inside) -> None:
    host, main = chrony.host, chrony.host.read("/etc/chrony/chrony.conf")
    assert "pool " in main
    host.sh("systemctl disable --now chrony")
    wish = step("time_sync", **WISH)
    assert chrony.play(wish, dry_run=True) == "pending", chrony.errors()
    predicted = chrony.changes("preview")
    assert chrony.play(wish) == "changed", chrony.errors()
    assert chrony.changes("apply") == predicted
    host.wait_until(["chronyc", "-n", "sources"])
    assert sources(chrony) == ["192.0.2.1"]
    assert host.sh("systemctl is-enabled chrony").strip() == "enabled"
    assert chrony.play(wish) == "ok", chrony.changes("preview")
    more = step("time_sync", servers=["192.0.2.1", "192.0.2.2"], only=True)
    assert chrony.play(more) == "changed", chrony.errors()
    host.wait_until(["chronyc", "-n", "sources"])
    assert sources(chrony) == ["192.0.2.1", "192.0.2.2"], "it was not restarted"
    for _ in range(2):
        assert chrony.rollback() == "rolled back", chrony.trouble()
    assert host.read("/etc/chrony/chrony.conf") == main and not host.exists(
        f"{FOLDER}/60-hardener.conf"
    )
    assert host.run(["systemctl", "is-active", "chrony"], check=False).stdout.strip() == "inactive"


def test_what_chronyd_refuses(chrony: Inside) -> None:
    host, broken = chrony.host, "confdir /etc/chrony/conf.d\npool x\nno-such-word 1\n"
    host.write("/etc/chrony/chrony.conf", broken)
    assert chrony.play(step("time_sync", **WISH)) == "refused"
    assert "chronyd refuses the new /etc/chrony/chrony.conf" in chrony.errors()
    assert "no-such-word" in chrony.errors()
    assert not host.exists(f"{FOLDER}/60-hardener.conf")
    assert chrony.play(step("time_sync", servers=["192.0.2.1"])) == "rolled back", "it can't start"
    assert host.read("/etc/chrony/chrony.conf") == broken
    assert not host.exists(f"{FOLDER}/60-hardener.conf")


def test_two_of_them(chrony: Inside) -> None:
    unit = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
    chrony.host.write("/etc/systemd/system/systemd-timesyncd.service", unit)
    chrony.host.sh("systemctl daemon-reload; systemctl enable systemd-timesyncd")
    assert chrony.play(step("time_sync", **WISH)) == "refused"
    assert "systemd-timesyncd.service is enabled too" in chrony.errors()


def test_the_daemon_alone(chrony: Inside) -> None:
    """Without a source those stay that are there."""
    assert chrony.play(step("time_sync")) == "ok", chrony.changes("preview")
    chrony.host.sh("systemctl disable --now chrony")
    assert chrony.play(step("time_sync")) == "changed", chrony.errors()
    assert chrony.changes("apply") == ["change service:chrony"], "no file"
    assert chrony.rollback() == "rolled back", chrony.trouble()


def test_a_timesyncd_that_does_not_start(make_host: Callable[..., Host]) -> None:
    host = as_machine(make_host(packages=["systemd-timesyncd"]))
    inside = Inside(host)
    wish = step("time_sync", **WISH)
    # Its unit starts in no container, whatever the host is told.
    assert inside.play(wish) == "rolled back"
    assert "systemd-timesyncd" in inside.errors()


def test_not_in_a_container(host: Host) -> None:
    inside = Inside(host)
    assert inside.play(step("time_sync", **WISH)) == "refused"
    assert "a container has the time of the machine that it runs on" in inside.errors()
