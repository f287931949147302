"""Connections of the ssh program that outlast a command: where they wait, and by what they came in.

ssh_config(5), ControlMaster; only whoever owns the folder can use them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardener.connect.ssh_options import arguments
from hardener.connect.target import Target
from hardener.errors import UsageError

ALONE = ("ControlMaster=no", "ControlPath=none")


def options(target: Target) -> tuple[str, ...]:
    """Return the options of ssh: none of ours, a connection that lasts, or one that is surely new."""
    if target.anew:
        return ALONE
    if not target.persist:
        return ()
    path = f"{folder()}".replace("%", "%%") + "/%C"
    return ("ControlMaster=auto", f"ControlPersist={target.persist:.0f}", f"ControlPath={path}")


def folder() -> Path:
    """Return the folder of the sockets, made for us alone; UsageError where it is somebody else's."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    path = Path(runtime or Path.home() / ".cache") / "hardener"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        hint = f"chmod 700 {path}, once it is yours"
        raise UsageError(f"{path} is open to others: no connection is kept there", hint=hint)
    return path


def remember(target: Target, login: Mapping[str, Any]) -> None:
    """Note by what the connection that lasts was opened."""
    if target.persist:
        _note(target).write_text(json.dumps(dict(login)), encoding="utf-8")


def remembered(target: Target) -> Mapping[str, Any] | None:
    """Return what was noted when it was opened; None where it is none of ours."""
    if target.persist:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads(_note(target).read_text(encoding="utf-8")))
    return None


def _note(target: Target) -> Path:
    words = [*arguments(target), target.proxy_jump or "", target.destination]
    return folder() / (hashlib.sha256("\0".join(words).encode()).hexdigest()[:40] + ".login")
