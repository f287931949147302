"""A host in a folder whose code is run by another Python, as on an old host: see python36-tests."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
DRIVER = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
from hardener.host import facts
from hardener.host.run.engine import Engine
from hardener.host.door.system import System
nobody = types.SimpleNamespace(resolve=None, judge=None)
def tell(event):
    print(json.dumps(event), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    system = System(order["root"])
    engine = Engine(system, facts.gather(system), tell, nobody)
    getattr(engine, order["do"])(*order["with"])
    tell({"event": "end"})
"""


class ByPython(Sandbox):
    """As Sandbox, with every play in the process of `python` that serves all tests of this one."""

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
        host, order = process(self.python), {"root": str(self.root), "do": do, "with": arguments}
        assert host.stdin and host.stdout
        host.stdin.write(json.dumps(order) + "\n")
        host.stdin.flush()
        self.events[:] = heard(host.stdout)
        return str(next(e["status"] for e in reversed(self.events) if e["event"] == "done"))


def heard(answer: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the events of one order."""
    for event in map(json.loads, answer):
        if event == {"event": "end"}:
            return
        yield event
    pytest.fail("the host's Python has ended: its last words are on stderr")


@cache
def process(python: str) -> "subprocess.Popen[str]":
    """The host's Python, which takes one order after the other; what it complains of is shown by pytest."""
    return subprocess.Popen(
        [python, "-B", "-W", "error", "-c", DRIVER, str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


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
