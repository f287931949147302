"""A controller's desk: a playbook, an inventory with one host on this machine, and what `harden` remembers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.killed.ground import Ground
from faults.killed.host import Host, Listing
from faults.killed.strace import PATIENCE, Death, killed, threads
from faults.wire.site import Site
from tree import lay

from hardener import cli
from hardener.fleet import records

APPLY = ("apply", "play.yml", "-i", "hosts.json")
FILES: dict[str, Any] = {
    "/etc/motd": "hello\n",
    "/etc/ssh/sshd_config": "Port 22\n#PermitRootLogin yes\n",
    "/etc/unwanted": {"content": "unwanted\n", "mode": "0640"},
}
#: Of the second the host asks what it is, once the first is done.
STEPS = (
    '{name: greet, file: {path: /etc/motd, content: "hardened\\n"}, register: greeting}',
    '{file: {path: /etc/then, content: "{{ greeting.changed }}\\n"}, when: greeting.changed}',
    'line: {path: /etc/ssh/sshd_config, regexp: "^#?PermitRootLogin", line: PermitRootLogin no}',
    "file: {path: /etc/unwanted, state: absent}",
    "file: {path: /etc/link, state: link, target: motd}",
)


class Desk(Site):
    """Its `state` is where this controller, and nobody else, keeps its records."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.root, self.state = folder / "root", folder / "state"
        self.records = self.state / "hardener/controller"
        self.runs = 0
        lay(self.root, FILES)
        self.link()
        self.play(*STEPS)

    def link(self, python: Path | None = None) -> None:
        """Have the host reached by its own Python, or by this."""
        by = {"python": str(python)} if python else {}
        self.host("host", root=str(self.root), **by)

    def work(self, *words: str) -> Callable[[], Any]:
        """`harden` for a child that was forked: it is the controller from then on.

        Its run has the name that it had when it was traced: strace knows a file that is opened by name.
        """
        self.runs += 1
        run = f"20260101-000000-{self.runs:06x}"

        def work() -> Any:
            records.new_run_id = lambda: run
            os.chdir(self.folder)
            os.environ["XDG_STATE_HOME"] = str(self.state)
            sys.argv = ["harden", *words]
            sys.stdout = sys.stderr = (self.folder / "said").open("w", buffering=1)
            try:
                cli.main()
            except SystemExit as end:
                return end.code

        return work

    def harden(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run it as a child, which need not load it first."""
        work = self.work(*words)
        child = os.fork()
        if child == 0:
            code = 99
            try:
                code = work()
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = (self.folder / "said").read_text()
        return subprocess.CompletedProcess(words, code, said, "")

    def look(self) -> Listing:
        return Host(self.root).look()

    def at_rest(self) -> None:
        """Wait until no host of this controller works any more: each has its environment."""
        end = time.monotonic() + PATIENCE
        while any(self._is_ours(path) for path in Path("/proc").glob("[0-9]*")):
            assert time.monotonic() < end, "a host does not end"
            time.sleep(0.01)

    def _is_ours(self, process: Path) -> bool:
        try:
            return str(self.state).encode() in (process / "environ").read_bytes()
        except OSError:
            return False

    def stands(self) -> bool:
        """Does `harden history` say that something of an apply stands?"""
        done = self.harden("history", "-i", "hosts.json", "--format", "jsonl")
        runs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return any(run["standing"] for run in runs if run.get("what") == "apply")

    def applied(self) -> str:
        """The newest apply that this controller remembers; without one, `harden` would ask this machine."""
        records = (json.loads(path.read_text()) for path in self.records.glob("*.json"))
        return max(record["run"] for record in records if record["what"] == "apply")

    def leftovers(self) -> list[str]:
        """What a controller that was killed should not have left behind, here and on the host."""
        staged = [path.name for path in self.records.glob("*") if path.suffix != ".json"]
        return staged + Host(self.root).leftovers()


class Desks:
    """Fresh ones, and what their host looks like before the play and after it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.desk = Desk(ground.folder / "host")
        self.before = self.desk.look()
        os.rename(self.desk.folder, ground.folder / "begun")
        self.fresh("begun")
        done = self.desk.harden(*APPLY)
        assert done.returncode == 0, done.stdout
        self.after = self.desk.look()
        os.rename(self.desk.folder, ground.folder / "applied")

    def fresh(self, template: str) -> Desk:
        self.ground.fresh(template)
        self.desk.runs = len(list(self.desk.records.glob("*.json")))
        return self.desk

    def traces(self, template: str, *words: str) -> Path:
        found = self.ground.traces(self.fresh(template).work(*words), threads)
        self.desk.at_rest()
        return found

    def die(self, template: str, death: Death, *words: str) -> None:
        killed(self.fresh(template).work(*words), death, self.ground.folder / "log", threads)
        self.desk.at_rest()

    def holds(self) -> bool:
        """See that the host, its history and the records are whole; tell if something stands."""
        look = self.desk.look()
        assert look in (self.before, self.after), "it was left half way"
        assert self.desk.stands() == (look == self.after)
        for path in self.desk.records.glob("*.json"):
            json.loads(path.read_text())
        return bool(look == self.after)

    def comes_back(self, *, stands: bool) -> None:
        """Undo it by what the controller remembers; where nothing stands, after the next apply."""
        if not stands:
            done = self.desk.harden(*APPLY)
            assert done.returncode == 0, done.stdout
        done = self.desk.harden("rollback", self.desk.applied())
        assert done.returncode == 0, done.stdout
        assert self.desk.look() == self.before
        left = self.desk.leftovers()
        assert not left, f"left behind: {left}"

    def comes_back_by_another_rollback(self) -> None:
        """Ask for it once more, as whoever does not know how it ended."""
        done = self.desk.harden("rollback", self.desk.applied())
        assert done.returncode == 0 or "no run to roll back" in done.stdout, done.stdout
        assert self.desk.look() == self.before
        self.comes_back(stands=False)
