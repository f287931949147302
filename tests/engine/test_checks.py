"""Checks of a play and of a step: asked before and after, again with backoff, and rolled back on."""

from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, filled, step
from tree import lay, listing


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(tmp_path, {"/etc/motd": "hello\n"})
    return Sandbox(tmp_path)


def check(**params: Any) -> dict[str, Any]:
    return {"title": "a file", "type": "file", "params": filled("file", params, "check")}


def with_checks(call: dict[str, Any], **checks: Any) -> dict[str, Any]:
    call["calls"][0].update(checks)
    return call


def test_an_unhealthy_host_is_not_touched(host: Sandbox) -> None:
    """F33: what fails before the first change says nothing about the change."""
    before = listing(host.root)
    call = step("file", path="/etc/motd", content="bye\n")
    assert host.play(call, preflight=[check(path="/etc/ready")]) == "refused"
    assert "preflight: a file" in host.errors()
    assert listing(host.root) == before


def test_a_step_is_asked_before_and_after(host: Sandbox) -> None:
    before = listing(host.root)
    call = step("file", path="/etc/motd", content="bye\n")
    unready = with_checks(dict(call), preflight=[check(path="/etc/ready")])
    assert host.play(unready) == "refused"
    call = step("file", path="/etc/motd", content="bye\n")
    wrong = with_checks(call, verify=[check(path="/etc/motd", contains="hello")])
    assert host.play(wrong) == "rolled back"
    assert "verify: a file" in host.errors()
    assert listing(host.root) == before
    call = step("file", path="/etc/motd", content="bye\n")
    assert (
        host.play(with_checks(call, verify=[check(path="/etc/motd", contains="bye")])) == "changed"
    )


def test_asked_again_with_backoff_until_it_is_well(host: Sandbox) -> None:
    """F33: the file appears while the check is asked again; the waits double, and end at 30 seconds."""
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 4:
            (host.root / "etc/ready").touch()

    host.system.sleep = sleep  # type: ignore[method-assign]
    call = step("file", path="/etc/motd", content="bye\n")
    patient = {**check(path="/etc/ready"), "retries": 9, "delay": 5}
    assert host.play(call, verify=[patient]) == "changed"
    assert waits == [5, 10, 20, 30]


def test_given_up_after_the_last_retry(host: Sandbox) -> None:
    waits: list[float] = []
    host.system.sleep = waits.append  # type: ignore[method-assign, assignment]
    call = step("file", path="/etc/motd", content="bye\n")
    impatient = {**check(path="/etc/ready"), "retries": 2, "delay": 1}
    assert host.play(call, verify=[impatient]) == "rolled back"
    assert waits == [1, 2]
    assert (host.root / "etc/motd").read_text() == "hello\n"


def test_a_longer_delay_stays_as_long(host: Sandbox) -> None:
    waits: list[float] = []
    host.system.sleep = waits.append  # type: ignore[method-assign, assignment]
    host.play(preflight=[{**check(path="/etc/ready"), "retries": 3, "delay": 60}])
    assert waits == [60, 60, 60]


def test_a_step_is_asked_of_the_host_that_earlier_steps_made(host: Sandbox) -> None:
    """A preview can't ask that host, and does not let the one of now stand for it."""
    earlier = step("file", 1, path="/etc/ready", content="yes\n")
    later = with_checks(
        step("file", 2, path="/etc/motd", content="bye\n"), preflight=[check(path="/etc/ready")]
    )
    assert host.play(later, dry_run=True) == "refused"
    assert host.play(earlier, later, dry_run=True) == "pending", host.errors()
    assert host.play(earlier, later) == "changed", host.errors()
    assert [e["ok"] for e in host.events if e["event"] == "check"] == [True]


def test_a_step_that_is_not_well_after_earlier_ones_undoes_them(host: Sandbox) -> None:
    before = listing(host.root)
    earlier = step("file", 1, path="/etc/other", content="yes\n")
    later = with_checks(
        step("file", 2, path="/etc/motd", content="bye\n"), preflight=[check(path="/etc/ready")]
    )
    assert host.play(earlier, later) == "rolled back"
    assert "preflight: a file  /etc/ready is not there" in host.errors()
    assert listing(host.root) == before
