"""A host whose plays leave snapshots, and what can be asked of them."""

from pathlib import Path
from typing import Any

import needs
from sandbox import Sandbox, step
from tree import lay

from hardener.host import snapshots
from hardener.host.record.store import Store
from hardener.host.snapshots.survey import Survey
from hardener.host.undo import history

STATE = "var/lib/hardener"
FILES = {"/etc/motd": "hello\n", "/etc/old": {"content": "o\n", "mode": "0600"}, "/srv/a/x": "x\n"}
DAY = 86400.0


def laid(root: Path) -> Sandbox:
    """A host in this folder, with files that plays change; needs root."""
    needs.root()
    lay(root, FILES)
    return Sandbox(root)


def greet(number: int, **more: Any) -> dict[str, Any]:
    secret = step("file", 2, path="/etc/secret", content=f"{number}\n")
    secret["calls"][0]["no_log"] = True
    return {"steps": [step("file", 1, path="/etc/motd", content=f"{number}\n"), secret], **more}


def play(host: Sandbox, number: int, **more: Any) -> str:
    given = greet(number, **more)
    return host.play(*given.pop("steps"), **given)


def prune(host: Sandbox, **limits: Any) -> list[str]:
    """Remove what is over these limits; return the runs that went."""
    host.events.clear()
    snapshots.prune(host.engine(), limits)
    return [each["run"] for e in host.events if e["event"] == "pruned" for each in e["runs"]]


def there(host: Sandbox) -> list[str]:
    return Store(host.system).runs()


def kept(host: Sandbox) -> dict[str, str]:
    return {each.run: each.kept for each in Survey(host.engine()).found}


def told(host: Sandbox) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    history.runs(host.engine(), events.append)
    return events


def stored(host: Sandbox) -> set[str]:
    return {path.name for path in (host.root / STATE / "blobs").iterdir()}


def needed(host: Sandbox) -> set[str]:
    return {name.partition("/")[2] for name in Survey(host.engine()).holders}
