"""Small trees for tests: laid from data, listed whole, compared."""

import hashlib
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

PASSWD = "root:x:0:0:root:/root:/bin/sh\ntrader:x:1000:1000::/home/trader:/bin/sh\n"
GROUP = "root:x:0:\ntrader:x:1000:\n"
OUR_STATE = "var/lib/hardener"


def lay(root: Path, files: dict[str, Any]) -> None:
    """Make the files of a case below `root`; a plain string is the content."""
    everything = {"/etc/passwd": PASSWD, "/etc/group": GROUP, **files}
    for path, given in everything.items():
        spec = {"content": given} if isinstance(given, str) else given
        _make(root / path.lstrip("/"), spec)


def _make(path: Path, spec: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if "link" in spec:
        path.symlink_to(spec["link"])
        return
    if spec.get("directory"):
        path.mkdir(exist_ok=True)
    elif "sqlite" in spec:
        with closing(sqlite3.connect(path)) as db, db:
            db.executescript(spec["sqlite"])
    else:
        path.write_bytes(spec["content"].encode("utf-8", "surrogateescape"))
    path.chmod(int(str(spec.get("mode", "0755" if spec.get("directory") else "0644")), 8))
    if os.geteuid() == 0 and "owner" in spec:
        os.chown(path, spec["owner"], spec.get("group", spec["owner"]))


def listing(
    root: Path, leave_out: tuple[str, ...] = (OUR_STATE,), *, rows: bool = False
) -> dict[str, tuple[Any, ...]]:
    """Return {path: (type, mode, uid, gid, xattrs, link or digest)} of all below `root`.

    With `rows` a SQLite database stands there as statements, not as bytes.
    """
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            if not relative.startswith(leave_out):
                found[relative] = entry(path, rows=rows)
        folders[:] = [
            n for n in folders if os.path.relpath(os.path.join(folder, n), root) not in leave_out
        ]
    for parent in ("var/lib", "var"):
        # The state folder's own parents may have been made for it.
        if parent in found and not any(p.startswith(parent + "/") for p in found):
            del found[parent]
    return found


def entry(path: str, *, rows: bool = False) -> tuple[Any, ...]:
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    xattrs = {} if stat.S_ISLNK(kind) else {n: os.getxattr(path, n) for n in os.listxattr(path)}
    rest: Any = None
    if stat.S_ISLNK(kind):
        rest = os.readlink(path)
    elif stat.S_ISREG(kind):
        data = Path(path).read_bytes()
        rest = hashlib.sha256(data).hexdigest()
        if rows and data.startswith(b"SQLite format 3\0"):
            with closing(sqlite3.connect(path)) as db:
                rest = tuple(sorted(db.iterdump()))
    return (
        kind,
        stat.S_IMODE(info.st_mode),
        info.st_uid,
        info.st_gid,
        tuple(sorted(xattrs.items())),
        rest,
    )
