"""A host in a folder whose code is run by another Python, as on an old host: see python36-tests."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
DRIVER = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
from hardener.host import facts
from hardener.host.engine import Engine
from hardener.host.system import System
order = json.load(sys.stdin)
nobody = types.SimpleNamespace(resolve=None, judge=None)
system = System(sys.argv[2])
engine = Engine(system, facts.gather(system), lambda e: print(json.dumps(e)), nobody)
getattr(engine, order["do"])(*order["with"])
"""


class ByPython(Sandbox):
    """As Sandbox, with every play in a process of `python`."""

    def __init__(self, root: Path, python: str) -> None:
        super().__init__(root)
        self.python = python

    def play(self, *steps: dict[str, Any], dry_run: bool = False, **more: Any) -> str:
        self._runs += 1
        self.run = f"run-{self._runs:03}"
        play = {"number": 1, "name": "play", "steps": list(steps), **more}
        return self._order("play", self.run, play, dry_run)

    def rollback(
        self, run: str | None = None, dry_run: bool = False, force: tuple[str, ...] = ()
    ) -> str:
        self._runs += 1
        return self._order("rollback", run, f"run-{self._runs:03}", dry_run, force)

    def _order(self, do: str, *arguments: Any) -> str:
        done = subprocess.run(
            [self.python, "-B", "-W", "error", "-c", DRIVER, ROOT, self.root],
            input=json.dumps({"do": do, "with": arguments}),
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        assert done.returncode == 0, done.stderr
        self.events[:] = [json.loads(line) for line in done.stdout.splitlines()]
        return str(next(e["status"] for e in reversed(self.events) if e["event"] == "done"))


@cache
def restores_databases() -> bool:
    """Can the Python of the host bring back the bytes of a SQLite database? Not 3.6."""
    python = os.environ.get("HARDENER_HOST_PYTHON", sys.executable)
    code = "import sqlite3, sys; sys.exit(not hasattr(sqlite3.Connection, 'backup'))"
    return subprocess.run([python, "-c", code], check=False).returncode == 0


def sandbox(root: Path) -> Sandbox:
    """A host in this folder, run by $HARDENER_HOST_PYTHON where it is set."""
    python = os.environ.get("HARDENER_HOST_PYTHON")
    return ByPython(root, python) if python else Sandbox(root)
