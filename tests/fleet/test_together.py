"""A rollout that fails leaves the fleet as it was: the hosts of the batch, or all (`on_failure`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fleet.folders import Fleet
from tree import listing

from hardener.errors import HardenerError

FIRST = """
- hosts: all
  gather_facts: false
  steps:
    - file: {path: /etc/first, content: "x"}
"""
PLAY = """
- hosts: [a, b, c, d]
  gather_facts: false
  {keys}
  steps:
    - file: {{path: /etc/y, content: "y"}}
  verify:
    - file: {{path: /etc/well}}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path, ["a", "b", "c", "d", "e"])


def play(*keys: str) -> str:
    return PLAY.format(keys="\n  ".join(keys))


def trees(fleet: Fleet) -> dict[str, object]:
    """What lies on each host, but for what we keep there."""
    return {name: listing(fleet.folder / name) for name in fleet.names}


def test_the_batch_is_put_back_and_no_other_begun(fleet: Fleet) -> None:
    fleet.breaks("b")
    statuses = fleet.apply(play("serial: 2", "on_failure: rollback_batch"))
    assert statuses == {"a": "rolled back", "b": "rolled back"}
    assert fleet.done() == []
    (stopped,) = fleet.said("stopped")
    assert "on_failure: rollback_batch" in stopped.data["why"]


def test_another_word_is_a_mistake(fleet: Fleet) -> None:
    with pytest.raises(HardenerError, match="'rollback' is no word of `on_failure`: keep, roll"):
        fleet.apply(play("on_failure: '{{ word }}'"), word="rollback")
    assert not fleet.done()


def test_an_earlier_batch_stays(fleet: Fleet) -> None:
    fleet.breaks("c")
    statuses = fleet.apply(play("serial: 2", "on_failure: rollback_batch"))
    assert statuses == {"a": "changed", "b": "changed", "c": "rolled back", "d": "rolled back"}
    assert fleet.done() == ["a", "b"]


def test_of_a_batch_its_own_play_is_put_back(fleet: Fleet) -> None:
    fleet.breaks("a")
    fleet.apply(FIRST + play("on_failure: rollback_batch"))
    assert fleet.done() == []
    assert fleet.done("etc/first") == fleet.names


def test_all_is_as_before_the_run(fleet: Fleet) -> None:
    fleet.breaks("c")
    before = trees(fleet)
    statuses = fleet.apply(FIRST + play("serial: 2", "on_failure: rollback_all"))
    assert set(statuses.values()) == {"rolled back"}
    assert sorted(statuses) == fleet.names
    assert trees(fleet) == before


def test_what_fails_is_put_back_once(fleet: Fleet) -> None:
    fleet.breaks("a")
    fleet.apply(play("on_failure: rollback_all"))
    undone = [event.host for event in fleet.said("undone")]
    assert sorted(undone) == ["a", "b", "c", "d"]


def test_a_limit_says_how_many_may_fail(fleet: Fleet) -> None:
    fleet.breaks("b")
    keys = ["serial: 2", "max_fail_percentage: 50", "on_failure: rollback_all"]
    statuses = fleet.apply(play(*keys))
    assert statuses == {"a": "changed", "b": "rolled back", "c": "changed", "d": "changed"}


@pytest.mark.parametrize("word", ["rollback_batch", "rollback_all"])
def test_who_is_not_reached_has_failed(fleet: Fleet, word: str) -> None:
    """It is known before anything changes in its batch: that is not begun."""
    inventory = json.loads((fleet.folder / "hosts.json").read_text())
    inventory["all"]["hosts"]["c"] = {"host": "127.0.0.1", "port": 1}
    (fleet.folder / "hosts.json").write_text(json.dumps(inventory))
    statuses = fleet.apply(play("serial: 2", f"on_failure: {word}"))
    earlier = "changed" if word == "rollback_batch" else "rolled back"
    assert statuses == {"a": earlier, "b": earlier, "c": "unreachable"}
    assert fleet.done() == (["a", "b"] if word == "rollback_batch" else [])
    assert not (fleet.folder / "d/var/lib/hardener/runs").exists()


def test_what_was_done_elsewhere_is_put_back_there(fleet: Fleet) -> None:
    fleet.breaks("d")
    before = trees(fleet)
    elsewhere = """
    - file: {path: "/etc/of-{{ inventory_hostname }}", content: "z"}
      delegate_to: e
  verify:"""
    fleet.apply(play("serial: 1", "on_failure: rollback_all").replace("\n  verify:", elsewhere))
    done = {event.host for event in fleet.said("step") if event.data["stage"] == "apply"}
    assert done == set(fleet.names)
    assert trees(fleet) == before
