"""Which play of a playbook says how much of earlier runs stays, and that hosts of any Python do as told."""

from pathlib import Path
from typing import Any

import pytest
from connect.test_local import PYTHONS
from fleet.test_run import Fleet

from hardener.connect import Direct, Target
from hardener.errors import PlaybookError
from hardener.events import Event
from hardener.fleet.options import Options
from hardener.fleet.run import PlaybookRun
from hardener.fleet.session import Session
from hardener.inventory import load
from hardener.playbook import read_playbook

PLAY = """
- hosts: all
  snapshots: {keep: %s}
  steps:
    - file: {path: /etc/%s, content: "{{ n }}"}
  verify:
    - file: {path: /etc/well}
"""
TWICE = PLAY % (1, "x") + PLAY % ('"{{ most }}"', "y")


def runs(fleet: Fleet, name: str) -> list[str]:
    return sorted(path.name for path in (fleet.folder / name / "var/lib/hardener/runs").iterdir())


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Two hosts on which three runs were made."""
    fleet = Fleet(tmp_path, ["a", "b"])
    for number in range(3):
        assert fleet.apply(PLAY % (20, "x"), run_id=f"run-{number}", n=str(number)) == {
            "a": "changed",
            "b": "changed",
        }
    return fleet


def test_only_the_last_play_removes(fleet: Fleet) -> None:
    fleet.apply(TWICE, run_id="run-9", n="9", most=2)
    assert runs(fleet, "a") == ["run-2", "run-9"]
    (told,) = [event for event in fleet.said("pruned") if event.host == "a"]
    assert {each["why"] for each in told.data["runs"]} == {"keep: 2"}


def test_nothing_goes_where_the_last_play_fails(fleet: Fleet) -> None:
    text = TWICE.removesuffix("/etc/well}\n") + "/etc/well2}\n"
    (fleet.folder / "b/etc/well2").touch()
    assert fleet.apply(text, run_id="run-9", n="9", most=1) == {"a": "rolled back", "b": "changed"}
    assert runs(fleet, "a") == ["run-0", "run-1", "run-2", "run-9"]
    assert runs(fleet, "b") == ["run-9"]


@pytest.mark.parametrize("most", ["a few", 0, [1]])
def test_what_is_no_budget_once_it_is_rendered_reaches_no_host(fleet: Fleet, most: Any) -> None:
    with pytest.raises(PlaybookError, match="`keep` is"):
        fleet.apply(TWICE, run_id="run-9", n="9", most=most)
    assert runs(fleet, "a") == ["run-0", "run-1", "run-2"]


def test_health_removes_nothing(fleet: Fleet) -> None:
    inventory = load([str(fleet.folder / "hosts.json")], playbook_dir=fleet.folder)
    options = Options(inventory=(str(fleet.folder / "hosts.json"),), extra_vars={"most": 1, "n": 9})
    book = read_playbook(fleet.folder / "play.yml")
    with PlaybookRun(book, inventory, options, Direct(), lambda event: None, "run-9") as run:
        assert set(run.health().values()) == {"ok"}
    assert runs(fleet, "a") == ["run-0", "run-1", "run-2"]


@pytest.mark.parametrize("python", PYTHONS)
def test_by_each_python(fleet: Fleet, python: str) -> None:
    told: list[Event] = []
    target = Target(name="a", kind="local", root=str(fleet.folder / "a"), python=python)
    session = Session(target, Direct(), told.append)
    try:
        assert len(list(session.ask({"do": "snapshots"}))) == 4
        assert session.do("prune", budget={"keep": 1, "max_age": "2w"}) == "changed"
        assert len(list(session.ask({"do": "snapshots"}))) == 2
        events = list(session.ask({"do": "history"}))
        assert ["removed" in event for event in events] == [True, True, False]
    finally:
        session.close()
