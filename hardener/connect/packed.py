"""The packed code for hosts, kept in `$XDG_CACHE_HOME/hardener`: to pack it takes longer than to send it.

As with the interpreter's bytecode, nothing hangs on it: what is not there, not whole or not ours
alone is made anew, and where nothing can be kept it is made each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

PREFIX = "code-"
DIGEST = 32  # bytes of SHA-256 before what is kept: a machine that lost power may leave half of it


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """Return what is kept under this name; else what `make` returns, which is kept from then on."""
    try:
        folder = _folder()
    except (OSError, RuntimeError):  # no home
        return make()
    found = _read(folder / (PREFIX + name)) if _ours(folder) else None
    if found is None:
        found = make()
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                _write(folder, PREFIX + name, found)
    return found


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hardener"


def _ours(folder: Path) -> bool:
    """Is it a folder, no link, that nobody else may write? It becomes code that runs as root."""
    try:
        info = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, found = data[:DIGEST], data[DIGEST:]
    return found if hashlib.sha256(found).digest() == digest else None


def _write(folder: Path, name: str, data: bytes) -> None:
    """Write it whole, and remove what other versions have kept, or were killed at."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _ours(folder):
        return
    beside = folder / f".{name}.{os.urandom(8).hex()}"
    beside.write_bytes(hashlib.sha256(data).digest() + data)
    beside.replace(folder / name)
    for other in folder.glob(f"*{PREFIX}*"):
        if other.name != name:
            other.unlink()
