"""Files that come one after the other are announced together; what is not made after all is said so."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from killing import dying_at, in_child
from sandbox import Sandbox, call, filled, step
from tree import lay, listing

from hardener.host.run.announced import TOGETHER
from hardener.host.undo import history

FILES = {"/etc/old": "old\n", "/etc/other": "other\n"}
NAMES = ["new", "old", "other", "last"]


def steps(*names: str) -> list[dict[str, Any]]:
    return [
        step("file", number, path=f"/etc/{name}", content="x\n")
        for number, name in enumerate(names, 1)
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lay(tmp_path / "host", FILES)
    return tmp_path / "host"


def records(host: Sandbox) -> list[dict[str, Any]]:
    return list(host.engine().store.journal(host.run).records())


def words(host: Sandbox) -> list[str]:
    """The records of the last run, in their order: `change 1`."""
    return [f"{r['is']} {r['n']}" for r in records(host) if "n" in r]


def stands(host: Sandbox) -> list[str]:
    """What history says of the last run, or of all its changes that are left."""
    told: list[dict[str, Any]] = []
    history.show(host.engine(), host.run, told.append)
    return [each["resource"] for each in told if each.get("stands")]


def test_all_stand_in_the_journal_before_the_first_is_made(root: Path) -> None:
    host = Sandbox(root)
    assert host.play(*steps(*NAMES)) == "changed"
    numbers = range(1, len(NAMES) + 1)
    assert words(host) == [f"{word} {n}" for word in ("change", "done") for n in numbers]


def test_a_group_has_an_end(root: Path) -> None:
    host = Sandbox(root)
    assert host.play(*steps(*(f"f-{n}" for n in range(TOGETHER + 3)))) == "changed"
    assert words(host).index("done 1") == TOGETHER
    assert Counter(word.split()[0] for word in words(host)) == {
        "change": TOGETHER + 3, "done": TOGETHER + 3
    }  # fmt: skip


def test_what_others_write_meanwhile_gets_a_line_of_its_own(root: Path) -> None:
    def meddle(operation: str, path: str) -> None:
        if (operation, path) == ("replace", "/etc/new"):
            (root / "etc/old").write_text("somebody's\n")

    host = Sandbox(root, meddle)
    assert host.play(*steps(*NAMES)) == "changed"
    told = words(host)
    assert told[:5] == ["change 1", "change 2", "change 3", "change 4", "done 1"]
    assert told[5:9] == ["unmade 2", "unmade 3", "unmade 4", "change 5"]
    assert host.rollback() == "rolled back"
    assert (root / "etc/old").read_text() == "somebody's\n"
    assert (root / "etc/other").read_text() == "other\n"


def test_a_failed_play_that_is_kept_says_what_was_made(root: Path) -> None:
    full = Sandbox(root, refusing("/etc/other"))
    assert full.play(*steps(*NAMES), on_failure="keep") == "failed"
    assert {"unmade 4"} == {word for word in words(full) if "unmade" in word}
    assert stands(full) == ["file:/etc/new", "file:/etc/old", "file:/etc/other"]
    assert full.rollback(full.run) == "rolled back"
    assert not (root / "etc/new").exists()


def test_a_failed_play_is_put_back_and_speaks_of_no_more(root: Path) -> None:
    before = listing(root)
    full = Sandbox(root, refusing("/etc/old"))
    assert full.play(*steps(*NAMES)) == "rolled back"
    undone = [each["resource"] for each in full.events if each["event"] == "undone"]
    assert undone == ["file:/etc/old", "file:/etc/new"]
    assert listing(root) == before


def refusing(path: str) -> Any:
    """What watches a host whose disk takes no file of this name."""

    def watch(operation: str, where: str) -> None:
        if (operation, where) == ("rename", path):
            raise OSError(28, "No space left on device", where)

    return watch


def test_the_same_file_is_announced_once(root: Path) -> None:
    """A change that was never begun must read as before it."""
    host = Sandbox(root)
    lines = [step("line", number, path="/etc/old", line=f"{number}") for number in (1, 2)]
    assert host.play(*lines, step("file", 3, path="/etc/new", content="x\n")) == "changed"
    assert words(host)[:4] == ["change 1", "done 1", "change 2", "change 3"]


def test_what_a_later_step_calls_secret_is_announced_alone(root: Path) -> None:
    host = Sandbox(root)
    shown = step("line", 2, path="/etc/old", line="shown")
    hidden = call("line", filled("line", {"path": "/etc/old", "line": "hidden"}), 3, no_log=True)
    assert host.play(*steps("new"), shown, hidden) == "changed"
    assert words(host)[:2] == ["change 1", "done 1"]
    journal = (root / f"var/lib/hardener/runs/{host.run}/journal.jsonl").read_text()
    assert [r["secret"] for r in records(host) if r["is"] == "change"] == [False, True, True]
    assert "$sealed" in journal


def test_killed_in_the_middle(root: Path) -> None:
    before, points = listing(root), 0
    while not killed(root, points + 1):
        points += 1
        after = Sandbox(root)
        after._runs = 10 * points
        assert after.play(*steps("later")) == "changed"
        assert after.rollback(after.run) == "rolled back"
        assert listing(root) == before, points
    print(f"{points} kill points, 0 lost")
    assert points > 20


def killed(root: Path, number: int) -> bool:
    """Die at a write of a play; True if it was over before."""
    return in_child(lambda: Sandbox(root, watch=dying_at(number)).play(*steps(*NAMES)))
