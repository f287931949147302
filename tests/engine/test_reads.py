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
