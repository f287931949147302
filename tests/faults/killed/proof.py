"""What must hold after a death, whatever was killed and wherever.

1. A reader of any file finds it as it was or as it was to be, never between (F21).
2. `harden history` can be read, changes nothing, and owns up to all that is changed (F38).
3. The next start, whatever it is, ends in the very tree of before, and leaves nothing behind:
   no lock, no staged file, no half blob, no run without an end (F19, F23, F39).
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.killed.host import Host, Listing, meaning
from faults.killed.scene import Scene
from sandbox import step

from hardener.host.errors import HostError

#: The names of files that somebody works in before they are renamed, or while they work on another.
UNDER_WAY = re.compile(r"\.hardener(-[0-9a-z]+~?)?$|\.lock$|-journal$|-wal$|-shm$")
SET_ID = stat.S_ISUID | stat.S_ISGID
#: What a person does next, in turn.
AFTER_AN_APPLY = ("rollback", "another play", "rollback", "another play", "rollback", "apply")
AFTER_A_ROLLBACK = ("rollback", "another play")


@dataclass
class Truth:
    """What a scene looks like before and after, and whatever it looks like between two changes."""

    scene: Scene
    message: dict[str, Any]
    before: Listing
    after: Listing
    seen: dict[str, set[Any]]  # path → every entry that it has between two changes; None: absent
    meanings: set[Any]  # of the databases

    @classmethod
    def of(cls, scene: Scene, root: Path) -> "Truth":
        """Play the scene on `root`, and look at all of it whenever a line of the journal is written."""
        looks: list[Listing] = []
        meanings = {meaning(root / path) for path in scene.databases}

        def watch(operation: str, path: str) -> None:
            if operation == "journal":
                looks.append(host.look())

        host = Host(root, watch)
        before, message = host.look(), scene.message(root)
        assert host.play("run-1", message) == "changed", [e for e in host.events if e.get("error")]
        looks += [before, host.look()]
        seen = {p: {look.get(p) for look in looks} for p in {p for look in looks for p in look}}
        meanings |= {meaning(root / path) for path in scene.databases}
        return cls(scene, message, before, looks[-1], seen, meanings)

    def between(self, root: Path) -> list[str]:
        """Name what a reader finds that was never there before, and is not as it is to be."""
        look = Host(root).look()
        paths = sorted((look.keys() | self.before.keys()) - set(self.scene.databases))
        found = [
            f"{path} is between: {look.get(path)}"
            for path in paths
            if not path.startswith(self.scene.opaque) and not self._fine(path, look.get(path))
        ]
        broken = [p for p in self.scene.databases if meaning(root / p) not in self.meanings]
        return found + [f"{path} is between" for path in broken]

    def _fine(self, path: str, entry: Any) -> bool:
        allowed = self.seen.get(path, {None})
        if entry in allowed or (allowed == {None} and UNDER_WAY.search(path)):
            return True
        # Mode, owner and the like of what stays are set one after the other; its content is whole.
        fields = [set(values) for values in zip(*(each for each in allowed if each), strict=True)]
        fields[1] |= {mode & ~SET_ID for mode in fields[1]}  # a new owner takes them: chown(2)
        return bool(entry) and all(
            value in values for value, values in zip(entry, fields, strict=True)
        )

    def untold(self, root: Path) -> list[str]:
        """Name what is changed and in no change that `harden history` says stands."""
        host = Host(root)
        everything, runs = host.everything(), host.history()
        assert host.everything() == everything, "to look at the history changed something"
        standing = [name for run in runs for name in run["standing"]]
        look = host.look()
        moved = {p for p in look.keys() | self.before.keys() if look.get(p) != self.before.get(p)}
        return sorted(p for p in moved if not any(self._covers(name, p) for name in standing))

    def _covers(self, name: str, path: str) -> bool:
        kind, _, id = name.partition(":")
        if kind == "command":
            return path.startswith(self.scene.opaque)
        if kind in ("git_repository", "git_checkout"):
            return path.startswith(id.lstrip("/") + "/")
        places = [place.lstrip("/") for place in id.split(" -> ")]
        places += [places[0] + "/.git/index"] if kind == "git_index" else []
        beside = os.path.dirname(path) in [os.path.dirname(place) for place in places]
        return path in places or (kind == "move" and path.startswith(tuple(places))) or (
            bool(UNDER_WAY.search(path)) and beside
        )  # fmt: skip

    def holds(self, root: Path) -> None:
        """See that a reader finds all whole, and the history true."""
        for found in (self.between(root), self.untold(root)):
            assert not found, found

    def is_applied(self, root: Path) -> None:
        """What was said to be applied is so, and can be undone."""
        self._is(Host(root), self.after, (*self.scene.databases, ".git/"))
        self.comes_back(root, "rollback")

    def is_as_before(self, root: Path) -> None:
        """What was said to be rolled back is so."""
        self._is(Host(root), self.before)
        assert not Host(root).still_standing()

    def settled(self, root: Path) -> None:
        """A helper died and the engine lived: it has put all back, or done without, or says what is left."""
        host = Host(root)
        runs = host.history()
        (ended,) = {run["status"] for run in runs if run["what"] == "apply"} or {"rolled back"}
        partly = ended == "partly rolled back"
        if partly and any(run["what"] == "rollback" for run in runs):
            return  # it owns up; `comes_back` carries on with it
        but = self.scene.opaque if partly else ()
        self._is(host, self.after if ended == "applied" else self.before, but)

    def comes_back(self, root: Path, way: str, target: str | None = None) -> None:
        """Start again in one of these ways, and end in the very tree of before."""
        host = Host(root)
        self._force_what_failed(host)
        target = target or self._applied(host)
        getattr(self, "_by_" + way.replace(" ", "_"))(host, target)
        if host.still_standing():  # the rollback was killed before it began, or said what was left
            assert target, "it was not put back"
            assert host.rollback("again-2", target) == "rolled back", told(host)
        self._is(host, self.before)
        left = host.leftovers() + host.still_standing()
        assert not left, f"left behind: {left}"

    def _force_what_failed(self, host: Host) -> None:
        """A command that was killed has failed: its `undo` may do harm, and waits for somebody's word."""
        runs = host.history()
        if any(run["what"] == "rollback" for run in runs):
            return
        for run in [run for run in runs if run["status"] == "partly rolled back"]:
            assert all(name.startswith("command:") for name in run["standing"]), run
            assert host.rollback("forced", run["run"], run["standing"]) == "rolled back", told(host)

    def _applied(self, host: Host) -> str | None:
        """Return the run that says that it had come to its end when it was killed; it must be true."""
        if "applied" not in [run["status"] for run in host.history() if run["what"] == "apply"]:
            return None
        self._is(host, self.after, (*self.scene.databases, ".git/"))
        return "run-1"

    def _by_rollback(self, host: Host, target: str | None) -> None:
        try:
            said = host.rollback("again-1", target)
        except HostError as error:
            assert "no run to roll back" in error.what, str(error)
            self._is(host, self.before)
        else:
            assert said == "rolled back", told(host)

    def _by_apply(self, host: Host, target: str | None) -> None:
        """The same play once more: whole, as if nothing had been, or as if nothing had happened; then back."""
        assert host.play("again-1", self.message) == ("ok" if target else "changed"), told(host)
        self._is(host, self.after, (*self.scene.opaque, *self.scene.databases, ".git/"))
        assert host.rollback("again-2", target) == "rolled back", told(host)

    def _by_another_play(self, host: Host, target: str | None) -> None:
        """Something else is played, in which nothing needs to be done."""
        play = {
            "number": 1,
            "name": "next",
            "steps": [step("file", path="/etc", state="directory")],
        }
        assert host.play("again-1", play) == "ok", told(host)

    def _is(self, host: Host, wanted: Listing, but: tuple[str, ...] = ()) -> None:
        look = host.look()
        moved = sorted(p for p in look.keys() | wanted.keys() if look.get(p) != wanted.get(p))
        wrong = [(p, wanted.get(p), look.get(p)) for p in moved if not any(w in p for w in but)]
        assert not wrong, f"(path, wanted, found): {wrong}"


def told(host: Host) -> str:
    """What went wrong, in the host's own words."""
    events = [e for e in host.events if e.get("error") or (e["event"] == "undone" and e["why"])]
    return "\n".join(map(str, events))
