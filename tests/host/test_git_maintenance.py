"""Locks of a dead git go and those of a living one stay; big files of the history are named."""

import os
import subprocess
import time
from typing import Any

import pytest
from checkouts import Ground
from sandbox import Sandbox, step

from hardener.host.door import processes


def tidy(ground: Ground, **more: Any) -> dict[str, Any]:
    return step("git_maintenance", repo=str(ground.remote), **more)


def locked(ground: Ground, name: str, age: float) -> str:
    path = ground.remote / ".git" / name
    path.write_text("")
    os.utime(path, (time.time() - age, time.time() - age))
    return str(path)


def test_stale_locks_go_and_come_back(ground: Ground, host: Sandbox) -> None:
    old, branch = locked(ground, "index.lock", 900), locked(ground, "refs/heads/main.lock", 900)
    young = locked(ground, "HEAD.lock", 60)
    assert host.foretold(tidy(ground)) == [f"remove file:{old}", f"remove file:{branch}"]
    assert not os.path.exists(old)
    assert any(note.startswith(f"the lock {young}: it is only 6") for note in host.notes())
    assert host.play(tidy(ground)) == "ok"
    assert host.rollback("run-002") == "rolled back", host.events
    assert os.path.exists(old)


def test_a_lock_in_use_stays(ground: Ground, host: Sandbox) -> None:
    lock = locked(ground, "index.lock", 900)
    with open(lock):
        assert host.play(tidy(ground)) == "ok"
        assert f"the lock {lock}: process {os.getpid()} has it open" in host.notes()
    living = ["git", "-c", "safe.directory=*", "cat-file", "--batch"]
    with subprocess.Popen(
        living, cwd=ground.remote, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as git:
        assert git.stdin
        assert git.stdout
        git.stdin.write(b"HEAD\n")
        git.stdin.flush()
        git.stdout.readline()  # it runs
        assert host.play(tidy(ground)) == "ok"
        assert f"the lock {lock}: git runs here as process {git.pid}" in host.notes()
        git.communicate()
    assert host.play(tidy(ground)) == "changed"


def test_a_git_that_ends_meanwhile_holds_no_lock(
    ground: Ground, host: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(ground, "index.lock", 900)
    ended = subprocess.Popen(["true"])
    ended.wait()
    seen = processes.Process(ended.pid, "git", ended.pid, 0)
    monkeypatch.setattr(processes, "running", lambda _system: [seen])
    assert host.play(tidy(ground)) == "changed", host.notes()


def test_big_files_of_the_history(ground: Ground, host: Sandbox) -> None:
    ground.commit({"big": "x" * 3000, "less": "y" * 2000})
    ground.commit({"big": None})
    assert host.play(tidy(ground, big="1K")) == "ok"
    assert [
        n for n in host.notes() if "2 files of its history are as big as 1K" in n and " big, " in n
    ]
    assert host.play(tidy(ground)) == "ok"
    assert not host.notes()


def many(ground: Ground) -> str:
    """As many packs as git takes for too many; return a commit that nothing refers to any more."""
    for number in range(51):
        ground.commit({"a": f"{number}"})
        ground.git("repack", "-q", "-d")
    lost = ground.git("rev-parse", "HEAD")
    ground.git("reset", "-q", "--hard", "HEAD~1")
    ground.git("reflog", "expire", "--expire=now", "--all")
    return lost


def test_many_objects_are_packed_and_none_is_lost(ground: Ground, host: Sandbox) -> None:
    lost = many(ground)
    before = ground.look()
    assert host.play(tidy(ground)) == "ok"
    assert "`repack: true` would tidy 0 loose objects and 51 packs" in host.notes()
    assert host.foretold(tidy(ground, repack=True)) == [f"change git_objects:{ground.remote}"]
    counts = ground.git("count-objects", "-v")
    assert "packs: 1\n" in counts and "count: 0\n" in counts
    assert ground.git("cat-file", "-t", lost) == "commit"
    ground.git("fsck", "--strict")
    owners = {each.stat().st_uid for each in (ground.remote / ".git/objects").rglob("*")}
    assert owners == {1000}
    assert host.play(tidy(ground, repack=True)) == "ok", host.changes("preview")
    assert not host.notes()
    assert host.rollback() == "rolled back", host.events
    assert ground.look() == before
    assert ground.git("cat-file", "-t", lost) == "commit"


def test_few_objects_stay_as_they_are(ground: Ground, host: Sandbox) -> None:
    assert host.play(tidy(ground, repack=True)) == "ok"


def test_a_pack_that_is_to_be_kept_stays(ground: Ground, host: Sandbox) -> None:
    many(ground)
    packs = sorted((ground.remote / ".git/objects/pack").glob("*.pack"))
    packs[0].with_suffix(".keep").write_text("")
    assert host.play(tidy(ground, repack=True)) == "changed", host.errors()
    assert packs[0].exists() and "packs: 2\n" in ground.git("count-objects", "-v")
    assert host.play(tidy(ground, repack=True)) == "ok"
