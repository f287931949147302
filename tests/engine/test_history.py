"""What a run costs does not grow with the runs before it, and nothing killed is forgotten."""

import functools
from pathlib import Path
from typing import Any

import needs
from killing import dying_at, in_child
from sandbox import Sandbox, step
from tree import lay, listing

from hardener.host.record.journal import Journal
from hardener.host.record.store import Store


def motd(number: int) -> dict[str, Any]:
    return step("file", path="/etc/motd", content=f"{number}\n")


def test_old_journals_are_not_read(tmp_path: Path, monkeypatch: Any) -> None:
    lay(tmp_path, {})
    host = Sandbox(tmp_path)
    for number in range(5):
        assert host.play(motd(number)) == "changed"
    read: list[str] = []
    records = Journal.records

    def noted(journal: Journal, but: Any = ()) -> Any:
        read.append(journal.path)
        return records(journal, but)

    monkeypatch.setattr(Journal, "records", noted)
    assert host.play(motd(4)) == "ok"
    assert [Path(path).parent.name for path in read] == ["run-005"]
    assert host.play(motd(4)) == "ok"
    assert len(read) == 1


def test_runs_are_numbered_in_order(tmp_path: Path) -> None:
    lay(tmp_path, {})
    host = Sandbox(tmp_path)
    for number in range(12):
        host.play(motd(number))
    (tmp_path / "var/lib/hardener/runs.json").unlink()
    host.play(motd(99))
    store = Store(host.system)
    assert store.runs() == [f"run-{n:03}" for n in range(1, 14)]
    assert [store.about(run)["number"] for run in store.runs()] == list(range(1, 14))


def test_killed_while_it_begins(tmp_path: Path) -> None:
    """Wherever the second run dies, the third one leaves no trace of it."""
    needs.root()
    for number in range(1, 100):
        root = tmp_path / str(number)
        lay(root, {"/etc/motd": "0\n"})
        before = listing(root)
        assert Sandbox(root).play(motd(1)) == "changed"
        dying = Sandbox(root, watch=dying_at(number))
        dying._runs = 1
        whole = in_child(functools.partial(dying.play, motd(2)))
        after = Sandbox(root)
        after._runs = 2
        assert after.play(motd(3)) == "changed"
        runs = sorted(path.name for path in (root / "var/lib/hardener/runs").iterdir())
        assert all((root / "var/lib/hardener/runs" / run / "run.json").exists() for run in runs)
        for run in reversed(runs):
            assert after.rollback(run) == "rolled back", (number, after.events)
        assert listing(root) == before, number
        if whole:
            assert number > 5
            return
    raise AssertionError("it never came to its end")
