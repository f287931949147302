"""How often a run looks at one place of the host: each look costs a walk down from the root."""

from pathlib import Path

import pytest
from sandbox import Sandbox, step
from tree import lay

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
