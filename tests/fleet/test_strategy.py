"""`strategy`: with `linear` no host of a batch begins a step before all have done the one before."""

from __future__ import annotations

from pathlib import Path

import pytest
from fleet.folders import Fleet

from hardener.errors import HardenerError
from hardener.events import Event

NAMES = ["a", "b", "c"]
PLAY = """
- hosts: all
  gather_facts: false
  strategy: STRATEGY
  steps:
    - {file: {path: /etc/one, content: x}, notify: last}
    - {file: {path: "/etc/{{ item }}", content: x}, loop: [two, three], when: inventory_hostname != "b"}
    - name: guarded
      block:
        - file: {path: "/etc/{{ 'well/x' if inventory_hostname == 'c' else 'x' }}", content: x}
      rescue:
        - file: {path: /etc/rescued, content: x}
    - {file: {path: /etc/four, content: x}}
  handlers:
    - {name: last, file: {path: /etc/last, content: x}}
"""
"""Host b skips the loop, host c breaks within the block and is rescued; a handler is last."""


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path, NAMES)


def play(strategy: str, *keys: str) -> str:
    return PLAY.replace("STRATEGY", "\n  ".join([strategy, *keys]))


def applied(events: list[Event]) -> list[tuple[str, int]]:
    """Host and number of what was started in the applies, in the order of the events."""
    at_work: set[str] = set()
    found = []
    for event in events:
        if event.name == "phase":
            at_work |= {event.host} if event.data["phase"] == "apply" else set()
        if event.name == "started" and event.host in at_work:
            found.append((event.host, event.data["number"]))
    return found


def overtakes(events: list[Event]) -> bool:
    numbers = [number for _, number in applied(events)]
    return numbers != sorted(numbers)


def test_linear_hosts_go_step_by_step(fleet: Fleet) -> None:
    statuses = fleet.apply(play("linear"))
    assert statuses == dict.fromkeys(NAMES, "changed")
    assert not overtakes(fleet.events)
    assert fleet.done("etc/last") == NAMES
    assert fleet.done("etc/rescued") == ["c"]
    assert len({host for host, _ in applied(fleet.events)}) == 3


def test_free_hosts_do_not_wait(fleet: Fleet) -> None:
    """Nothing is asked of the controller: one host is through before the next begins (forks: 1)."""
    fleet.forks = 1
    fleet.apply(play("free"))
    assert overtakes(fleet.events)


def test_linear_works_on_a_whole_batch_whatever_the_forks(fleet: Fleet) -> None:
    fleet.forks = 1
    assert fleet.apply(play("linear")) == dict.fromkeys(NAMES, "changed")
    assert not overtakes(fleet.events)


def test_linear_keeps_batches_apart(fleet: Fleet) -> None:
    fleet.apply(play("linear", "serial: 2"))
    order = applied(fleet.events)
    assert [host for host, _ in order[-3:]] == ["c"] * 3
    first = [number for host, number in order if host != "c"]
    assert first == sorted(first)


def test_who_fails_is_not_waited_for(fleet: Fleet) -> None:
    well = "/etc/{{ 'missing' if inventory_hostname == 'c' else 'well' }}"
    verify = '{path: /etc/four, content: x}, verify: [{file: {path: "%s"}}]}' % well
    statuses = fleet.apply(play("linear").replace("{path: /etc/four, content: x}}", verify))
    assert statuses == {"a": "changed", "b": "changed", "c": "rolled back"}


def test_linear_with_what_one_does_for_all_and_elsewhere(fleet: Fleet) -> None:
    """Those who have to do with one host take turns: nobody waits for who waits for its turn."""
    text = """
- hosts: all
  gather_facts: false
  strategy: linear
  steps:
    - {file: {path: /etc/one, content: x}, run_once: true, register: one}
    - {file: {path: "/etc/of-{{ inventory_hostname }}", content: x}, delegate_to: a}
    - {file: {path: /etc/two, content: x}, when: one.changed}
"""
    assert fleet.apply(text) == dict.fromkeys(NAMES, "changed")
    assert fleet.done("etc/two") == NAMES
    assert fleet.done("etc/one") == ["a"]
    assert len(list((fleet.folder / "a/etc").glob("of-*"))) == 3


def test_another_word_is_a_mistake(fleet: Fleet) -> None:
    with pytest.raises(HardenerError, match="'random' is no strategy: free or linear"):
        fleet.apply(play("'{{ way }}'"), way="random")
    assert not fleet.done("etc/one")
