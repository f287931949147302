"""Which programs a first run starts: what nothing has changed is not asked again."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import logrotated
import needs
import pytest
from checkouts import Ground
from logrotated import host as tree
from sandbox import Sandbox, step
from supervised import sites

from hardener.host.door import apart, programs
from hardener.host.kinds.file import FileKind
from hardener.host.supervisor import running

__all__ = ["tree"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each program was run; of git, each of its commands."""
    found: Counter[str] = Counter()
    run = programs.run

    def counted(argv: list[str], *how: Any, **more: Any) -> programs.Ran:
        found[next((w for w in argv if w in ("check-ignore", "ls-files")), argv[0])] += 1
        return run(argv, *how, **more)

    monkeypatch.setattr(programs, "run", counted)
    return found


def test_git_is_asked_about_patterns_once(
    ground: Ground, host: Sandbox, asked: Counter[str]
) -> None:
    """What is tracked is read anew by the apply; what its rules mean is known from the preview.

    Which of them are ours is asked as well where one lets git see what another ignores.
    """
    ground.commit({"bin/tracked": "x"})
    told = step("gitignore", repo=str(ground.folder / "remote"), patterns=["*.log", "bin/"])
    assert host.play(told) == "changed", host.errors()
    assert "git goes on tracking ignored files" in " ".join(host.notes())
    assert asked == {"check-ignore": 1, "ls-files": 2}
    told = step("gitignore", repo=str(ground.folder / "remote"), patterns=["*.log", "!kept.log"])
    asked.clear()
    assert host.play(told) == "changed", host.errors()
    assert asked == {"check-ignore": 2, "ls-files": 2}


def test_git_is_asked_again_where_other_rules_count(
    ground: Ground, host: Sandbox, asked: Counter[str]
) -> None:
    """The second step changes a file that git goes by as well, so the third asks about other rules."""
    repo = ground.folder / "remote"
    exclude = str(repo / ".git/info/exclude")
    first, third = (step("gitignore", n, repo=str(repo), patterns=["*.tmp"]) for n in (1, 3))
    second = step("file", 2, path=exclude, content="*.bak\n")
    assert host.play(first, second, third) == "changed", host.errors()
    assert asked["check-ignore"] == 1 + 1


def test_logrotate_is_asked_once_by_the_preview_and_once_by_the_apply(
    tree: Callable[..., Sandbox], asked: Counter[str]
) -> None:
    host = tree()
    assert host.play(logrotated.app()) == "changed", host.errors()
    assert asked == {"logrotate": 2}


def test_what_logrotate_complains_of_is_held_against_what_it_did_before(
    tree: Callable[..., Sandbox], asked: Counter[str]
) -> None:
    host = tree(**{"/etc/logrotate.d/bad": "/var/log/bad {\n  nonsense\n}\n"})
    assert host.play(logrotated.app()) == "changed", host.errors()
    assert any("complains of other files" in note for note in host.notes())
    assert asked["logrotate"] == 2 * 4


def test_dpkg_is_asked_once_by_each(ground: Ground, host: Sandbox, asked: Counter[str]) -> None:
    needs.program("dpkg")
    there = step("package", 1, name=["dpkg"])
    new = step("file", 2, path=str(ground.folder / "new"), content="new\n")
    assert host.play(there, new) == "changed", host.errors()
    assert asked == {"dpkg-query": 2}


def test_supervisord_is_looked_at_again_only_where_something_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    talk = running.talk

    def counted(system: Any, found: running.Running) -> running.Running:
        looks.append("talked")
        return talk(system, found)

    monkeypatch.setattr(running, "talk", counted)
    with sites(tmp_path) as make:
        site = make()
        site.program("web")
        site.start()
        looks.clear()
        call = site.step(programs="*", options={"startretries": 5})
        assert site.host.play(call) == "changed", site.host.errors()
    # By the preview, by the apply, when its file is written, and after the update, which proves it.
    assert len(looks) == 1 + 1 + 1 + 1


def test_a_look_at_supervisord_reads_each_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its main file tells what server it has; nobody looks for its process where that names no environment."""
    reads: list[str] = []
    read = FileKind._read

    def watched(self: FileKind, path: str) -> object:
        reads.append(path)
        return read(self, path)

    with sites(tmp_path) as make:
        site = make()
        for name in ("web", "mail"):
            site.program(name, "user=daemon\n")
        site.start()
        with monkeypatch.context() as watching:
            watching.setattr(FileKind, "_read", watched)
            watching.setattr(running, "mains", lambda system, pid: pytest.fail("it looks for it"))
            assert site.check(programs=["web", "mail"]) is None
    assert reads.count(str(site.config)) == 1
    assert max(Counter(reads).values()) == 1


def test_sqlite_is_asked_in_one_child_for_all_that_is_known_at_once(
    tmp_path: Path, host: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[str] = []
    enter = apart.Apart.__enter__

    def counted(self: apart.Apart) -> apart.Talk:
        children.append("forked")
        return enter(self)

    monkeypatch.setattr(apart.Apart, "__enter__", counted)
    database = tmp_path / "trades.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("CREATE TABLE trades (date TEXT)")
    call = step("indexes", sqlite=str(database), table="trades", columns=["date"])
    assert host.play(call) == "changed", host.errors()
    # By the preview, by its look at a second run, by the apply; just before the write; it; its proof.
    assert len(children) == 1 + 1 + 1 + 1 + 1 + 1
