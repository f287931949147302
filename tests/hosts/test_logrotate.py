"""Hourly logs on booted hosts: their own logrotate, their own timer."""

import re
from typing import Any

import pytest
from inside import Inside
from sandbox import step


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def timer(inside: Inside, what: str) -> str:
    return str(inside.host.sh(f"systemctl show -p {what} logrotate.timer"))


def test_hourly_makes_the_timer_hourly_and_back(inside: Inside) -> None:
    inside.host.sh("mkdir -p /var/log/app; echo line > /var/log/app/a.log")
    before = timer(inside, "TimersCalendar")
    call = step("logrotate", name="app", paths=["/var/log/app/*.log"], frequency="hourly", rotate=2)
    predicted = inside.foretold(call)
    assert predicted[-1] == "change daemon_reload:logrotate.timer"
    assert "OnCalendar=*-*-* *:00:00 " in timer(inside, "TimersCalendar")
    assert "OnCalendar=*-*-* 00:00:00" not in timer(inside, "TimersCalendar")
    assert inside.play(call) == "ok", inside.changes("preview")
    inside.host.sh("logrotate --force /etc/logrotate.conf")
    assert inside.host.exists("/var/log/app/a.log.1")
    assert inside.rollback() == "rolled back", inside.events
    assert timer(inside, "TimersCalendar").split("next_elapse")[0] == before.split("next_elapse")[0]
    assert not inside.host.exists("/etc/systemd/system/logrotate.timer.d")


def test_hourly_logs_by_the_service_of_the_distribution(inside: Inside) -> None:
    """As the timer starts it: as root, with what systemd lets it write."""
    inside.host.sh("mkdir -p /var/log/app; echo line > /var/log/app/a.log")
    said = "echo $1 >> /var/log/app/said"
    call = step(
        "logrotate",
        name="app",
        paths=["/var/log/app/*.log"],
        frequency="hourly",
        compress=True,
        dateext=True,
        postrotate=said,
    )
    assert inside.play(call) == "changed", inside.errors()
    inside.host.sh("systemctl start logrotate.service")
    assert inside.host.sh("ls /var/log/app") == "a.log\n"
    inside.host.sh(
        r"sed -i 's/^\(.*a\.log\"\) .*/\1 2001-12-31-23:0:0/' /var/lib/logrotate/status;"
        "systemctl start logrotate.service"
    )
    assert re.fullmatch(r"a\.log\na\.log-\d{10}\.gz\nsaid\n", inside.host.sh("ls /var/log/app"))
    assert inside.host.sh("cat /var/log/app/said") == "/var/log/app/a.log\n"


def test_a_log_of_the_distribution_is_claimed_already(inside: Inside) -> None:
    call = step("logrotate", name="mine", paths=["/var/log/dpkg.log"], frequency="daily")
    assert inside.play(call) == "refused"
    assert "/etc/logrotate.d/dpkg" in inside.errors()
    assert "/etc/logrotate.d/mine" in inside.errors()
