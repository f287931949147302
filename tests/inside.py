"""Plays and rollbacks inside a booted host, by the host's own Python: what needs systemd or its kernel."""

import base64
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from sandbox import Sandbox

CODE = Path(__file__).resolve().parents[1] / "hardener"
PLACE = "/run/hardener-under-test"  # not on the host's disk
DRIVER = (
    """
import json, sys, types
sys.path.insert(0, %r)
from hardener.host import facts
from hardener.host.run.engine import Engine
from hardener.host.door.system import System
order = json.load(sys.stdin)
exec(order["before"])
nobody = types.SimpleNamespace(resolve=None, judge=None)
system = System("/")
engine = Engine(system, facts.gather(system), lambda e: print(json.dumps(e), flush=True), nobody)
getattr(engine, order["do"])(*order["with"])
"""
    % PLACE
)


class Inside(Sandbox):
    """As Sandbox, on a host of the lab."""

    def __init__(self, host: Any) -> None:
        super().__init__(host.root)
        self.host = host
        self.send_code()

    def send_code(self) -> None:
        """Put the code into /run; a reboot loses it."""
        data = base64.b64encode(packed()).decode("ascii")
        self.host.run(["sh", "-ec", f"mkdir -p {PLACE}; base64 -d | tar -xC {PLACE}"], input=data)

    def play(
        self, *steps: dict[str, Any], dry_run: bool = False, before: str = "", **more: Any
    ) -> str:
        """As Sandbox.play; `before` is Python that runs in the same process first."""
        self._runs += 1
        self.run = f"run-{self._runs:03}"
        play = {"number": 0, "name": "play", "steps": list(steps), **more}
        return self._order("play", self.run, play, dry_run, before=before)

    def rollback(
        self, run: str | None = None, dry_run: bool = False, force: tuple[str, ...] = ()
    ) -> str:
        self._runs += 1
        return self._order("rollback", run, f"run-{self._runs:03}", dry_run, force)

    def trouble(self) -> str:
        """What the last rollback could not put back, and why."""
        undone = [e for e in self.events if e["event"] == "undone"]
        return "\n".join(f"{e['resource']}: {e['status']}: {e['why']}" for e in undone if e["why"])

    def _order(self, do: str, *arguments: Any, before: str = "") -> str:
        order = json.dumps({"do": do, "with": arguments, "before": before})
        ran = self.host.run(["python3", "-c", DRIVER], input=order, check=False, timeout=300)
        self.events[:] = [json.loads(line) for line in ran.stdout.splitlines()]
        assert ran.returncode == 0, f"{ran.stderr}\n{self.trouble()}"
        return str(next(e["status"] for e in reversed(self.events) if e["event"] == "done"))


def packed() -> bytes:
    """The host's code as a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        add_code(archive)
    return buffer.getvalue()


def add_code(archive: tarfile.TarFile) -> None:
    archive.add(CODE / "__init__.py", "hardener/__init__.py")
    archive.add(
        CODE / "host", "hardener/host", filter=lambda i: None if "__pycache__" in i.name else i
    )
