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
    """The file appears while the check is asked again; the waits double, and end at 30 seconds."""
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
