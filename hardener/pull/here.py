"""Which host of an inventory this machine is, and that it is reached without a connection."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from hardener.errors import UsageError
from hardener.inventory import load


def myself(inventory: Path, name: str | None) -> str:
    """Return the name by which the inventory knows this machine: the one given, or its own."""
    known = load([str(inventory)], playbook_dir=inventory.parent, patient=True).hosts
    own = [name] if name else [socket.getfqdn(), socket.gethostname()]
    own += [] if name else [each.split(".")[0] for each in own]
    found = next((each for each in own if each in known), None)
    if found is None:
        what = f"{inventory.name} does not know this machine as {' or '.join(dict.fromkeys(own))}"
        raise UsageError(what, hint="say by --name as which host it is there")
    return found


def local(folder: Path, name: str) -> Path:
    """Write an inventory that says of this host that it is this machine."""
    path = folder / "here.json"
    path.write_text(json.dumps({"all": {"hosts": {name: {"connection": "local"}}}}), "utf-8")
    return path
