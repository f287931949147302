"""What a host lacks: the step says so, and `if_possible` decides whether that is a failure."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sandbox import Alone, Sandbox, call, filled
from tree import lay, listing

from hardener.host.errors import NotApplicable
from hardener.host.kinds.file import File
from hardener.host.resource import Want

LACK = "this host has no moon"


def plan(params: Any, view: Any) -> Iterator[Want]:
    """A step type of this test: after its file it may find that the host lacks something."""
    if params.file:
        yield Want(File("/etc/half"), view.read(File("/etc/half")).with_text("half\n"))
    raise NotApplicable(LACK, why="moon(4)")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    module = ModuleType("hardener.host.steps.moon")
    vars(module).update(plan=plan)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    lay(tmp_path, {"/etc/motd": "hello\n"})
    return Sandbox(tmp_path)


def moon(file: bool = False, **more: Any) -> dict[str, Any]:
    return call("moon", {"file": file}, **more)


LINE = call("line", filled("line", {"path": "/etc/motd", "line": "more"}), 2)


def told(host: Sandbox, stage: str) -> list[tuple[str, str]]:
    steps = [each for each in host.events if each["event"] == "step" and each["stage"] == stage]
    return [(each["status"], each["why"]) for each in steps if each["type"] == "moon"]


def test_it_fails_unless_the_step_says_otherwise(host: Sandbox) -> None:
    before = listing(host.root)
    assert host.play(moon(), LINE) == "refused"
    assert LACK in host.errors()
    assert listing(host.root) == before


def test_the_others_are_done_again_there_is_nothing_to_do_and_undone_all_is_back(
    host: Sandbox,
) -> None:
    """Not applicable in every stage, its handlers are not notified, and rollback has nothing of it."""
    after = call("line", filled("line", {"path": "/etc/after", "line": "x", "create": True}), 3)
    handler = {"name": "after", "names": ["after"], "steps": [after]}
    steps = moon(if_possible=True, notify=["after"]), LINE
    before = listing(host.root)
    assert host.play(*steps, handlers=[handler]) == "changed", host.errors()
    assert told(host, "preview") == told(host, "apply") == [("not applicable", LACK)]
    assert host.changes("apply") == ["change file:/etc/motd"]
    counts = next(e["counts"] for e in reversed(host.events) if e["event"] == "done")
    assert counts["not applicable"] == 1
    assert host.play(*steps, handlers=[handler]) == "ok"
    assert host.rollback() == "rolled back"
    assert listing(host.root) == before


def test_what_it_has_begun_is_no_matter_of_possibility(host: Sandbox) -> None:
    """A step that finds out too late has failed: it would be left half done."""
    before = listing(host.root)
    assert host.play(moon(file=True, if_possible=True)) == "refused"
    assert LACK in host.errors()
    assert listing(host.root) == before


def test_an_audit_says_it_and_goes_on(host: Sandbox) -> None:
    host.system = host.system.looking()
    play = {"number": 1, "name": "play", "steps": [moon(if_possible=True), LINE]}
    assert host.engine().audit(play) == "differs"
    assert told(host, "audit") == [("not applicable", LACK)]


def test_the_result_is_as_of_one_that_was_skipped(host: Sandbox) -> None:
    results: dict[str, Any] = {}

    class Asking(Alone):
        def resolve(self, step: dict[str, Any], known: dict[str, Any]) -> list[dict[str, Any]]:
            results.update(known)
            return []

    engine = host.engine()
    engine.controller = Asking()
    first = {**moon(if_possible=True), "register": "it"}
    asks = {"number": 2, "title": "asks", "type": "line", "register": None}
    play = {"number": 1, "name": "play", "steps": [first, asks]}
    assert engine.play("run-1", play, True) == "ok", host.errors()
    assert (results["it"]["skipped"], results["it"]["status"]) == (True, "not applicable")


def test_what_is_secret_stays_so(host: Sandbox) -> None:
    assert host.play(moon(if_possible=True, no_log=True)) == "ok"
    ((status, why),) = told(host, "preview")
    assert status == "not applicable"
    assert LACK not in why and "no_log" in why
