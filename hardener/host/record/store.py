"""The host's state folder: runs, blobs, code, lock, and the record of fired effects.

`/var/lib/hardener` for root and in unbooted trees, else
`$XDG_STATE_HOME/hardener`. All of it is private to its owner.
"""

import json
import os
import re
import time

from hardener.host.door import staging
from hardener.host.errors import HostError, JournalError
from hardener.host.record.blobs import Blobs
from hardener.host.record.journal import Journal
from hardener.host.wire.bootstrap import state_folder

FORWARD = ("apply", "redo")  # what a run is that adds changes; a `rollback` takes some away
RUN_ID = re.compile(r"\A[0-9A-Za-z][0-9A-Za-z._-]{0,80}\Z")


def folder(system):
    """Return the state folder as the host sees it."""
    return state_folder(None) if system.live else "/var/lib/hardener"


class Store:
    """What this host remembers of its runs."""

    def __init__(self, system, base=None):
        self.system = system
        self.base = base or folder(system)
        self.owner = (os.geteuid(), os.getegid())
        self.blobs = Blobs(system, self.base + "/blobs", self.owner)

    def path(self, *parts):
        return "/".join((self.base,) + parts)

    def prepare(self):
        """Make the folders that are missing; called by the first thing that writes."""
        try:
            self._folders()
        except PermissionError as error:
            hint = "name a folder that you may write by XDG_STATE_HOME"
            raise HostError("no run can be kept in %s" % self.base, "", str(error), hint) from None

    def _folders(self):
        self._parents(os.path.dirname(self.base))
        for path in [self.base] + [self.path(n) for n in ("runs", "blobs", "code", "staging")]:
            if self.system.lstat(path) is None:
                self.system.private(path)

    def sweep(self):
        """Remove what was being made here when its maker was killed; call under the lock."""
        staging.sweep(self)
        self.system.sweep_all(self.base)

    def _parents(self, path):
        if self.system.lstat(path) is None:
            self._parents(os.path.dirname(path))
            self.system.mkdir(path, 0o755, *self.owner)

    # runs

    def runs(self):
        """Return the ids of all runs, oldest first: in the order in which they began.

        Those of which that can't be read any more come last.
        """
        begun = [(self.number(run), run) for run in self.begun()]
        return [run for _, run in sorted(begun)]

    def begun(self):
        """Return the ids of all runs by name."""
        runs = self.system.listdir(self.path("runs"))
        return [run for run in runs if self._has_begun(run)]

    def _has_begun(self, run):
        """Or was it killed before it really began?"""
        return self.system.lstat(self.path("runs", run, "run.json")) is not None

    def number(self, run):
        """The place of a run in the order in which they began; of one that can't be read, the last."""
        try:
            return self._about(run)["number"]
        except JournalError:
            return float("inf")

    def _about(self, run):
        """What `run.json` says; None where there is none. Raises JournalError where it is damaged."""
        path = self.path("runs", run, "run.json")
        try:
            about = self.read_json(path)
            if about is not None and not (
                isinstance(about.get("number"), int) and isinstance(about.get("what"), str)
            ):
                raise damaged(path, "it does not say what the run is")
        except JournalError as error:
            error.hint = (
                "`harden show %s` lists what it changed, `harden rollback %s` goes by its journal; "
                "when all is seen to, move %s away" % (run, run, os.path.dirname(path))
            )
            raise
        return about

    def of(self, target):
        """Return the runs that are rollbacks of this one, as far as that can be read."""
        found = []
        for run in self.begun():
            try:
                if self._about(run).get("of") == target:
                    found.append(run)
            except JournalError:
                pass
        return found

    def opened(self):
        """Return the runs that may not have come to their end, oldest first.

        However many runs there were, these are few: see `close`. One that was killed
        before it really began leaves no more than its folder, which is removed.
        """
        opened = self._index()["open"]
        for run in [run for run in opened if not self._has_begun(run)]:
            self._discard(run)
        return [run for run in opened if self._has_begun(run)]

    def _discard(self, run):
        if self.system.lstat(self.path("runs", run)) is not None:
            self.system.sweep(self.path("runs", run, "run.json"))
            if not self.system.listdir(self.path("runs", run)):
                self.system.rmdir(self.path("runs", run))

    def close(self, runs):
        """Note that nothing is left to finish of these runs."""
        index = self._index()
        left = [run for run in index["open"] if run not in runs and self._has_begun(run)]
        if left != index["open"]:
            self.write_json(self.path("runs.json"), dict(index, open=left))

    def _index(self):
        """The number of the newest run, and the runs that may be unfinished.

        Without the file, or where it is damaged: all; those that are finished say so themselves.
        """
        known = self.glance(self.path("runs.json"))
        if isinstance(known.get("last"), int) and names(known.get("open")):
            return known
        numbers = [self.number(run) for run in self.begun()]
        runs = self.runs()
        empty = set(self.system.listdir(self.path("runs"))) - set(runs)
        last = max([n for n in numbers if n != float("inf")] + [len(numbers), 0])
        return {"last": last, "open": sorted(empty) + runs}

    def run_folder(self, run):
        if not RUN_ID.match(run):
            raise HostError("%r is no run id" % run)
        return self.path("runs", run)

    def journal(self, run):
        return Journal(self.system, self.run_folder(run) + "/journal.jsonl")

    def begin(self, run, data):
        """Record a run before its first change (a second play of the same run adds to it)."""
        path, known = self.run_folder(run) + "/run.json", self._about(run)
        if known and (known["what"], known.get("of")) != (data["what"], data.get("of")):
            raise HostError("run %s was something else" % run)
        self.prepare()
        number = self._open(run, known)
        if known is None:
            self.system.private(self.run_folder(run))
            self.write_json(path, dict(data, id=run, number=number))

    def _open(self, run, known):
        """Note, before anything else is, that the run may need to be finished; return its number."""
        index = self._index()
        last = index["last"] + (known is None)
        opened = [other for other in index["open"] if other != run] + [run]
        if (opened, last) != (index["open"], index["last"]):
            self.write_json(self.path("runs.json"), {"last": last, "open": opened})
        return last

    def known(self, run):
        """What `run.json` says, or None where no such run ever began."""
        return self._about(run) if RUN_ID.match(run) else None

    def began(self, run, play):
        """Has this play of a run begun here before?"""
        if not (RUN_ID.match(run) and self._has_begun(run)):
            return False
        records = self.journal(run).survey()[0]
        return any(r["is"] == "begin" and r["play"] == play for r in records)

    def still(self, runs):
        """Return those of these runs that there are on this host."""
        return [run for run in runs if RUN_ID.match(run) and self._has_begun(run)]

    def reverse(self, target):
        """The word for a run that undoes this one: what undoes a rollback does it again."""
        try:
            return "redo" if self.about(target)["what"] == "rollback" else "rollback"
        except JournalError:  # `salvage` goes by such a run too
            return "rollback"

    def about(self, run):
        """Return what `run.json` says; raises where there is no such run."""
        self.require(run)
        return self._about(run)

    def require(self, run):
        """Raise where there is no such run, or no more."""
        if RUN_ID.match(run) and self._has_begun(run):
            return
        if run in self.removed():
            gone = self.removed()[run]
            raise HostError(
                "the snapshot of run %s was removed: it can't be undone any more" % run,
                why="removed on %s by the budget: %s" % (on_day(gone["removed"]), gone["why"]),
                hint="`harden snapshots` lists what can be undone",
            )
        raise HostError("there is no run %s on this host" % run, hint="`harden history` lists them")

    # runs that were removed: see snapshots/removal.py

    def removals(self):
        """The record of runs that were removed, or were about to be."""
        return Journal(self.system, self.path("removed.jsonl"))

    def removed(self):
        """Return {run: what is remembered of it} of runs that were removed."""
        there = set(self.begun())
        records = [r for r in self.removals().survey()[0] if r["is"] == "removed"]
        return {record["run"]: record for record in records if record["run"] not in there}

    def left_over(self):
        """Return the runs of which a removal that was killed has left the folder."""
        gone = self.removed()
        return [run for run in self._without_run_json() if run in gone]

    def strays(self):
        """Return the folders of which nobody knows why they have no `run.json`."""
        gone = self.removed()
        return [run for run in self._without_run_json() if run not in gone]

    def _without_run_json(self):
        there = set(self.begun())
        return [run for run in self.system.listdir(self.path("runs")) if run not in there]

    def size(self):
        """Return the bytes of all stored files, about."""
        folders = [("blobs",), ("packages", "archives")]
        return sum(sum(self.sizes(*parts).values()) for parts in folders)

    def sizes(self, *parts):
        """Return {name: bytes} of the files in a folder of the state folder."""
        return self.system.sizes(self.path(*parts))

    # small files

    def read_json(self, path):
        """Return the mapping in a file, or None without it; raises JournalError where it is damaged."""
        if self.system.lstat(path) is None:
            return None
        try:
            data = json.loads(self.system.read(path).decode("utf-8"))
        except (ValueError, RecursionError):
            raise damaged(path, "it is no JSON")
        if not isinstance(data, dict):
            raise damaged(path, "it holds no mapping")
        return data

    def glance(self, path):
        """The same for what is only there to do better: nothing where it is missing or damaged."""
        try:
            return self.read_json(path) or {}
        except JournalError:
            return {}

    def write_json(self, path, data):
        text = json.dumps(data, sort_keys=True, indent=1) + "\n"
        self.system.replace(path, [text.encode("utf-8")], 0o600, *self.owner)

    # effects: which generation of its inputs a reload or handler has last seen

    def generations(self):
        try:
            return self.read_json(self.path("effects.json")) or {}
        except JournalError as error:
            error.hint = "reload by hand what has to know of its new files, then move it away"
            raise

    def record_generation(self, resource, generation):
        known = self.generations()
        known[str(resource)] = generation
        self.prepare()
        self.write_json(self.path("effects.json"), known)


def on_day(at):
    """Return a time, in seconds since 1970, as people read it."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def names(value):
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def damaged(path, why):
    return JournalError(
        "%s is damaged" % path, where=path, why=why, hint="when all is seen to, move it away"
    )
