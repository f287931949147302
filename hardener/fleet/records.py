"""The controller's own memory of its runs: which hosts, by which inventory, how it ended.

The hosts' journals are the truth; this only saves typing, and survives a host.
Kept in `$XDG_STATE_HOME/hardener/controller`, one private JSON file a run.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hardener.dataclass import dataclass, field, replace
from hardener.errors import UsageError


def new_run_id() -> str:
    """Return an id that sorts by time, to a fraction of a second, and that nobody can guess."""
    whole, part = divmod(time.time_ns(), 1_000_000_000)
    fraction = part * 4096 // 1_000_000_000
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(whole))
    return f"{stamp}-{fraction:03x}{secrets.randbelow(4096):03x}"


@dataclass(frozen=True)
class Record:
    """One run as the controller saw it; `at` is in seconds since 1970.

    `users` are those as whom it worked on each host, in that order: "" is whoever logs in. `vault`
    names the files and programs that gave it passwords (`label@path`). `failed` are the hosts that did
    not come through, and those that were not begun: whatever stands there, `hosts` says it.
    """

    run: str
    what: str
    playbook: str
    at: float
    inventory: tuple[str, ...] = ()
    root: str | None = None
    user: str | None = None
    identity_file: str | None = None
    ssh_config: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, Sequence[str]] = field(default_factory=dict)
    vault: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    executor: str | None = None

    @property
    def stands(self) -> bool:
        """Is this an apply that was not rolled back everywhere?"""
        left = [host for host in self.changed if self.hosts[host] != "rolled back"]
        return self.what in ("apply", "redo") and bool(left)

    @property
    def every(self) -> tuple[str, ...]:
        """All hosts that it was for."""
        return tuple(dict.fromkeys((*self.hosts, *self.failed)))

    @property
    def changed(self) -> tuple[str, ...]:
        """The hosts that remember it; where nothing was to be done there is no run."""
        return tuple(host for host, word in self.hosts.items() if word not in ("ok", "refused"))


def folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state) / "hardener" / "controller"


def save(record: Record) -> None:
    """Write a record whole, readable by its owner only, and on the disk before a host changes."""
    with _writing() as (place, folder):
        staged = place / f".{record.run}.new"
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(vars(record)))  # not asdict: a fleet is saved once a host
            file.flush()
            os.fsync(file.fileno())
        staged.rename(place / f"{record.run}.json")
        os.fsync(folder)


@contextmanager
def _writing() -> Iterator[tuple[Path, int]]:
    """Give the folder, and its descriptor, to one at a time, without what whoever was killed has left."""
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        for left in place.glob(".*.new"):
            left.unlink()
        yield place, opened
    finally:
        os.close(opened)


def note(run: str | None, hosts: Mapping[str, str]) -> None:
    """Write into the record of a run how it stands on these hosts now."""
    record = find(run) if run else None
    if record:
        save(replace(record, hosts={**record.hosts, **hosts}))


def forget(run: str) -> None:
    """Remove the record of a run that changed nothing."""
    (folder() / f"{run}.json").unlink(missing_ok=True)


def every() -> Iterator[Record]:
    """Yield all records, newest first."""
    for path in sorted(folder().glob("[0-9]*.json"), reverse=True):
        yield _read(path)


def _read(path: Path) -> Record:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        lists = {name: tuple(data.get(name, ())) for name in ("inventory", "vault", "failed")}
        return Record(**{**data, **lists})
    except (ValueError, TypeError, AttributeError) as error:
        hint = "move it away; with `-i INVENTORY` the hosts themselves are asked what they remember"
        why = str(error)
        raise UsageError(
            "the record of a run is damaged", where=str(path), why=why, hint=hint
        ) from error


def users() -> dict[str, Sequence[str]]:
    """Return as whom the newest run on each host worked there, as far as this machine knows."""
    found: dict[str, Sequence[str]] = {}
    for record in every():
        for host, names in record.users.items():
            found.setdefault(host, names)
    return found


def reverse(run: str | None) -> str:
    """The word for a run that undoes this one: what undoes a rollback does it again."""
    record = find(run) if run else None
    return "redo" if record and record.what == "rollback" else "rollback"


def find(run: str | None, *, undone: bool = False) -> Record | None:
    """Return the record of a run (a beginning of its id is enough), or of the newest.

    The newest is one that stands, unless `undone` ones will do too.
    """

    def wanted(record: Record) -> bool:
        if run:
            return record.run.startswith(run)
        return bool(record.every) if undone else record.stands

    records = [record for record in every() if wanted(record)]
    if run and len({r.run for r in records}) > 1:
        names = ", ".join(r.run for r in records[:5])
        raise UsageError(f"{run} is the beginning of several runs", hint=f"one of: {names}")
    return records[0] if records else None
