"""What a host remembers is damaged: nothing is guessed, all is told, and what can be is put back (F37, F40)."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzz import fuzz
from hypothesis import given
from hypothesis import strategies as st
from killing import dying_at, in_child
from sandbox import Sandbox, step
from tree import lay, listing

from hardener.host import snapshots
from hardener.host.door.system import System
from hardener.host.errors import HostError, JournalError
from hardener.host.record.journal import Journal
from hardener.host.undo import history, salvage
from hardener.host.undo.choice import Choice

FILES = {"/etc/motd": "hello\n", "/etc/hosts": "127.0.0.1 localhost\n", "/etc/gone": "x\n"}
STATE = "var/lib/hardener"


@pytest.fixture
def host(tmp_path: Path) -> Sandbox:
    """A host on which two plays have run, the second one of three changes."""
    lay(tmp_path / "host", FILES)
    host = Sandbox(tmp_path / "host")
    host.play(step("line", path="/etc/profile", line="umask 027", create=True))
    host.before = listing(host.root)  # type: ignore[attr-defined]
    host.play(
        step("line", 1, path="/etc/motd", line="welcome"),
        step("line", 2, path="/etc/hosts", line="10.0.0.2 second"),
        step("file", 3, path="/etc/new", content="new\n"),
        step("file", 4, path="/etc/gone", state="absent"),
    )
    return host


def journal_of(host: Sandbox, run: str = "run-002") -> Path:
    return host.root / STATE / "runs" / run / "journal.jsonl"


# The reader


def read(data: bytes, folder: Path) -> tuple[list[Any], JournalError | None]:
    path = folder / "journal.jsonl"
    path.write_bytes(data)
    return Journal(System(str(folder)), "/journal.jsonl").survey()


def test_a_cut_is_a_torn_line_wherever_it_is(host: Sandbox, tmp_path: Path, tally: Any) -> None:
    data = journal_of(host).read_bytes()
    whole, _ = read(data, tmp_path)
    for end in range(len(data)):
        assert read(data[:end], tmp_path) == (whole[: data[:end].count(b"\n")], None)
    tally("journals cut at a byte", tried=len(data))


def test_a_damaged_journal_tells_nothing_that_was_not_written(
    host: Sandbox, tmp_path: Path, tally: Any
) -> None:
    """But for its last line, which no other proves."""
    data = journal_of(host).read_bytes()
    whole, _ = read(data, tmp_path)
    found = []

    @fuzz(700)
    @given(st.data())
    def damaged(draw: st.DataObject) -> None:
        spoilt = draw.draw(damages(data))
        records, damage = read(spoilt, tmp_path)
        order = [whole.index(record) for record in records[:-1]]
        assert order == sorted(order)
        if (
            b"\n".join(spoilt.split(b"\n")[:-2])
            != data[: len(b"\n".join(spoilt.split(b"\n")[:-2]))]
        ):
            assert damage
        if damage:
            found.append(damage)

    damaged()
    tally("journals damaged in the middle", tried=len(found))


@st.composite
def damages(draw: Any, data: bytes) -> bytes:
    """Draw what a disk or a hand makes of these bytes."""
    lines = data.splitlines(True)
    start = draw(st.integers(0, len(data) - 1))
    end = min(len(data), start + draw(st.integers(1, 400)))
    at, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    swapped = [*lines]
    swapped[at], swapped[other] = lines[other], lines[at]
    ways = [
        data[:start]
        + bytes([data[start] ^ draw(st.sampled_from([1, 2, 32, 128]))])
        + data[start + 1 :],
        data[:start] + bytes(end - start) + data[end:],  # a block of zeros
        data[:start] + data[end:],
        b"".join(lines[:at] + lines[at + 1 :]),
        b"".join(lines[:at] + [lines[other]] + lines[at:]),
        b"".join(swapped),
        b"".join(lines[:at] + [draw(st.sampled_from(JUNK))] + lines[at + 1 :]),
        data.replace(b"/etc/motd", b"/etc/shadow"),
        data + draw(st.sampled_from(JUNK)),
    ]
    return draw(st.sampled_from(ways))


JUNK = [
    b"\n", b"{}\n", b"[]\n", b"null\n", b"5\n", b'{"is": 5}\n', b"[" * 100_000 + b"\n", b"9" * 5000 + b"\n",
    b'{"is": "change"}\n', b"\xff\xfe\n", b'{"is": "end", "status": {}}\n', b"\0" * 4096, b"\r\n",
]  # fmt: skip


# All that a host remembers


def test_damage_anywhere_breaks_no_command_and_loses_no_file(
    host: Sandbox, tmp_path: Path, tally: Any
) -> None:
    """Each file is as before the run or as after it, a rollback that says so is whole, a damaged journal is kept."""
    before, after = host.before, listing(host.root)  # type: ignore[attr-defined]
    kept = tmp_path / "kept"
    shutil.copytree(host.root, kept, symlinks=True)
    files = [p for p in sorted((kept / STATE).rglob("*")) if p.is_file() and p.name != "lock"]
    numbers, ends, copies = itertools.count(100), [], itertools.count()

    @fuzz(120)
    @given(st.data())
    def damaged(data: st.DataObject) -> None:
        shutil.rmtree(host.root)
        host.root = tmp_path / f"copy-{next(copies)}"
        shutil.copytree(kept, host.root, symlinks=True)
        host.system = System(str(host.root))
        victim = host.root / data.draw(st.sampled_from(files)).relative_to(kept)
        spoilt = data.draw(
            damages(victim.read_bytes()) if victim.stat().st_size else st.sampled_from(JUNK)
        )
        victim.write_bytes(spoilt)
        words = data.draw(st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=3))
        for number, word in enumerate(words):
            ends.append(command(host, word, f"run-{next(numbers)}"))
            now = listing(host.root)
            for name in before.keys() | after.keys() | now.keys():
                assert now.get(name) in (before.get(name), after.get(name), FIRST.get(name)), name
            if (number, word, ends[-1]) == (0, "rollback", "rolled back"):
                assert now == before
        if victim.name == "journal.jsonl" and broken(victim):
            assert victim.read_bytes() == spoilt

    damaged()
    assert {"changed", "rolled back", "JournalError"} <= set(ends), set(ends)
    tally("commands on a damaged state folder", tried=len(ends))


FIRST: dict[str, Any] = {}  # what was there before all runs; filled by the fixture below


@pytest.fixture(autouse=True)
def first(tmp_path: Path) -> Iterator[None]:
    lay(tmp_path / "first", FILES)
    FIRST.update(listing(tmp_path / "first"))
    yield
    FIRST.clear()


COMMANDS = [
    *("history", "show", "diff", "rollback", "rollback newest", "only", "apply", "dry run"),
    *("snapshots", "prune"),
]


def command(host: Sandbox, word: str, run: str) -> str:
    """Run it; return its status, or the name of its error."""
    engine = host.engine()
    host.events.clear()
    noop = {"number": 1, "name": "p", "steps": [step("line", path="/etc/motd", line="welcome")]}
    try:
        return str(
            {
                "history": lambda: history.runs(engine, host.events.append),
                "show": lambda: history.show(engine, "run-002", host.events.append),
                "diff": lambda: history.since(engine, "run-002", host.events.append),
                "rollback": lambda: engine.rollback("run-002", run),
                "rollback newest": lambda: engine.rollback(None, run),
                "only": lambda: salvage.rollback(
                    engine, "run-002", run, Choice(only=("file:/etc/motd",))
                ),
                "apply": lambda: engine.play(run, noop),
                "snapshots": lambda: snapshots.listed(engine, host.events.append),
                "prune": lambda: snapshots.prune(engine, {"keep": 1}),
                "dry run": lambda: engine.play(run, noop, dry_run=True),
            }[word]()
        )
    except HostError as error:
        assert error.what
        return type(error).__name__


def broken(journal: Path) -> bool:
    path = f"/{journal.name}"
    return Journal(System(str(journal.parent)), path).survey()[1] is not None


# What a person does then


def tamper(host: Sandbox, line: int) -> None:
    path = journal_of(host)
    lines = path.read_bytes().splitlines(True)
    lines[line] = lines[line].replace(b'"step": "', b'"step": "X', 1)
    path.write_bytes(b"".join(lines))


@pytest.fixture
def tampered(host: Sandbox) -> Sandbox:
    """The second of the four changes is not as it was written."""
    tamper(
        host, next(n for n, r in enumerate(records(host)) if r["is"] == "change" and r["n"] == 2)
    )
    return host


def records(host: Sandbox) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal_of(host).read_text().splitlines()]


def test_history_names_the_damaged_run_and_the_others(tampered: Sandbox) -> None:
    told: list[dict[str, Any]] = []
    history.runs(tampered.engine(), told.append)
    assert [(e["run"], e["status"]) for e in told] == [
        ("run-001", "applied"),
        ("run-002", "damaged"),
    ]


def test_show_lists_what_can_be_read_and_then_says_that_this_is_not_all(tampered: Sandbox) -> None:
    told: list[dict[str, Any]] = []
    with pytest.raises(JournalError, match="tampered with"):
        history.show(tampered.engine(), "run-002", told.append)
    assert [e["n"] for e in told] == [1, 3, 4]


def test_nothing_is_rolled_back_by_a_damaged_journal_as_a_whole(tampered: Sandbox) -> None:
    before = listing(tampered.root)
    for target in ("run-002", None):
        with pytest.raises(JournalError, match="tampered with") as caught:
            tampered.rollback(target)
        assert "--only" in caught.value.hint
    assert listing(tampered.root) == before


def test_single_resources_are_put_back_all_the_same(tampered: Sandbox) -> None:
    kept = journal_of(tampered).read_bytes()
    only = Choice(only=("file:/etc/motd", "file:/etc/new", "file:/etc/gone"))
    assert salvage.rollback(tampered.engine(), "run-002", "undo-1", only) == "rolled back"
    now, wanted = listing(tampered.root), dict(tampered.before)  # type: ignore[attr-defined]
    wanted["etc/hosts"] = now["etc/hosts"]  # its change can't be read
    assert now == wanted
    assert journal_of(tampered).read_bytes() == kept


def test_what_cannot_be_read_is_not_offered(tampered: Sandbox) -> None:
    with pytest.raises(HostError, match="no change of file:/etc/hosts to go by"):
        salvage.rollback(tampered.engine(), "run-002", "undo-1", Choice(only=("file:/etc/hosts",)))


def test_the_rest_goes_on_once_the_damage_was_moved_away(tampered: Sandbox) -> None:
    """As the error says: until then nobody knows whether that run came to its end."""
    with pytest.raises(JournalError, match="tampered with") as caught:
        tampered.rollback("run-001")
    folder = caught.value.hint.split()[-2]
    (tampered.root / folder.lstrip("/")).rename(tampered.root / "kept")
    assert tampered.rollback("run-001") == "rolled back"


def test_a_change_that_another_followed_which_is_lost_is_a_conflict(host: Sandbox) -> None:
    for number, text in enumerate(("1\n", "2\n"), 1):
        steps = [
            step("file", 1, path="/etc/motd", content=text),
            step("file", 2, path=f"/etc/{number}", content="x"),
        ]
        host.engine().play("run-003", {"number": number, "name": "play", "steps": steps})
    path = journal_of(host, "run-003")
    path.write_bytes(
        b"".join(line for line in path.read_bytes().splitlines(True) if b'"n": 3' not in line)
    )
    engine = host.engine()
    assert (
        salvage.rollback(engine, "run-003", "undo-1", Choice(only=("file:/etc/motd",)))
        == "partly rolled back"
    )
    assert host.events[-1]["left"][0][:2] == ["file:/etc/motd", "conflict"]
    assert (host.root / "etc/motd").read_text() == "2\n"


def test_one_resource_of_a_healthy_run(host: Sandbox) -> None:
    """D2: one control is undone, and the rest stands."""
    after = listing(host.root)
    assert (
        salvage.rollback(host.engine(), "run-002", "undo-1", Choice(only=("file:/etc/motd",)))
        == "rolled back"
    )
    now = listing(host.root)
    assert now == {**after, "etc/motd": host.before["etc/motd"]}  # type: ignore[attr-defined]
    told: list[dict[str, Any]] = []
    history.show(host.engine(), "run-002", told.append)
    assert [e["stands"] for e in told if e["event"] == "recorded"] == [False, True, True, True]
    assert host.rollback("run-002") == "rolled back"
    assert listing(host.root) == host.before  # type: ignore[attr-defined]


SMALL = {
    "run.json": ("runs/run-002/run.json", b"{"),
    "run.json is a list": ("runs/run-002/run.json", b"[]"),
    "run.json says nothing": ("runs/run-002/run.json", b"{}"),
    "runs.json": ("runs.json", b"\0\0\0"),
    "runs.json of numbers": ("runs.json", b'{"last": 5, "open": [1]}'),
}


@pytest.mark.parametrize(("name", "data"), SMALL.values(), ids=SMALL)
def test_a_run_is_rolled_back_by_its_journal_alone(host: Sandbox, name: str, data: bytes) -> None:
    (host.root / STATE / name).write_bytes(data)
    told: list[dict[str, Any]] = []
    history.runs(host.engine(), told.append)
    assert [e["run"] for e in told] == ["run-001", "run-002"]
    assert host.rollback("run-002") == "rolled back"
    assert listing(host.root) == host.before  # type: ignore[attr-defined]


def test_the_newest_run_is_not_guessed(host: Sandbox) -> None:
    (host.root / STATE / "runs/run-001/run.json").write_bytes(b"{")
    with pytest.raises(JournalError, match="run-001/run.json is damaged"):
        host.rollback()


def test_a_damaged_blob_fails_its_own_file_and_no_other(host: Sandbox) -> None:
    content = (host.root / "etc/motd").read_text().replace("welcome\n", "")
    import hashlib

    (host.root / STATE / "blobs" / hashlib.sha256(content.encode()).hexdigest()).write_text(
        "otherwise\n"
    )
    assert host.rollback("run-002") == "partly rolled back"
    (left,) = host.events[-1]["left"]
    assert left[:2] == ["file:/etc/motd", "failed"]
    assert "damaged" in left[2]
    now, wanted = listing(host.root), dict(host.before)  # type: ignore[attr-defined]
    assert now["etc/motd"] != wanted.pop("etc/motd")
    now.pop("etc/motd")
    assert now == wanted


def test_a_killed_rollback_of_one_resource_is_carried_on_and_undoes_no_more(host: Sandbox) -> None:
    """The next start finishes what was asked for, not the whole run."""
    after, kept = listing(host.root), host.root.parent / "kept"
    only = Choice(only=("file:/etc/motd", "file:/etc/gone"))
    shutil.copytree(host.root, kept, symlinks=True)
    for point in itertools.count(1, 3):
        host.root = host.root.parent / f"copy-{point}"
        shutil.copytree(kept, host.root, symlinks=True)
        host.system = System(str(host.root), dying_at(point))
        done = in_child(lambda: salvage.rollback(host.engine(), "run-002", "undo-1", only))
        host.system = System(str(host.root))
        host.engine().recover("next")
        now = listing(host.root)
        assert now["etc/hosts"] == after["etc/hosts"], point
        assert now["etc/new"] == after["etc/new"], point
        if point > 20:
            assert (now["etc/motd"], now["etc/gone"]) == (FIRST["etc/motd"], FIRST["etc/gone"]), (
                point
            )
        if done:
            return
