"""What must hold whatever a disk refused: the tree as it was, nothing of ours left lying about.

1. The run says what refused and where, in words a person reads, with the path.
2. Nothing is changed, or all of it can be put back.
3. No staged file, no half blob, no reserve beside the one that stays, no journal that can't be read.
4. When the fault has gone, the next start of either command works.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.disk.disks import FILLER
from sandbox import Sandbox, filled, step
from tree import OUR_STATE, lay, listing

from hardener.host.record.store import Store
from hardener.host.run.reserve import STANDING
from hardener.host.wire.loop import Conversation

NOT_OURS = (FILLER, "lost+found", "data/lost+found", f"data/{FILLER}")
FILES = {
    "/etc/motd": "hello\n" * 2000,
    "/etc/old": {"content": "o\n" * 9000, "mode": "0600", "owner": 1000},
    "/srv/a/x": "x\n",
    "/data/big": "b" * 900_000,
}
WORDS = (
    "the disk is full",
    "the disk quota is used up",
    "the file system is read-only",
    "the disk failed",
)


def steps() -> list[dict[str, Any]]:
    """Something of each: made, changed, grown, cut down, removed, moved, linked, kept secret."""
    secret = step("file", 8, path="/etc/secret", content="marker3141\n")
    secret["calls"][0]["no_log"] = True
    return [
        step("file", 1, path="/etc/new", state="directory"),
        step("file", 2, path="/etc/new/a", content="a\n", owner="trader"),
        step("line", 3, path="/etc/motd", line="bye"),
        step("file", 4, path="/etc/old", state="absent"),
        step("file", 5, path="/data/big", content="small\n"),
        step("move", 6, src="/srv/a", dest="/srv/b"),
        step("file", 7, path="/etc/link", state="link", target="motd"),
        secret,
    ]


#: A check that is never well: whatever was done is put back.
UNWELL = {
    "type": "file", "title": "a file", "where": "", "params": filled("file", {"path": "/no"}, "check"),
}  # fmt: skip


class Host(Sandbox):
    """Spoken to as the controller does; what goes wrong is an event, as the controller sees it."""

    def say(self, do: str, **words: Any) -> str:
        """Return the status of the answer; `error` where there was only that."""
        self.events.clear()
        Conversation(_Events(self.events), self.system)._answer({"do": do, **words})
        ends = [event for event in self.events if event["event"] in ("done", "error")]
        assert not any(event.get("type") == "Bug" for event in ends), ends
        return str(ends[-1].get("status", "error"))

    def play(self, *steps: dict[str, Any], dry_run: bool = False, **more: Any) -> str:
        self._runs += 1
        self.run = f"run-{self._runs:03}"
        play = {"number": 1, "name": "play", **more}
        return self.say("play", run=self.run, play=play, steps=list(steps), dry_run=dry_run)

    def rollback(
        self, run: str | None = None, dry_run: bool = False, force: tuple[str, ...] = ()
    ) -> str:
        self._runs += 1
        return self.say("rollback", target=run, run=f"run-{self._runs:03}", dry_run=dry_run)

    def trouble(self) -> list[dict[str, Any]]:
        """What the last answer says of faults: the errors, and what could not be put back."""
        errors = [e if e["event"] == "error" else e.get("error") for e in self.events]
        left = [
            {"what": why, "where": resource, "why": why}
            for e in self.events
            for resource, _, why in e.get("left", ())
        ]
        return [error for error in errors if error] + left


class _Events:
    """The controller's end of the line."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.send = events.append

    def ahead(self) -> None:
        """Nothing has come: nobody asks it to stop."""

    def ended(self) -> bool:
        """It is always there."""
        return False


def fresh(root: Path) -> dict[str, tuple[Any, ...]]:
    """Lay the tree anew, whatever was there, and return what it looks like."""
    lay(root, FILES)
    return look(root)


def look(root: Path) -> dict[str, tuple[Any, ...]]:
    return listing(root, (OUR_STATE, *NOT_OURS))


def leftovers(root: Path) -> list[str]:
    """Whatever no run should leave behind."""
    found = [str(path) for path in root.rglob(".hardener-*")]
    state = root / OUR_STATE
    if not state.exists():
        return found
    blobs = (state / "blobs").iterdir() if (state / "blobs").exists() else ()
    found += [f"no whole blob: {b.name}" for b in blobs if digest(b) != b.name]
    reserve = sorted((state / "reserve").iterdir()) if (state / "reserve").exists() else []
    found += [str(path) for path in reserve[len(STANDING) :]]
    found += [str(path) for path in state.glob("reserve.json")]
    store = Store(Sandbox(root).system)
    for run in store.runs():
        store.journal(run).records()
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(host: Host, status: str, before: dict[str, tuple[Any, ...]], fault: str) -> None:
    """Hold a run that met a fault, which is still there, to the promises."""
    if status == "changed":
        status = host.rollback()
        assert status == "rolled back", f"{fault}: {host.trouble()}"
    assert status in ("rolled back", "refused", "error"), f"{fault}: {status}: {host.trouble()}"
    assert look(host.root) == before, f"{fault}: {host.trouble()}"
    clear(host, fault)


def clear(host: Host, fault: str, *, full: bool = True) -> None:
    """What went wrong is said: what refused, at which resource or path, and why."""
    told = [error for error in host.trouble() if any(word in error["what"] for word in WORDS)]
    for error in told:
        assert "/" in error["why"] and ("free are" in error["why"] or not full), (fault, error)
        assert error["where"], (fault, error)


def honest(host: Host, status: str, before: dict[str, tuple[Any, ...]], fault: str) -> None:
    """Hold a run that the disk let down for good to less: it owns up to all that it leaves changed."""
    if status in ("rolled back", "refused"):
        now = {path: entry for path, entry in look(host.root).items() if ".hardener-" not in path}
        assert now == before, f"{fault}: {status}"
    clear(host, fault, full=False)


def comes_back(host: Host, before: dict[str, tuple[Any, ...]], fault: str) -> None:
    """The fault has gone: both commands work, and nothing is left behind."""
    later = step("file", path="/etc/later", content="l\n")
    assert host.play(later) == "changed", f"{fault}: {host.trouble()}"
    assert host.rollback(host.run) == "rolled back", f"{fault}: {host.trouble()}"
    if look(host.root) != before:
        finish(host, fault)
    assert look(host.root) == before, fault
    assert not leftovers(host.root), fault


def finish(host: Host, fault: str) -> None:
    """Roll back what a run has left changed, as it has said; that there is nothing is well too."""
    status = host.rollback()
    nothing = status == "error" and host.events[-1]["what"].startswith("there is no run")
    assert nothing or status == "rolled back", f"{fault}: {status}: {host.trouble()}"


Fault = Callable[[], None]


class At:
    """A `watch` of System that makes a fault just before the Nth write."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number, self.fault = number, fault
        self.count, self.place = 0, ""

    def __call__(self, operation: str, path: str) -> None:
        self.count += 1
        if self.count == self.number:
            self.place = f"{operation} {path}"
            self.fault()
