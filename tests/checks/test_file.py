"""The check of files, in a tree: how many, how old, with which content."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from checks.asking import ask

from hardener.host.door.system import System


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for name, age, text in (
        ("a.json", 10, "ready\n"),
        ("b.json", 1000, "not ready\nready\n"),
        ("c.txt", 10, "x"),
    ):
        (data / name).write_text(text)
        when = os.stat(data).st_mtime - age
        os.utime(data / name, (when, when))
    (data / "dangling").symlink_to("nowhere")
    return tmp_path


def test_there(tree: Path) -> None:
    assert ask("file", tree, path="/data/a.json") is None
    assert ask("file", tree, path="/data/*.json", min=2, max=2) is None
    assert ask("file", tree, path="/data") is None
    assert ask("file", tree, path="/data/dangling") is None


def test_missing(tree: Path) -> None:
    assert ask("file", tree, path="/data/d.json") == "/data/d.json is not there"
    assert (
        ask("file", tree, path="/data/*.json", min=3)
        == "2 files /data/*.json are there, at least 3 should be"
    )
    assert ask("file", tree, path="/data/*.db", min=0) is None


def test_too_many(tree: Path) -> None:
    assert (
        ask("file", tree, path="/data/*.json", max=1)
        == "2 files /data/*.json, at most 1 should be there"
    )
    assert ask("file", tree, path="/data/a.json", absent=True) == "/data/a.json is there"
    assert ask("file", tree, path="/data/d.json", absent=True) is None
    assert ask("file", tree, path="/data/d.json", max=0) is None
    assert ask("file", tree, path="/data/a.json", max=0) is not None


def test_age(tree: Path) -> None:
    assert ask("file", tree, path="/data/*.json", newer_than=500) is None
    assert (
        ask("file", tree, path="/data/b.json", newer_than=500)
        == "/data/b.json is older than 500 seconds"
    )
    assert (
        ask("file", tree, path="/data/a.json", older_than=500)
        == "/data/a.json is newer than 500 seconds"
    )
    few = ask("file", tree, path="/data/*.json", newer_than=500, min=2)
    assert few == "1 of 2 files /data/*.json are of that age, at least 2 should be"
    assert ask("file", tree, path="/data/*.json", older_than=500, max=1) is None


def test_content(tree: Path) -> None:
    assert ask("file", tree, path="/data/*.json", contains="^ready$") is None
    assert (
        ask("file", tree, path="/data/*", min=3, contains="ready")
        == "/data/c.txt does not contain ready"
    )
    assert ask("file", tree, path="/data/b.json", newer_than=500, min=0, contains="never") is None


def test_what_can_not_be_read_is_said(tree: Path) -> None:
    assert "/data/sub" in str(ask("file", tree, path="/data/sub/../sub/x"))
    (tree / "data/sub").mkdir()
    assert "/data/sub is no regular file" in str(ask("file", tree, path="/data/sub", contains="x"))


def test_a_log_larger_than_the_memory_is_looked_through(tree: Path) -> None:
    """Line by line: here they are 128 MiB with holes, and the process may have half of that more."""
    with (tree / "data/log").open("wb") as log:
        for _ in range(32):
            log.seek(4 << 20, os.SEEK_CUR)
            log.write(b"\n")
        log.write(b"done\n")
    with limited(64 << 20):
        assert ask("file", tree, path="/data/log", contains="^done$") is None
        assert ask("file", tree, path="/data/log", contains="never") is not None


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Let this process have no more than so many bytes beside what it has."""
    was = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + size, was[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, was)


def test_what_vanishes_meanwhile_was_not_there(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = System.glob

    def glob(system: System, pattern: str) -> list[str]:
        paths = found(system, pattern)
        (tree / "data/a.json").unlink(missing_ok=True)
        return paths

    monkeypatch.setattr(System, "glob", glob)
    trouble = ask("file", tree, path="/data/*.json", min=2, newer_than=5000)
    assert trouble == "1 files /data/*.json are there, at least 2 should be"
