"""A removal of snapshots that dies at any system call: no half run, a true history, nothing left for good."""

import os
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.disk import injected
from sandbox import Sandbox, step
from tree import OUR_STATE, lay, listing

from hardener.host import snapshots
from hardener.host.errors import HostError
from hardener.host.record.store import Store
from hardener.host.snapshots.survey import Survey
from hardener.host.undo import history

RUNS = ["run-001", "run-002", "run-003"]
CODE = "c" * 64


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host with three runs, some of what they keep shared, one state sealed, and code that nobody needs."""
    needs.root()
    root = tmp_path_factory.mktemp("kept") / "host"
    lay(root, {"/etc/motd": "hello\n", "/etc/note": "n\n"})
    host = Sandbox(root)
    for text in ("a\n", "hello\n", "b\n"):
        secret = step("file", 2, path="/etc/secret", content=f"secret {text}")
        secret["calls"][0]["no_log"] = True
        assert host.play(step("file", 1, path="/etc/motd", content=text), secret) == "changed"
    module = root / OUR_STATE / "code" / CODE / "x.py"
    module.parent.mkdir(parents=True)
    module.write_text("x = 1\n")
    return root


def prune(root: Path) -> str:
    return str(snapshots.prune(Sandbox(root).engine(), {"keep": 1}))


def test_killed_at_every_system_call(
    kept: Path, tmp_path: Path, tally: Callable[..., None]
) -> None:
    first = copied(kept, tmp_path)
    points = injected.calls(lambda: prune(first), tmp_path / "log")
    assert {"unlinkat", "fsync", "write", "renameat2"} <= {point.name for point in points}
    for point in points:
        root = copied(kept, tmp_path)
        injected.killed(partial(prune, root), tmp_path / "log", point)
        truthful(root, str(point))
        prune(root)
        clean(root, str(point))
    tally("kill points of a removal of snapshots", tried=len(points))


def copied(kept: Path, folder: Path) -> Path:
    shutil.rmtree(folder / "host", ignore_errors=True)
    shutil.copytree(kept, folder / "host", symlinks=True)
    return folder / "host"


def truthful(root: Path, point: str) -> None:
    """Each run is whole and undone to the byte, or is removed and says so."""
    survey = Survey(Sandbox(root).engine())
    there = [each.run for each in survey.found]
    assert not survey.damaged, point
    assert all(each.undoable for each in survey.found), point
    told = remembered(root)
    assert [event["run"] for event in told] == RUNS, point
    assert [event["run"] for event in told if "removed" not in event] == there, point
    assert there[-1] == "run-003", point
    for run in set(RUNS) - set(there):
        with pytest.raises(HostError, match="was removed"):
            Sandbox(root).rollback(run)
    undone = root.parent / "undone"
    shutil.rmtree(undone, ignore_errors=True)
    shutil.copytree(root, undone, symlinks=True)
    for run in reversed(there):
        host = Sandbox(undone)
        host._runs = 100 - int(run[-1])
        assert host.rollback(run) == "rolled back", point
    expected = {"run-001": "hello\n", "run-002": "a\n", "run-003": "hello\n"}
    assert (undone / "etc/motd").read_text() == expected[there[0]], point


def remembered(root: Path) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    history.runs(Sandbox(root).engine(), events.append)
    return events


def clean(root: Path, point: str) -> None:
    """What the killed one has left is gone, and nothing else."""
    state = root / OUR_STATE
    host = Sandbox(root)
    assert Store(host.system).runs() == ["run-003"], point
    assert os.listdir(state / "runs") == ["run-003"], point
    assert os.listdir(state / "code") == [], point
    blobs = {"blobs/" + name for name in os.listdir(state / "blobs")}
    assert blobs == set(Survey(host.engine()).holders), point
    host._runs = 100
    assert host.rollback() == "rolled back", point
    assert (root / "etc/motd").read_text() == "hello\n"
    assert listing(root)["etc/note"], point


LINE = re.compile(r"(?P<name>fsync|unlinkat)\(\d+<(?P<path>[^>]*)>(?:, \"(?P<file>[^\"]*)\")?")


def test_the_disk_has_each_part_before_the_next_begins(kept: Path, tmp_path: Path) -> None:
    """What a power cut leaves is one of the moments at which a kill could come."""
    log = tmp_path / "log"
    root = copied(kept, tmp_path)
    injected.traced(lambda: prune(root), log, "trace=fsync,unlinkat")
    done = [match for match in map(LINE.match, log.read_text().splitlines()) if match]

    def at(name: str, path: str, file: str | None = None) -> list[int]:
        whole = f"{root}/{OUR_STATE}/{path}"
        return [
            n
            for n, m in enumerate(done)
            if (m["name"], m["path"], m["file"]) == (name, whole, file)
        ]

    blobs = [
        n for n, m in enumerate(done) if m["name"] == "unlinkat" and m["path"].endswith("/blobs")
    ]
    told = at("fsync", "removed.jsonl")
    for run in RUNS[:2]:
        (gone,) = at("unlinkat", f"runs/{run}", "run.json")
        synced = [n for n in at("fsync", f"runs/{run}") if n > gone]
        assert told[-1] < gone < synced[0] < min(blobs)
    assert blobs
