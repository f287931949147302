"""New files that are announced together lie beside their places, synced, before the first has its name."""

import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import needs
import pytest
from killing import dying_at, in_child
from sandbox import Sandbox, step
from tree import lay, listing

from hardener.host.door import opened
from hardener.host.door.writing import staged_name

NAMES = [f"new-{number}" for number in range(4)]
Watch = Callable[[str, str], None]


def steps() -> list[dict[str, Any]]:
    return [
        step("file", number, path=f"/srv/{name}", content=f"{name}\n", mode="0640")
        for number, name in enumerate(NAMES, 1)
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay(tmp_path / "host", {"/srv/old": "old\n"})
    return tmp_path / "host"


def as_told(root: Path) -> bool:
    made = {path.name: path.read_text() for path in (root / "srv").iterdir()}
    return made == {"old": "old\n", **{name: f"{name}\n" for name in NAMES}}


def play(root: Path, watch: Watch | None = None, status: str = "changed", **more: Any) -> None:
    host = Sandbox(root, watch)
    assert host.play(*steps(), **more) == status, host.errors()


def beside(root: Path, name: str) -> Path:
    return root / "srv" / staged_name(name)


def test_all_are_there_before_the_first_has_its_name(root: Path) -> None:
    seen: list[tuple[str, str]] = []
    numbers: set[int] = set()

    def watch(operation: str, path: str) -> None:
        if path.startswith("/srv/"):
            seen.append((operation, path))
        if (operation, path) == ("replace", f"/srv/{NAMES[0]}"):
            numbers.update(beside(root, name).stat().st_ino for name in NAMES)

    play(root, watch)
    assert [operation for operation, _ in seen[: len(NAMES)]] == ["stage"] * len(NAMES)
    assert {(root / "srv" / name).stat().st_ino for name in NAMES} == numbers
    assert as_told(root)


@pytest.mark.parametrize("meddle", [Path.unlink, lambda path: path.write_text("somebody's\n")])
def test_what_somebody_touched_meanwhile_is_made_anew(
    root: Path, meddle: Callable[[Path], Any]
) -> None:
    def watch(operation: str, path: str) -> None:
        if (operation, path) == ("rename", f"/srv/{NAMES[0]}"):
            meddle(beside(root, NAMES[1]))

    play(root, watch)
    assert as_told(root)


def test_none_lies_where_others_may_write(root: Path) -> None:
    needs.root()
    os.chown(root / "srv", 1000, 1000)
    seen: list[str] = []
    play(root, lambda operation, path: seen.append(operation))
    assert "stage" not in seen
    assert as_told(root)


@pytest.mark.parametrize("kept", [True, False])
def test_of_a_play_that_fails_none_is_left(root: Path, kept: bool) -> None:
    def watch(operation: str, path: str) -> None:
        if (operation, path) == ("replace", f"/srv/{NAMES[1]}"):
            raise OSError(errno.EIO, "the disk has gone")

    word = "keep" if kept else "rollback"
    play(root, watch, "failed" if kept else "rolled back", on_failure=word)
    assert not list((root / "srv").glob(".hardener-*"))


def test_where_there_is_no_room_for_all_each_is_made_by_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = opened.fill

    def full(name: str, *rest: Any, **more: Any) -> None:
        if name == staged_name(NAMES[2]) and not more.get("lasting", True):
            raise OSError(errno.ENOSPC, "no room")
        fill(name, *rest, **more)

    monkeypatch.setattr(opened, "fill", full)
    play(root)
    assert as_told(root)


def test_killed_at_every_write(tmp_path: Path) -> None:
    needs.root()
    points = 0
    for number in range(1, 1000):
        root = tmp_path / str(number)
        lay(root, {"/srv/old": "old\n"})
        before = listing(root)
        if in_child(partial(play, root, dying_at(number))):
            break
        points += 1
        after = Sandbox(root)
        after._runs = 100
        assert after.play(step("file", path="/etc/later", content="l\n")) == "changed"
        assert after.rollback(after.run) == "rolled back"
        assert listing(root) == before, f"killed at write {number}"
    assert points > 4 * len(NAMES)
