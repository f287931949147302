"""An unbooted tree, what is done on it in this process, and what it remembers."""

import fcntl
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sandbox import Alone
from tree import OUR_STATE, listing

from hardener.host import facts
from hardener.host.door.system import System
from hardener.host.run.engine import Engine
from hardener.host.undo import history

PROGRAMS = ("usr", "lib", "lib64", "bin")  # nobody writes there
Listing = dict[str, tuple[Any, ...]]


class Host:
    """One tree; `watch` is told of each write."""

    def __init__(self, root: Path, watch: Callable[[str, str], None] | None = None) -> None:
        self.root = root
        self.events: list[dict[str, Any]] = []
        self.system = System(str(root), watch)

    def engine(self) -> Engine:
        return Engine(self.system, facts.gather(self.system), self.events.append, Alone())

    def play(self, run: str, message: dict[str, Any]) -> str:
        """Carry out a play; return its status."""
        return str(self.engine().play(run, message))

    def rollback(self, run: str, target: str | None = None, force: Sequence[str] = ()) -> str:
        """Undo `target`, or the newest run; return the status."""
        return str(self.engine().rollback(target, run, force=tuple(force)))

    def look(self) -> Listing:
        """All but what we remember."""
        return listing(self.root, (OUR_STATE, *PROGRAMS))

    def everything(self) -> Listing:
        return listing(self.root, PROGRAMS)

    def history(self) -> list[dict[str, Any]]:
        """What `harden history` says, and in `standing` the resources that `harden show` says stand."""
        runs: list[dict[str, Any]] = []
        history.runs(self.engine(), runs.append)
        for run in runs:
            shown: list[dict[str, Any]] = []
            history.show(self.engine(), run["run"], shown.append)
            standing = [each["resource"] for each in shown if each.get("stands")]
            assert len(standing) == run["standing"]
            run["standing"] = standing
        return runs

    def still_standing(self) -> list[str]:
        """The plays of which something stands."""
        plays = [run for run in self.history() if run["what"] == "apply"]
        return [f"{run['run']} stands: {run['standing']}" for run in plays if run["standing"]]

    def leftovers(self) -> list[str]:
        """Whatever a run should not have left behind, in our own folder and everywhere else."""
        found = [
            path for path in self.everything() if ".hardener-" in path or path.endswith(".lock")
        ]
        state = self.root / OUR_STATE
        if not state.exists():
            return found
        torn = [b.name for b in (state / "blobs").iterdir() if digest(b) != b.name]
        found += [f"a blob that is not whole: {name}" for name in torn]
        found += [f"staged: {path.name}" for path in (state / "staging").iterdir()]
        found += [
            f"unfinished: {run['run']}" for run in self.history() if run["status"] == "unfinished"
        ]
        with (state / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return found + (["a note in the lock"] if lock.read() else [])


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def meaning(path: Path) -> tuple[Any, ...]:
    """What any reader of a SQLite database would find now; it is looked at in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        for end in ("", "-journal", "-wal", "-shm"):
            if path.with_name(path.name + end).exists():
                shutil.copy(path.with_name(path.name + end), folder)
        db = sqlite3.connect(Path(folder) / path.name)
        try:
            (said,) = db.execute("PRAGMA integrity_check").fetchone()
            schema = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
            rows = db.execute("SELECT * FROM trades ORDER BY id").fetchall()
        finally:
            db.close()
    return said, tuple(schema), tuple(rows)
