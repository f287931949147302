"""The host's state folder: runs, blobs, code, lock, and the record of fired effects.

`/var/lib/hardener` for root and in unbooted trees, else
`$XDG_STATE_HOME/hardener`. All of it is private to its owner.
"""

import json
import os
import re

from hardener.host import staging
from hardener.host.blobs import Blobs
from hardener.host.bootstrap import state_folder
from hardener.host.errors import HostError
from hardener.host.journal import Journal

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
        """Return the ids of all runs, oldest first (by the order in which they began)."""
        begun = [run for run in self.system.listdir(self.path("runs")) if self._about(run)]
        return sorted(begun, key=lambda run: (self._about(run)["number"], run))

    def _about(self, run):
        """What `run.json` says; None where a run was killed before it really began."""
        return self.read_json(self.path("runs", run, "run.json"))

    def opened(self):
        """Return the runs that may not have come to their end, oldest first.

        However many runs there were, these are few: see `close`. One that was killed
        before it really began leaves no more than its folder, which is removed.
        """
        opened = self._index()["open"]
        for run in [run for run in opened if self._about(run) is None]:
            self._discard(run)
        return [run for run in opened if self._about(run)]

    def _discard(self, run):
        if self.system.lstat(self.path("runs", run)) is not None:
            self.system.sweep(self.path("runs", run, "run.json"))
            if not self.system.listdir(self.path("runs", run)):
                self.system.rmdir(self.path("runs", run))

    def close(self, runs):
        """Note that nothing is left to finish of these runs."""
        index = self._index()
        left = [run for run in index["open"] if run not in runs and self._about(run)]
        if left != index["open"]:
            self.write_json(self.path("runs.json"), dict(index, open=left))

    def _index(self):
        """The number of the newest run, and the runs that may be unfinished; without the file: all."""
        known = self.read_json(self.path("runs.json"))
        if known is None:
            runs = self.runs()
            last = self._about(runs[-1])["number"] if runs else 0
            empty = set(self.system.listdir(self.path("runs"))) - set(runs)
            return {"last": last, "open": sorted(empty) + runs}
        return known

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

    def about(self, run):
        """Return what `run.json` says; raises where there is no such run."""
        data = self.known(run)
        if data is None:
            raise HostError(
                "there is no run %s on this host" % run, hint="`harden history` lists them"
            )
        return data

    # small files

    def read_json(self, path):
        if self.system.lstat(path) is None:
            return None
        return json.loads(self.system.read(path).decode("utf-8"))

    def write_json(self, path, data):
        text = json.dumps(data, sort_keys=True, indent=1) + "\n"
        self.system.replace(path, [text.encode("utf-8")], 0o600, *self.owner)

    # effects: which generation of its inputs a reload or handler has last seen

    def generations(self):
        return self.read_json(self.path("effects.json")) or {}

    def record_generation(self, resource, generation):
        known = self.generations()
        known[str(resource)] = generation
        self.prepare()
        self.write_json(self.path("effects.json"), known)
