"""How often a run looks at one place of the host: each look costs a walk down from the root."""

from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, step
from tree import lay

from hardener.host.door.paths import Walk
from hardener.host.kinds.file import FileKind


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every path that is read as a resource, in order."""
    seen: list[str] = []
    read = FileKind._read

    def watched(self: FileKind, path: str) -> object:
        seen.append(path)
        return read(self, path)

    monkeypatch.setattr(FileKind, "_read", watched)
    return seen


def test_what_lies_on_the_way_is_read_once_for_the_preview_and_once_for_the_apply(
    tmp_path: Path, looks: list[str]
) -> None:
    lay(tmp_path, {"/srv/site/old": "x\n"})
    told = step("file", path="/srv/site/new", content="new\n")
    assert Sandbox(tmp_path).play(told) == "changed"
    assert looks.count("/srv") == 2


def test_the_way_to_files_that_lie_side_by_side_is_read_once_for_all_of_them(
    tmp_path: Path, looks: list[str]
) -> None:
    lay(tmp_path, {"/srv/site/old": "x\n"})
    assert Sandbox(tmp_path).play(*new_files(3)) == "changed"
    assert looks.count("/srv") == looks.count("/srv/site") == 2


def test_a_new_file_more_costs_six_walks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is foretold, planned, read again, written and read back; its bytes are looked for in the store."""
    walks: list[str] = []
    parent = Walk.parent

    def watched(self: Walk, path: str) -> object:
        walks.append(path)
        return parent(self, path)

    monkeypatch.setattr(Walk, "parent", watched)
    taken = []
    for count in (10, 11):
        lay(tmp_path / str(count), {"/srv/site/old": "x\n"})
        walks.clear()
        assert Sandbox(tmp_path / str(count)).play(*new_files(count)) == "changed"
        taken.append(len(walks))
    assert taken[1] - taken[0] == 6


def new_files(count: int) -> list[dict[str, Any]]:
    each = (f"/srv/site/{n}" for n in range(count))
    return [step("file", n, path=path, content=f"{path}\n") for n, path in enumerate(each, 1)]


def test_a_way_that_was_changed_is_read_again(tmp_path: Path) -> None:
    """The second step puts a folder in the place of a link, which the first one has followed."""
    lay(tmp_path, {"/srv/real/old": "x\n"})
    (tmp_path / "srv/link").symlink_to("real")
    host = Sandbox(tmp_path)
    along = step("file", 1, path="/srv/link/none", state="absent")
    away = step("file", 2, path="/srv/link", state="directory", force=True)
    into = step("file", 3, path="/srv/link/new", content="new\n")
    assert host.play(along, away, into) == "changed", host.errors()
    assert (tmp_path / "srv/link/new").read_text() == "new\n"
    assert not (tmp_path / "srv/real/new").exists()


def test_a_step_reads_a_file_once_and_once_more_before_and_after_it_writes(
    tmp_path: Path, looks: list[str]
) -> None:
    """One that is as it should be is read once by the apply, as it is by the preview."""
    lay(tmp_path, {"/srv/new": "old\n", "/srv/same": "same\n"})
    new = step("file", 1, path="/srv/new", content="new\n")
    same = step("file", 2, path="/srv/same", content="same\n")
    assert Sandbox(tmp_path).play(new, same) == "changed"
    assert looks.count("/srv/new") == 1 + 3
    assert looks.count("/srv/same") == 1 + 1


def test_what_was_written_since_the_step_looked_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes the file between the apply's look at it and its write."""
    lay(tmp_path, {"/srv/new": "old\n"})
    host, read, seen = Sandbox(tmp_path), FileKind._read, []

    def overtaken(self: FileKind, path: str) -> object:
        state = read(self, path)
        seen.append(path)
        if seen.count("/srv/new") == 2:
            (tmp_path / "srv/new").write_text("theirs\n")
        return state

    monkeypatch.setattr(FileKind, "_read", overtaken)
    assert host.play(step("file", path="/srv/new", content="new\n")) == "changed"
    assert host.rollback() == "rolled back", host.events
    assert (tmp_path / "srv/new").read_text() == "theirs\n"


def test_a_step_sees_what_the_one_before_has_written(tmp_path: Path) -> None:
    lay(tmp_path, {"/srv/conf": "a=1\nb=1\n"})
    host = Sandbox(tmp_path)
    first = step("line", 1, path="/srv/conf", regexp="^a=", line="a=2")
    second = step("line", 2, path="/srv/conf", regexp="^b=", line="b=2")
    assert host.play(first, second) == "changed", host.errors()
    assert (tmp_path / "srv/conf").read_text() == "a=2\nb=2\n"
