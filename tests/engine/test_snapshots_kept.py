"""What never goes, whatever the budget of snapshots (F20)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from killing import dying_at, in_child
from sandbox import Sandbox, step
from snapshotted import STATE, greet, kept, laid, needed, play, prune, stored, there
from tree import listing

from hardener.host.record.store import Store


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    return laid(tmp_path)


# What never goes


def partly_rolled_back(host: Sandbox) -> None:
    play(host, 1)
    (host.root / "etc/motd").write_text("mine\n")
    assert host.rollback("run-001") == "partly rolled back"


def failed(host: Sandbox) -> None:
    broken = step("command", 3, cmd="false", irreversible=True)
    assert host.play(*greet(1)["steps"], broken, on_failure="keep") == "failed"


def unconfirmed(host: Sandbox) -> None:
    play(host, 1)
    with Store(host.system).journal("run-001") as journal:
        end = {"is": "end", "play": 1, "status": "unconfirmed", "at": 0}
        journal.append(**end, then="applied", deadline=host.system.clock() + 60, boot="")


def killed(host: Sandbox) -> None:
    dying = Sandbox(host.root, dying_at(30))
    assert not in_child(lambda: play(dying, 1))


def half_undone(host: Sandbox) -> None:
    """The rollback was killed; the run itself does not know of it yet."""
    play(host, 1)
    dying = Sandbox(host.root, dying_at(14))
    dying._runs = 1
    assert not in_child(lambda: dying.rollback("run-001"))
    assert "run-002" in there(host)


def damaged_journal(host: Sandbox) -> None:
    play(host, 1)
    play(host, 11)  # which closes the first: a run that may be unfinished would refuse all others
    path = host.root / STATE / "runs/run-001/journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b"file 1", b"file x", 1))


def damaged_about(host: Sandbox) -> None:
    play(host, 1)
    (host.root / STATE / "runs/run-001/run.json").write_text("{")


def damaged_bytes(host: Sandbox) -> None:
    play(host, 1)
    for name in stored(host):
        (host.root / STATE / "blobs" / name).unlink()


NEVER = [partly_rolled_back, failed, unconfirmed, killed, half_undone, damaged_journal, damaged_about, damaged_bytes]  # fmt: skip


@pytest.mark.parametrize("make", NEVER, ids=lambda make: make.__name__)
def test_never(host: Sandbox, make: Callable[[Sandbox], None]) -> None:
    """F20: nothing of it goes, whatever the budget, and however many newer ones there are."""
    make(host)
    whole = listing(host.root / STATE / "runs/run-001")
    blobs = stored(host)
    if make not in (unconfirmed, killed, half_undone):  # those are over before the next run begins
        host._runs = 100
        for number in range(2, 5):
            assert play(host, number) == "changed", host.errors()
    assert kept(host)["run-001"]
    prune(host, keep=1, max_size=0, max_age="1h")
    assert listing(host.root / STATE / "runs/run-001") == whole
    assert blobs <= stored(host)
    if make is half_undone:
        assert "run-002" in there(host)


def test_while_a_run_is_damaged_none_goes(host: Sandbox) -> None:
    """What it shares with others can't be told."""
    damaged_journal(host)
    for number in range(3):
        play(host, number)
    assert prune(host, keep=1) == []
    (event,) = [e for e in host.events if e["event"] == "pruned"]
    assert {each["run"] for each in event["kept"]} == set(there(host)[:-1])
    (host.root / STATE / "runs/run-001").rename(host.root / "elsewhere")
    assert prune(host, keep=1) == ["run-002", "run-003", "run-004"]


def test_the_newest_that_can_be_undone_stays_although_newer_runs_were_undone(host: Sandbox) -> None:
    play(host, 1)
    play(host, 2)
    assert host.rollback("run-002") == "rolled back"
    assert prune(host, keep=1) == ["run-002"]
    assert there(host) == ["run-001", "run-003"]
    assert host.rollback() == "rolled back"
    assert (host.root / "etc/motd").read_text() == "hello\n"


def test_the_last_good_one_stays_beside_one_that_is_not_confirmed(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    with Store(host.system).journal("run-003") as journal:
        journal.append(
            **{"is": "end", "play": 1, "status": "unconfirmed", "at": 0},
            then="applied",
            deadline=1,
            boot="",
        )
    assert prune(host, keep=1) == ["run-001"]


def test_a_rollback_that_failed_goes_once_another_has_undone_the_rest(host: Sandbox) -> None:
    partly_rolled_back(host)
    assert kept(host)["run-002"] == "it failed"
    assert host.rollback("run-001", force=("file:/etc/motd",)) == "rolled back"
    play(host, 2)
    assert prune(host, keep=1) == ["run-001", "run-002", "run-003"]


def test_a_folder_that_nobody_knows_stays_with_what_it_needs(host: Sandbox) -> None:
    for number in range(3):
        play(host, number)
    (host.root / STATE / "runs/run-001/run.json").rename(host.root / "run.json")
    needed_by_it = needed(host)
    assert prune(host, keep=1) == ["run-002"]
    (host.root / "run.json").rename(host.root / STATE / "runs/run-001/run.json")
    for run in ("run-003", "run-001"):
        host.rollback(run)
        assert not [e for e in host.events if "gone" in str(e)], host.events
    assert needed_by_it
