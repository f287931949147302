"""The budget of snapshots: what goes, what can be undone all the same, and what is told of it."""

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, step
from snapshotted import (
    DAY,
    STATE,
    greet,
    laid,
    needed,
    play,
    prune,
    stored,
    there,
    told,
)
from tree import listing

from hardener.host import snapshots
from hardener.host.errors import HostError, Refused
from hardener.host.record.journal import Journal
from hardener.host.record.store import Store
from hardener.host.snapshots.survey import Survey
from hardener.host.undo import history


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    return laid(tmp_path)


# What goes


def test_a_play_removes_what_is_over_its_budget_at_its_end(host: Sandbox) -> None:
    for number in range(5):
        assert play(host, number, snapshots={"keep": 3}) == "changed"
    assert there(host) == ["run-003", "run-004", "run-005"]
    assert stored(host) <= needed(host)
    (event,) = [e for e in host.events if e["event"] == "pruned"]
    assert event["runs"] == [{"run": "run-002", "why": "keep: 3"}]
    assert event["bytes"] > 0


def test_nothing_goes_without_a_budget_in_a_dry_run_or_in_a_run_that_failed(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    before = listing(host.root / STATE)
    play(host, 9, snapshots={"keep": 1}, dry_run=True)
    assert listing(host.root / STATE, ("staging",)) == listing(host.root / STATE, ("staging",))
    broken = step("command", 3, cmd="false", irreversible=True)
    given = greet(9)["steps"]
    assert host.play(*given, broken, snapshots={"keep": 1}) == "partly rolled back"
    assert host.play(*given, broken, snapshots={"keep": 1}, on_failure="keep") == "failed"
    assert there(host)[:3] == ["run-001", "run-002", "run-003"]
    assert {name for name in before if name.startswith("blobs/")} <= set(listing(host.root / STATE))


def test_a_play_with_nothing_to_do_removes_too(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    assert play(host, 2, snapshots={"keep": 1}) == "ok"
    assert there(host) == ["run-003"]


def test_by_size_the_oldest_go_until_the_rest_fits(host: Sandbox) -> None:
    for number in range(4):
        host.play(step("file", path="/etc/big", content=str(number) * 100_000))
    assert prune(host, max_size="150K") == ["run-001", "run-002"]
    assert prune(host, max_size=0) == ["run-003"]
    assert there(host) == ["run-004"]


def test_what_never_goes_takes_no_place_from_the_others(host: Sandbox) -> None:
    broken = step("command", 2, cmd="false", irreversible=True)
    huge = step("file", path="/etc/big", content="b" * 1_000_000)
    assert host.play(huge, broken, on_failure="keep") == "failed"
    for number in range(3):
        play(host, number)
    assert prune(host, max_size="200K") == []


def test_by_age(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
        age(host, host.run, (3 - number) * 10 * DAY)
    assert prune(host, max_age="25d") == ["run-001"]
    assert prune(host, max_age="2w") == ["run-002"]
    assert prune(host, max_age="1h") == []


def age(host: Sandbox, run: str, seconds: float) -> None:
    store = Store(host.system)
    path = store.path("runs", run, "run.json")
    store.write_json(path, {**store.about(run), "at": host.system.now() - seconds})


def test_a_clock_that_has_gone_back_makes_nothing_old(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    age(host, "run-001", 300 * DAY)
    age(host, "run-003", -DAY)
    assert prune(host, max_age="90d") == []


def test_bytes_that_another_run_needs_stay(host: Sandbox) -> None:
    for text in ("a\n", "b\n", "a\n", "c\n"):
        host.play(step("file", path="/etc/motd", content=text))
    assert prune(host, keep=1) == ["run-001", "run-002", "run-003"]
    assert host.rollback() == "rolled back"
    assert (host.root / "etc/motd").read_text() == "a\n"


def test_limits_are_read_as_people_write_them(host: Sandbox) -> None:
    for wrong in ({"keep": 0}, {"keep": "many"}, {"max_size": "2X"}, {"max_age": "soon"}):
        with pytest.raises(HostError):
            prune(host, **wrong)
    play(host, 1)
    play(host, 2)
    assert prune(host, keep="unlimited", max_age="unlimited", max_size="unlimited") == []
    assert prune(host) == []


# What can be undone


def test_a_later_run_is_undone_to_the_byte_without_the_earlier_ones(host: Sandbox) -> None:
    """Each journal holds all that its run needs, whatever it was built on."""
    steps = [
        lambda n: [step("file", 1, path="/etc/motd", content=f"{n}\n")],
        lambda n: [step("line", 1, path="/etc/motd", line=f"line {n}")],
        lambda n: [step("file", 1, path="/etc/old", content=f"{n}\n", mode="0644")],
        lambda n: [step("move", 1, src="/srv/" + "ab"[n > 5], dest="/srv/" + "ba"[n > 5])],
        lambda n: greet(n)["steps"],
    ]
    trees = []
    for number, make in enumerate([*steps, *steps], 1):
        trees.append(listing(host.root))
        assert host.play(*make(number)) == "changed", host.errors()
    for oldest in there(host)[:5]:
        assert prune(host, keep=len(there(host)) - 1) == [oldest]
        assert host.rollback() == "rolled back", host.events
        assert listing(host.root) == trees.pop()


def test_what_failed_once_is_undone_after_newer_runs_have_gone(host: Sandbox) -> None:
    """As if somebody else had edited since: what is theirs stays."""
    failing = [
        step("line", 1, path="/etc/motd", line="first", create=True),
        step("file", 2, path="/etc/failed", content="f\n"),
        step("command", 3, cmd="false", irreversible=True),
    ]
    assert host.play(*failing, on_failure="keep") == "failed"
    for number in range(4):
        assert host.play(step("line", path="/etc/motd", line=f"line {number}")) == "changed"
    assert prune(host, keep=1) == ["run-002", "run-003", "run-004"]
    with pytest.raises(Refused, match="something else was made") as refused:
        host.rollback("run-001")
    assert "`harden rollback run-005 run-001`" in refused.value.hint
    assert host.rollback("run-005") == "rolled back"
    host.rollback("run-001")
    left = [resource for resource, _, _ in host.events[-1]["left"]]
    assert not (host.root / "etc/failed").exists()
    text = (host.root / "etc/motd").read_text()
    merged = "hello\n" + "".join(f"line {number}\n" for number in range(3))
    assert text == (
        merged.replace("hello\n", "hello\nfirst\n") if "file:/etc/motd" in left else merged
    )


def test_databases_come_back_to_the_byte_and_what_was_kept_of_them_goes(host: Sandbox) -> None:
    """sqlite.json names whole databases that no journal names."""
    path = host.root / "srv/trades.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript("CREATE TABLE t (a, b, c); INSERT INTO t VALUES (1, 2, 3);")
    trees = []
    for column in "abc":
        trees.append(path.read_bytes())
        indexes = step("indexes", sqlite="/srv/trades.db", table="t", columns=[column])
        assert host.play(indexes) == "changed", host.errors()
    before = stored(host)
    assert prune(host, keep=2) == ["run-001"]
    assert len(before - stored(host)) == 1
    assert "run-001" not in (host.root / STATE / "sqlite.json").read_text()
    for content in reversed(trees[1:]):
        assert host.rollback() == "rolled back"
        assert path.read_bytes() == content
    noted = (host.root / STATE / "sqlite.json").read_text()
    assert all(blob not in noted for blob in before - stored(host))


# What is told


def test_history_remembers_what_was_removed(host: Sandbox) -> None:
    for number in range(4):
        play(host, number)
    before = told(host)
    prune(host, keep=2)
    after = told(host)
    assert [(e["run"], e["status"], e["changes"]) for e in after] == [
        (e["run"], e["status"], e["changes"]) for e in before
    ]
    assert [e["removed"]["why"] for e in after if "removed" in e] == ["keep: 2", "keep: 2"]
    assert ["removed" in e for e in after] == [True, True, False, False]


@pytest.mark.parametrize("word", ["rollback", "show", "diff"])
def test_who_asks_for_a_removed_run_is_told_so(host: Sandbox, word: str) -> None:
    for number in range(3):
        play(host, number)
    prune(host, keep=1)
    do = {
        "rollback": lambda: host.rollback("run-001"),
        "show": lambda: history.show(host.engine(), "run-001", host.events.append),
        "diff": lambda: history.since(host.engine(), "run-001", host.events.append),
    }
    before = listing(host.root)
    with pytest.raises(HostError, match="the snapshot of run run-001 was removed") as caught:
        do[word]()
    assert "keep: 1" in caught.value.why
    assert " UTC " in caught.value.why
    assert listing(host.root) == before


def test_what_is_told_of_bytes_is_what_is_freed(host: Sandbox) -> None:
    for number in range(6):
        play(host, number)
    before = Survey(host.engine()).total
    dry: list[dict[str, Any]] = []
    host.events.clear()
    snapshots.prune(host.engine(), {"keep": 2}, dry_run=True)
    dry += [e for e in host.events if e["event"] == "pruned"]
    assert Survey(host.engine()).total == before
    prune(host, keep=2)
    (event,) = [e for e in host.events if e["event"] == "pruned"]
    assert event == {**dry[0], "stage": "apply"}
    assert Survey(host.engine()).total == before - event["bytes"]


# Others


def test_it_waits_for_the_lock_of_the_host(host: Sandbox) -> None:
    play(host, 1)
    fd = os.open(host.root / STATE / "lock", os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    with pytest.raises(HostError, match="another run holds this host"):
        prune(host, keep=1)
    os.close(fd)


def plain(number: int) -> list[dict[str, Any]]:
    """Without a secret: which files hold one is remembered by the journals alone."""
    return greet(number)["steps"][:1]


def test_within_the_budget_no_journal_is_read(host: Sandbox, monkeypatch: Any) -> None:
    for number in range(3):
        play(host, number, steps=plain(number))
    read: list[str] = []
    survey = Journal.survey

    def noted(journal: Journal, but: Any = ()) -> Any:
        read.append(Path(journal.path).parent.name)
        return survey(journal, but)

    monkeypatch.setattr(Journal, "survey", noted)
    budget = {"keep": 20, "max_size": "2G", "max_age": "90d"}
    assert play(host, 9, snapshots=budget, steps=plain(9)) == "changed"
    assert set(read) <= {"run-003", "run-004"}


def test_trouble_with_old_ones_is_told_and_the_run_stands(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    blobs = host.root / STATE / "blobs"

    def full(operation: str, path: str) -> None:
        if operation == "unlink" and path.startswith("/" + STATE + "/blobs"):
            raise OSError(5, "Input/output error", path)

    unwell = Sandbox(host.root, full)
    unwell._runs = 3
    assert play(unwell, 9, snapshots={"keep": 1}) == "changed"
    (said,) = [e["why"] for e in unwell.events if e.get("phase") == "snapshots"]
    assert "the disk failed" in said
    assert (host.root / "etc/motd").read_text() == "9\n"
    left = len(list(blobs.iterdir()))
    assert play(host, 9, snapshots={"keep": 20}) == "ok"
    assert len(list(blobs.iterdir())) < left
    assert there(host) == ["run-004"]


CODE = ["c" * 64, "d" * 64, "e" * 64, "f" * 64]


def test_code_goes_that_no_run_no_guard_and_nobody_needs(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    folder = host.root / STATE / "code"
    for name in CODE:
        (folder / name / "hardener").mkdir(parents=True)
        (folder / name / "hardener/x.py").write_text("x = 1\n")
    by_run, by_undo, in_use, _ = CODE
    store = Store(host.system)
    path = store.path("runs", "run-003", "run.json")
    store.write_json(path, {**store.about("run-003"), "code": by_run})
    (host.root / STATE / "undo").write_text(f"#!/bin/sh\nexec python3 /{STATE}/code/{by_undo}\n")
    held = os.open(folder / in_use, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    prune(host, keep=1)
    assert sorted(os.listdir(folder)) == sorted([by_run, by_undo, in_use])
    os.close(held)
    play(host, 8)
    prune(host, keep=1)
    assert sorted(os.listdir(folder)) == [by_undo]
