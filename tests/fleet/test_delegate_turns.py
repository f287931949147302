"""Hosts of a batch that have to do with the same host take turns (`delegate_to`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from fleet.delegating import HEAD, OUT, OWN, Delegating

from hardener.host.door.system import System
from hardener.host.record import lock
from hardener.host.record.store import Store

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def fleet(tmp_path: Path) -> Delegating:
    return Delegating(tmp_path)


MUTUAL = """
- hosts: a:b
  steps:
    - {file: {path: "/etc/of-{{ inventory_hostname }}", content: x}, delegate_to: "{{ 'b' if inventory_hostname == 'a' else 'a' }}"}
    - {file: {path: /etc/own, content: x}}
"""


def test_two_that_delegate_to_each_other_take_turns(fleet: Delegating) -> None:
    assert fleet.go(MUTUAL) == {"a": "changed", "b": "changed"}
    assert (fleet.done("etc/of-a"), fleet.done("etc/of-b")) == (["b"], ["a"])
    (waits,) = [e for e in fleet.said("phase") if e.data["phase"] == "waits"]
    assert (waits.host, waits.data["why"]) == ("b", "for a: both have to do with the same host")


def test_two_that_delegate_to_one_go_one_after_the_other(fleet: Delegating) -> None:
    both = HEAD.replace("hosts: a", "hosts: a:b")
    text = (
        both
        + '    - {name: add, line: {path: /etc/l, create: true, line: "{{ inventory_hostname }}"}, delegate_to: lb}\n'
    )
    assert fleet.go(text) == {"a": "ok", "b": "ok", "lb": "changed"}
    assert fleet.text("lb", "l") == "a\nb\n"
    assert not fleet.said("diverged")
    assert fleet.undo() == {"lb": "rolled back"}
    assert fleet.trees() == fleet.before


def test_who_waits_for_a_run_once_and_is_a_delegate_stands_in_nobodys_way(
    fleet: Delegating,
) -> None:
    """b waits for what a does for all, a for what b does for it: a goes first."""
    text = """
- hosts: a:b
  steps:
    - {name: once, file: {path: /etc/once, content: x}, run_once: true, register: once}
    - {name: there, file: {path: /etc/there, content: "x{{ once.failed }}"}, delegate_to: b, run_once: true}
    - {name: own, file: {path: /etc/own, content: "x{{ once.failed }}"}}
"""
    assert fleet.go(text) == {"a": "changed", "b": "changed"}
    assert (fleet.done("etc/once"), fleet.done("etc/there")) == (["a"], ["b"])
    assert len([s for s in fleet.steps() if s[1] == "there (for a)"]) == 1


def test_another_run_that_holds_the_delegate_is_named_and_nothing_changes(
    fleet: Delegating,
) -> None:
    store = Store(System(str(fleet.folder / "lb")))
    with lock.held(store, "somebody-elses"):
        assert fleet.go(HEAD + OWN + OUT)["a"] == "refused"
    (error,) = [e.data for e in fleet.said("error") if e.host == "lb"]
    assert "another run holds this host" in error["what"]
    assert "somebody-elses" in error["why"]
    assert "another run holds this host" in fleet.why("a")["why"]
    assert fleet.text("a", "own") is None
