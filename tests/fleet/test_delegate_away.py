"""A delegate that is not reached, a link that breaks, and a host that is lost (D15)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fleet.delegating import AGAIN, HEAD, LATE, OUT, OWN, Delegating

from hardener.events import Event
from hardener.fleet.compose.choice import Choice

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def fleet(tmp_path: Path) -> Delegating:
    return Delegating(tmp_path)


def unreachable(fleet: Delegating, name: str) -> None:
    hosts = json.loads((fleet.folder / "hosts.json").read_text())
    hosts["all"]["hosts"][name] = {"address": "127.0.0.1", "port": 1}
    (fleet.folder / "hosts.json").write_text(json.dumps(hosts))


def test_a_delegate_that_is_not_reached_is_named_and_nothing_changes(fleet: Delegating) -> None:
    unreachable(fleet, "lb")
    assert fleet.go(HEAD + OWN + OUT) == {"a": "refused", "lb": "unreachable"}
    assert fleet.why("a")["where"].endswith("play.yml:6:7")
    assert fleet.why("a")["what"] == "«take it out» is to be done on lb: lb can't be reached"
    assert "127.0.0.1" in fleet.why("a")["why"]
    assert fleet.text("a", "own") is None


def test_one_that_only_the_apply_needs_is_tried_before_anything_changes(fleet: Delegating) -> None:
    unreachable(fleet, "lb")
    text = HEAD + LATE + OUT + "      when: late.changed\n"
    assert fleet.go(text) == {"a": "refused", "lb": "unreachable"}
    assert fleet.text("a", "late") is None


def test_one_that_no_step_needs_is_not_asked(fleet: Delegating) -> None:
    unreachable(fleet, "lb")
    assert fleet.go(HEAD + OWN + OUT + "      when: word == 'other'\n") == {"a": "changed"}
    assert fleet.go(HEAD + OWN.replace("own", "two") + OUT + "      tags: t\n",
                    choice=Choice(skip=frozenset(["t"]))) == {"a": "changed"}  # fmt: skip


def test_a_link_that_breaks_there_puts_all_back(fleet: Delegating) -> None:
    def cut(event: Event) -> None:
        if event.name == "started" and event.data["title"] == "own" and fleet.done("etc/out"):
            fleet.run.preparation.sessions["lb", False, "root"].hang_up()

    fleet.heard = cut
    assert fleet.go(HEAD + OUT + OWN + AGAIN) == {"a": "rolled back", "lb": "unreachable"}
    fleet.heard = lambda event: None
    assert fleet.begun.hosts["lb"] == "unfinished"
    assert fleet.undo()["lb"] == "rolled back"
    assert fleet.trees() == fleet.before


def test_one_that_had_ended_well_is_undone_where_another_does_not(fleet: Delegating) -> None:
    """The newest ends first; then the link to the older one turns out to be cut."""
    text = HEAD + OUT + OWN + OUT.replace("delegate_to: lb", "delegate_to: b")

    def cut(event: Event) -> None:
        if event.name == "done" and event.host == "b":
            fleet.run.preparation.sessions["lb", False, "root"].hang_up()

    fleet.heard = cut
    assert fleet.go(text) == {"a": "rolled back", "b": "rolled back", "lb": "unreachable"}
    assert fleet.trees()["b"] == fleet.before["b"]
    assert fleet.trees()["a"] == fleet.before["a"]


LOST = """
    - name: outer
      block:
        - name: try
          block:
            - {name: out, line: {path: /etc/list, line: "- a", create: true}, delegate_to: lb}
            - {name: own, file: {path: /etc/own, content: x}, changed_when: true}
            - {name: worse, file: {path: /etc/worse, content: x}}
          rescue:
            - {name: not here, file: {path: /etc/rescued, content: x}}
            - {name: note, file: {path: /etc/note, content: "{{ ansible_failed_task.name }} {{ ansible_failed_result.unreachable }}"}, delegate_to: lb}
          always:
            - {name: last, file: {path: /etc/last, content: "{{ word }}"}, delegate_to: b}
      rescue:
        - {name: outer note, line: {path: /etc/outer, create: true, line: outer}, delegate_to: lb}
    - {name: after, file: {path: /etc/after, content: x}, delegate_to: lb}
"""


BEFORE = "    - {name: before, file: {path: /etc/before, content: x}, changed_when: true}\n"


def loses(fleet: Delegating, title: str) -> None:
    """Cut the link to a as soon as it has begun a step of the apply.

    What it has sent before is heard all the same: a step that asks for a verdict is its last word.
    """

    def cut(event: Event) -> None:
        begun = event.host == "a" and event.name == "started" and event.data["title"] == title
        if begun and [
            e for e in fleet.said("phase") if e.host == "a" and e.data["phase"] == "apply"
        ]:
            fleet.run.preparation.sessions["a", False, "root"].hang_up()

    fleet.heard = cut


def test_the_rescue_of_a_host_that_is_lost_is_done_elsewhere(fleet: Delegating) -> None:
    loses(fleet, "own")
    assert fleet.go(HEAD + LOST) == {"a": "unreachable", "b": "changed", "lb": "rolled back"}
    assert fleet.text("lb", "note") == "own True"
    assert fleet.text("lb", "outer") == "outer\n"
    assert fleet.text("b", "last") == "word-of-a"
    assert fleet.text("lb", "list") is None, "what the play had done there was put back"
    assert fleet.text("lb", "after") is None, "after the blocks it does not go on"
    assert fleet.text("a", "rescued") is None
    assert fleet.begun.hosts == {"a": "unfinished", "b": "changed", "lb": "changed"}
    fleet.heard = lambda event: None
    assert set(fleet.undo().values()) == {"rolled back"}
    assert fleet.trees() == fleet.before


def test_where_the_host_is_lost_outside_of_the_block_nothing_is_rescued(fleet: Delegating) -> None:
    loses(fleet, "before")
    text = HEAD + BEFORE + LOST
    assert fleet.go(text) == {"a": "unreachable", "b": "ok", "lb": "ok"}
    assert fleet.trees()["b"] == fleet.before["b"]
    assert fleet.trees()["lb"] == fleet.before["lb"]


def test_a_rescue_elsewhere_that_fails_is_put_back(fleet: Delegating) -> None:
    loses(fleet, "own")
    text = (HEAD + LOST).replace("/etc/outer", '"/etc/{{ ansible_failed_task.name }}/outer"')
    assert fleet.go(text)["a"] == "failed"
    assert "the folder /etc/own is not there" in str([e.data for e in fleet.said("error")])
    assert fleet.trees()["lb"] == fleet.before["lb"]
