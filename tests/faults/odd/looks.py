"""All that can be told of the files below a folder: what a rollback must bring back."""

import hashlib
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

OUR_STATE = b"var/lib/hardener"


def look(root: Path) -> dict[bytes, Any]:
    """Return {name: everything} of all below `root`, names as bytes; one entry for each inode tells its names."""
    found, inodes = {}, {}
    for folder, folders, files in os.walk(os.fsencode(root)):
        for name in folders + files:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, os.fsencode(root))
            if not short.startswith((OUR_STATE, b"lost+found")):
                found[short] = told(path)
                inodes.setdefault(os.lstat(path).st_ino, set()).add(short)
    together = {frozenset(names) for names in inodes.values() if len(names) > 1}
    made = {b"var", b"var/lib"}  # for our state
    rest = {name: each for name, each in found.items() if name not in made}
    return {**rest, b"//names of one file": together}


def told(path: bytes) -> tuple[Any, ...]:
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    plain = stat.S_ISREG(kind) or stat.S_ISDIR(kind)
    xattrs = {name: os.getxattr(path, name) for name in os.listxattr(path)} if plain else {}
    return (
        kind,
        stat.S_IMODE(info.st_mode),
        (info.st_uid, info.st_gid),
        tuple(sorted(xattrs.items())),
        flags(path) if plain else "",
        content(path, kind),
        stat.S_ISREG(kind) and info.st_size > 1 << 20 and info.st_blocks * 512 < info.st_size,
    )


def content(path: bytes, kind: int) -> Any:
    if stat.S_ISLNK(kind):
        return os.readlink(path)
    if not stat.S_ISREG(kind):
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flags(path: bytes) -> str:
    """Only those that somebody sets: immutable and append-only."""
    done = subprocess.run(["lsattr", "-d", path], capture_output=True, check=True)
    return "".join(sorted(set(done.stdout.split()[0].decode()) & set("ia")))
