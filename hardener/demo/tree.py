"""A hash of everything in a folder, to prove that it is what it was.

Of each path: type, permissions, owner, group, extended attributes (ACLs are such), link
target and content. Times are left out: what is put back has new ones.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

STATE = "/var/lib/hardener"  # snapshots stay after a rollback
Listing = Mapping[str, str]


def listing(root: Path) -> Listing:
    """Return {path: digest} of all below `root`, hardener's own state left out."""
    return {path: digest(root / path.lstrip("/")) for path in sorted(_paths(root))}


def _paths(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        inside = "/" + os.path.relpath(folder, root) if folder != str(root) else ""
        folders[:] = [name for name in folders if f"{inside}/{name}" != STATE]
        yield from (f"{inside}/{name}" for name in [*folders, *files])


def digest(path: Path) -> str:
    """Return the SHA-256 of what a path is."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        content = os.fsencode(path.readlink())
    else:
        content = path.read_bytes() if stat.S_ISREG(found.st_mode) else b""
    names = sorted(os.listxattr(path, follow_symlinks=False))
    xattrs = [(name, os.getxattr(path, name, follow_symlinks=False)) for name in names]
    about = (found.st_mode, found.st_uid, found.st_gid, xattrs)
    return hashlib.sha256(repr(about).encode() + b"\0" + content).hexdigest()


def seal(tree: Listing) -> str:
    """Return one digest of the whole listing."""
    return hashlib.sha256(repr(sorted(tree.items())).encode()).hexdigest()


def differences(before: Listing, after: Listing) -> list[str]:
    """Name every path that came (+), went (-) or changed (~)."""
    return [
        ("~ " if path in before and path in after else "+ " if path in after else "- ") + path
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]
