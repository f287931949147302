"""Steps before and after a move: the preview, the rollback and `harden diff` follow what was moved."""

import os
import tempfile
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay, listing

from hardener.host.record.store import Store
from hardener.host.undo import history


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    needs.root()
    lay(tmp_path, {"/srv/a/x": "1\n", "/srv/b.go": "b\n", "/srv/c.go": "c\n"})
    return Sandbox(tmp_path)


def edit(path: str, number: int) -> dict[str, Any]:
    return step("line", number, path=path, line="more")


def move(src: str, dest: str, number: int) -> dict[str, Any]:
    return step("move", number, src=src, dest=dest, missing_ok=True)


TESTS = step("file", 1, path="/srv/tests", state="directory")
ALIAS = step("file", 1, path="/srv/now", state="link", target="a")
PLAYS = {
    "a pattern through a link that is new": (
        ALIAS,
        TESTS,
        move("/srv/now/x*", "/srv/tests/", 3),
    ),
    "a new folder, what goes into it, an edit there": (
        TESTS,
        move("/srv/*.go", "/srv/tests/", 2),
        edit("/srv/tests/b.go", 3),
        step("file", 4, path="/srv/tests", state="directory", recurse=True, mode="0750"),
    ),
    "one out of a pattern, then the rest": (
        TESTS,
        move("/srv/b.go", "/srv/tests/z", 2),
        step("move", 3, src="/srv/*.go", dest="/srv/tests/"),
    ),
    "into a folder that the pattern names too": (TESTS, move("/srv/*", "/srv/tests/", 2)),
    "a folder, then something in it": (
        move("/srv/a", "/srv/d", 1),
        move("/srv/d/x", "/srv/d/y", 2),
        edit("/srv/d/y", 3),
    ),
    "what lies in a moved folder is listed there": (
        move("/srv/b.go", "/srv/a/b.go", 1),
        move("/srv/a", "/srv/d", 2),
        step("file", 3, path="/srv/d", state="directory", recurse=True, owner="trader"),
    ),
}


@pytest.mark.parametrize("steps", PLAYS.values(), ids=PLAYS)
def test_foretold_made_and_undone(host: Sandbox, steps: Any) -> None:
    before = listing(host.root)
    assert host.play(*steps, dry_run=True) == "pending", host.errors()
    foretold = host.changes("preview")
    assert len(foretold) >= len(steps)
    assert host.play(*steps) == "changed", host.errors()
    assert host.changes("apply") == foretold
    assert drift(host) == []
    assert host.play(*steps) == "ok", host.changes("preview")
    assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == before


def drift(host: Sandbox) -> list[str]:
    said: list[dict[str, Any]] = []
    history.since(host.engine(), host.run, said.append)
    return [event["resource"] for event in said]


def test_diff_follows_what_was_moved_after_its_edit(host: Sandbox) -> None:
    fewer = step("line", 1, path="/srv/b.go", line="b", state="absent")
    before = listing(host.root)
    assert host.play(fewer, move("/srv/b.go", "/srv/d", 2)) == "changed", host.errors()
    assert drift(host) == []
    (host.root / "srv/d").write_text("mine\n")
    assert drift(host) == ["file:/srv/d"]
    (host.root / "srv/d").write_text("")
    assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == before


CLASHES = {
    "a new file at the old place": (
        move("/srv/a", "/srv/d", 1),
        step("file", 2, path="/srv/a", state="directory"),
    ),
    "another moved to the old place": (
        move("/srv/b.go", "/srv/d", 1),
        move("/srv/c.go", "/srv/b.go", 2),
    ),
    "the new place emptied first": (
        step("file", 1, path="/srv/c.go", state="absent"),
        move("/srv/b.go", "/srv/c.go", 2),
    ),
}


@pytest.mark.parametrize("steps", CLASHES.values(), ids=CLASHES)
def test_what_a_second_run_could_not_do_is_refused_before_the_first(
    host: Sandbox, steps: Any
) -> None:
    before = listing(host.root)
    assert host.play(*steps) == "refused", host.changes("apply")
    assert listing(host.root) == before


def test_nothing_is_moved_into_itself(host: Sandbox) -> None:
    assert host.play(move("/srv/a", "/srv/a/x/a", 1), dry_run=True) == "refused"
    assert "into itself" in host.errors()


def test_another_disk_is_seen_even_below_a_folder_that_is_still_to_be_made(tmp_path: Path) -> None:
    here = Sandbox("/")
    here.store = Store(here.system, str(tmp_path / "state"))
    (tmp_path / "a").write_text("a")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as there:
        assert os.stat(there).st_dev != os.stat(tmp_path).st_dev
        (tmp_path / "link").symlink_to(there)
        for target in (there, str(tmp_path / "link")):
            folder = step("file", 1, path=f"{target}/new", state="directory")
            call = move(str(tmp_path / "a"), f"{target}/new/a", 2)
            assert here.play(folder, call, dry_run=True) == "refused"
            assert "on different file systems" in here.errors()
