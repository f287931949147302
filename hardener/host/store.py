"""The host's state folder: runs, blobs, code, lock, and the record of fired effects.

`/var/lib/hardener` for root and in unbooted trees, else
`$XDG_STATE_HOME/hardener`. All of it is private to its owner.
"""

import json
import os
import re

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
        self._make(self.base)
        for name in ("runs", "blobs", "code", "staging"):
            self._make(self.path(name))

    def _make(self, path):
        if self.system.lstat(path) is None:
            parent = os.path.dirname(path)
            if self.system.lstat(parent) is None:
                self._make(parent)
            self.system.mkdir(path, 0o700 if path.startswith(self.base) else 0o755, *self.owner)

    # runs

    def runs(self):
        """Return the ids of all runs, oldest first (by the order in which they began)."""
        begun = [run for run in self.system.listdir(self.path("runs")) if self._about(run)]
        return sorted(begun, key=lambda run: (self._about(run)["number"], run))

    def _about(self, run):
        """What `run.json` says; None where a run was killed before it really began."""
        return self.read_json(self.path("runs", run, "run.json"))

    def sweep(self):
        """Remove the folders of runs that were killed before they began."""
        for run in self.system.listdir(self.path("runs")):
            if not self.system.listdir(self.path("runs", run)):
                self.system.rmdir(self.path("runs", run))

    def run_folder(self, run):
        if not RUN_ID.match(run):
            raise HostError("%r is no run id" % run)
        return self.path("runs", run)

    def journal(self, run):
        return Journal(self.system, self.run_folder(run) + "/journal.jsonl")

    def begin(self, run, data):
        """Record a run before its first change (a second play of the same run adds to it)."""
        self.prepare()
        self._make(self.run_folder(run))
        number = 1 + max([self._about(other)["number"] for other in self.runs()] or [0])
        path = self.run_folder(run) + "/run.json"
        known = self._about(run)
        if known is None:
            self.write_json(path, dict(data, id=run, number=number))
        elif (known["what"], known.get("of")) != (data["what"], data.get("of")):
            raise HostError("run %s was something else" % run)

    def about(self, run):
        """Return what `run.json` says; raises where there is no such run."""
        data = self._about(run) if RUN_ID.match(run) else None
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
