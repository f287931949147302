"""Between batches: a pause, and whether the hosts of the batch are well (`pause_between`, `check_between`)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fleet.folders import Fleet

PLAY = """
- hosts: all
  gather_facts: false
  serial: [1, 50%, 100%]
  {keys}
  check_between:
    - {{name: well, file: {{path: /etc/well}}}}
  steps:
    - file: {{path: /etc/y, content: "y"}}
    {more}
"""
BREAKS = "- {file: {path: /etc/well, state: absent}, when: 'inventory_hostname in [NAMES]'}"


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path, ["a", "b", "c", "d", "e"])


def play(*broken: str, keys: str = "on_failure: rollback_host") -> str:
    more = BREAKS.replace("NAMES", ", ".join(f'"{name}"' for name in broken)) if broken else ""
    return PLAY.format(keys=keys, more=more)


def test_a_canary_goes_first_and_stops_the_rest_where_it_is_not_well(fleet: Fleet) -> None:
    assert fleet.apply(play("a")) == {"a": "rolled back"}
    assert (fleet.folder / "a/etc/well").exists()
    (stopped,) = fleet.said("stopped")
    assert "no host of the batch came through" in stopped.data["why"]


def test_all_goes_on_where_all_are_well(fleet: Fleet) -> None:
    assert fleet.apply(play()) == dict.fromkeys(fleet.names, "changed")
    asked = [event.host for event in fleet.said("check")]
    assert sorted(asked) == ["a", "b", "c"]  # after the last batch nothing follows


def test_who_is_not_well_counts_as_failed(fleet: Fleet) -> None:
    limited = "max_fail_percentage: 49"
    statuses = fleet.apply(play("b", keys=limited))
    assert statuses == {"a": "changed", "b": "rolled back", "c": "changed"}
    fleet.apply(play("b", keys="max_fail_percentage: 50"))
    assert fleet.done() == ["a", "c", "d", "e"]


@pytest.mark.parametrize(
    ("word", "left"),
    [("rollback_host", ["a", "c"]), ("rollback_batch", ["a"]), ("rollback_all", []), ("keep", ["a", "b", "c"])],
)  # fmt: skip
def test_on_failure_says_what_becomes_of_them(fleet: Fleet, word: str, left: list[str]) -> None:
    statuses = fleet.apply(play("b", keys=f"any_errors_fatal: true\n  on_failure: {word}"))
    assert fleet.done() == left
    assert statuses["b"] == ("failed" if word == "keep" else "rolled back")
    assert not {"d", "e"} & set(statuses)


def test_a_pause_comes_after_a_batch_that_has_changed_something(fleet: Fleet) -> None:
    text = play(keys="pause_between: 1")
    begun = time.monotonic()
    fleet.apply(text)
    assert time.monotonic() - begun >= 2
    assert [event.data["seconds"] for event in fleet.said("pause")] == [1, 1]
    fleet.apply(text, "again")
    assert not fleet.said("pause")
    assert not fleet.said("check")
