"""The steps `process` and `pidfile` on a booted host: foretold, made, and taken back."""

from typing import Any

import pytest
from faults.lockout.command import LEFT_OUT
from inside import Inside
from lab.treehash import difference
from sandbox import step

UNIT = "[Service]\nExecStart=/bin/sleep 1000\n"
LEFT = "/srv/left.pid"


@pytest.fixture
def inside(host: Any) -> Inside:
    host.write("/etc/systemd/system/worker.service", UNIT)
    host.sh(f"systemctl daemon-reload; systemctl start worker; (true & echo $!; wait) > {LEFT}")
    return Inside(host)


def has(inside: Inside) -> list[str]:
    """Tell the nice value, oom_score_adj and the limits of open files of the worker."""
    return inside.host.sh(
        "pid=$(systemctl show -P MainPID worker); ps -o ni= -p $pid; cat /proc/$pid/oom_score_adj;"
        "awk '/^Max open files/ {print $4, $5}' /proc/$pid/limits"
    ).split()  # fmt: skip


def test_there_and_back(inside: Inside) -> None:
    """The hard limit stays: to move it takes what the test hosts have not (CAP_SYS_RESOURCE)."""
    hard = has(inside)[3]
    given = {"nice": 7, "oom_score_adj": 300, "limits": {"nofile": f"512:{hard}"}}
    wishes = [
        step("process", 1, pattern="^/bin/sleep 1000$", **given),
        step("pidfile", 2, path=LEFT),
    ]
    before, tree = has(inside), inside.host.hash(leave_out=LEFT_OUT)
    assert inside.play(*wishes, dry_run=True) == "pending", inside.errors()
    foretold = inside.changes("preview")
    assert len(foretold) == 2
    assert has(inside) == before
    assert inside.play(*wishes) == "changed", inside.errors()
    assert inside.changes("apply") == foretold
    assert has(inside) == ["7", "300", "512", hard]
    assert not inside.host.exists(LEFT)
    assert inside.play(*wishes) == "ok", inside.changes("preview")
    assert inside.rollback("run-002") == "rolled back", inside.trouble()
    assert has(inside) == before
    assert difference(tree, inside.host.hash(leave_out=LEFT_OUT)) == ""


def test_ended_for_good_by_its_unit_s_name(inside: Inside) -> None:
    wish = step("process", 1, pattern="^/bin/sleep 1000$", state="absent", irreversible=True)
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.host.sh("systemctl is-active worker || true").strip() in ("inactive", "failed")
    assert inside.play(wish) == "ok", inside.changes("preview")


def test_a_hard_limit_that_could_not_be_given_back_is_refused(inside: Inside) -> None:
    before = has(inside)
    wish = step("process", 1, pattern="^/bin/sleep 1000$", nice=7, limits={"nofile": "512:1024"})
    assert inside.play(wish) == "refused", inside.changes("preview")
    assert "it runs without CAP_SYS_RESOURCE" in inside.errors()
    assert has(inside) == before
