"""Ask a check with the parameters of a playbook, on this machine or on a tree."""

from pathlib import Path
from typing import Any

from sandbox import filled

from hardener.host import checks
from hardener.host.door.system import System


def ask(type: str, root: Path | str = "/", **params: Any) -> str | None:
    """Return what is amiss, or None."""
    call = {"type": type, "params": filled(type, params, "check")}
    found: str | None = checks.ask(call, System(str(root)))
    return found
