"""An effect is fired once for what its inputs are, and again when a rollback has put them back."""

import sys
import types
from pathlib import Path
from typing import Any

import needs
import pytest
from killing import dying_at, in_child
from laws.world import World, counting, play

from hardener.host.door.content import Content
from hardener.host.kinds.effect import Effect
from hardener.host.kinds.file import File
from hardener.host.resource import Resource, Want


class Recorded(Effect):
    """Reads its input, as a daemon does that is told to; the id is the folder of both files."""

    name = "recorded"

    def fire(self, id: str) -> None:
        self.system.announce("tell", id)
        with open(f"{id}/heard", "a") as heard, open(f"{id}/input") as given:
            heard.write(given.read())


module = types.ModuleType("hardener.host.kinds.recorded")
module.KIND = Recorded  # type: ignore[attr-defined]
sys.modules[module.__name__] = module


class Daemon(World):
    """A wish is the text of the input, or "tell"."""

    kind = "recorded"
    live = True
    files = {"/input": "old\n"}

    def want(self, wish: str, view: Any) -> Want:
        file = File(str(self.root / "input"))
        if wish != "tell":
            return Want(file, view.read(file).with_content(Content.of(wish.encode())))
        return view.effect(Resource("recorded", str(self.root)), [file])

    def heard(self) -> list[str]:
        file = self.root / "heard"
        return file.read_text().split() if file.exists() else []


WISHES = ["new\n", "tell"]


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    needs.root()
    return Daemon(tmp_path)


def test_told_once(daemon: Daemon) -> None:
    host = daemon.sandbox()
    assert host.play(play(daemon, WISHES), dry_run=True) == "pending"
    assert daemon.heard() == []
    assert host.play(play(daemon, WISHES)) == "changed"
    seen, watch = counting()
    assert daemon.sandbox(watch, first=5).play(play(daemon, WISHES)) == "ok"
    assert daemon.heard() == ["new"]
    assert [path for operation, path in seen if operation == "tell"] == []


def test_not_told_of_what_was_there_when_we_came(daemon: Daemon) -> None:
    assert daemon.sandbox().play(play(daemon, ["tell"])) == "ok"
    assert daemon.heard() == []


def test_told_of_what_was_put_back(daemon: Daemon) -> None:
    host = daemon.sandbox()
    host.play(play(daemon, WISHES))
    assert host.rollback() == "rolled back", host.events
    assert daemon.heard() == ["new", "old"]
    assert host.play(play(daemon, ["tell"])) == "ok"


@pytest.mark.parametrize("word", ["apply", "rollback"])
def test_killed_anywhere_the_last_word_is_true(tmp_path: Path, word: str) -> None:
    """It may hear a thing twice, but never keeps believing in what was put back."""
    needs.root()
    for number in range(1, 100):
        (tmp_path / str(number)).mkdir()
        daemon = Daemon(tmp_path / str(number))
        if one(daemon, word, number):
            break
        again = daemon.sandbox(first=20)
        if word == "apply":
            assert again.play() == "ok"
        else:
            assert again.rollback("run-001") == "rolled back"
        assert daemon.heard()[-1] == "first", f"killed at write {number}"
    assert number > 5


def one(daemon: Daemon, word: str, number: int) -> bool:
    assert daemon.sandbox(first=80).play(play(daemon, ["first\n", "tell"])) == "changed"
    if word == "apply":
        return in_child(lambda: daemon.sandbox(dying_at(number)).play(play(daemon, WISHES)))
    daemon.sandbox().play(play(daemon, WISHES))
    return in_child(lambda: daemon.sandbox(dying_at(number), first=10).rollback("run-001"))
