"""The check of a unit, on booted hosts, by their real systemd."""

from typing import Any

import pytest
from inside import Inside
from sandbox import call, filled

FAILS = "[Service]\nType=oneshot\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n"
SCRIPT = (
    "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: old\n# Default-Start: 2 3 4 5\n"
    "# Default-Stop: 0 1 6\n### END INIT INFO\nexit 0\n"
)


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def ask(inside: Inside, **params: Any) -> str:
    """Return what is amiss, or nothing."""
    checks = [call("service", filled("service", params, "check"))["calls"][0]]
    inside.play(preflight=checks)
    return next(str(e["why"]) for e in inside.events if e["event"] == "check")


def test_runs_and_starts_at_boot(inside: Inside) -> None:
    assert ask(inside, name="cron") == ""
    assert ask(inside, name="cron", enabled=True) == ""
    assert ask(inside, name="cron", running=False) == (
        "cron.service is active (running), it should not run"
    )
    assert ask(inside, name="cron", enabled=False) == (
        "cron.service is enabled, it should not be enabled"
    )
    assert ask(inside, name="multi-user.target") == ""


def test_stopped_and_disabled(inside: Inside) -> None:
    inside.host.sh("systemctl stop cron; systemctl disable cron")
    assert ask(inside, name="cron") == "cron.service is inactive (dead), it should run"
    assert ask(inside, name="cron", running=False, enabled=True) == (
        "cron.service is disabled, it should be enabled"
    )
    assert ask(inside, name="cron", running=False, enabled=False) == ""


def test_failed(inside: Inside) -> None:
    inside.host.write("/etc/systemd/system/app.service", FAILS)
    inside.host.sh("systemctl daemon-reload; systemctl start app || true")
    assert ask(inside, name="app") == "app.service is failed (failed, exit-code), it should run"


def test_what_is_not_there_neither_runs_nor_starts(inside: Inside) -> None:
    assert ask(inside, name="nonesuch") == "there is no unit nonesuch.service"
    assert ask(inside, name="nonesuch", running=False, enabled=True) == (
        "there is no unit nonesuch.service"
    )
    assert ask(inside, name="nonesuch", running=False, enabled=False) == ""


def test_masked(inside: Inside) -> None:
    inside.host.sh("systemctl mask --now cron")
    assert ask(inside, name="cron") == "cron.service is inactive (dead), it should run"
    assert ask(inside, name="cron", running=False) == ""


def test_a_script_of_init_d(inside: Inside) -> None:
    """systemd calls its unit `generated`, whether it starts at boot or not."""
    inside.host.write("/etc/init.d/old", SCRIPT, mode="0755")
    inside.host.sh("systemctl daemon-reload")
    assert "it should be enabled" in ask(inside, name="old", running=False, enabled=True)
    inside.host.sh("update-rc.d old defaults; systemctl daemon-reload")
    assert ask(inside, name="old", running=False, enabled=True) == ""


def test_a_unit_that_is_linked_does_not_start_at_boot(inside: Inside) -> None:
    inside.host.write("/opt/app.service", FAILS)
    inside.host.sh("systemctl link /opt/app.service")
    assert ask(inside, name="app", running=False, enabled=True) == (
        "app.service is linked, it should be enabled"
    )
    inside.host.sh("systemctl enable app")
    assert ask(inside, name="app", running=False, enabled=True) == ""
