"""A full listing of a tree, to say that two trees are the same, or how they differ.

Of each path: type, mode, owner, group, extended attributes (ACLs, capabilities and labels are
such), link target, device number, size and SHA-256 of the content. Not the times: every restored
file has new ones, and nobody's program asks for them.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

#: What changes by itself on a host where nobody does anything. A pattern is a regular expression
#: for a whole path; a folder that matches is left out with all that is in it.
VOLATILE = (
    r"/(proc|sys|dev|run|tmp)/.*",  # the kernel's, or emptied at each boot
    r"/var/tmp/systemd-private-.*",  # services with a /tmp of their own
    r"/var/log/.*",  # written all the time
    r"/var/lib/hardener",  # the product's own state: snapshots stay after a rollback
    r"/var/lib/systemd/(random-seed|catalog/.*|coredump/.*|rfkill/.*|backlight/.*)",
    r"/var/lib/systemd/(timers|timesync|linger|ephemeral-trees)/.*",  # timers' stamps, the clock
    r"/var/lib/(private|dbus)/.*",
    r"/var/lib/sudo/lectured",  # sudo notes whom it has lectured
    r"/var/lib/logrotate/.*",  # when each log was rotated last
    r"/var/cache/(ldconfig/aux-cache|man/.*|apparmor/.*)",
    r"/etc/(\.updated|adjtime)|/var/\.updated",  # systemd-update-done(8), hwclock(8)
    r"/root/\.(bash_history|lesshst|sqlite_history)",
    r"/home/[^/]+/\.(bash_history|lesshst|sqlite_history)",
    r".*/__pycache__",  # whoever imports first writes it
)

#: What the programs of the droplet write while they run (see droplet.py).
DROPLET_VOLATILE = (
    r"/home/trader/trading-system/logs/.*\.log(\.\d+)?",
    r"/home/trader/trading-system/backend/data/[^/]*\.json(\.part)?",
)


class Entry(NamedTuple):
    """What one path is."""

    type: str
    mode: str
    uid: int
    gid: int
    xattrs: tuple[tuple[str, str], ...]
    detail: str  # link target, device number, or size and hash


Listing = dict[str, Entry]

TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}


def listing(
    root: Path, *, leave_out: Iterable[str] = (), volatile: Iterable[str] = VOLATILE
) -> Listing:
    """List a tree; keys are paths as the host itself has them, `leave_out` are more patterns.

    Give `volatile=()` for an unbooted tree, where all must stay.
    """
    pattern = re.compile("|".join(f"(?:{part})" for part in (*volatile, *leave_out)) or r"(?!)")
    paths = walk(str(root), "", pattern)
    entries = ((path, entry(str(root) + path)) for path in paths)
    return {path or "/": found for path, found in entries if found}


def walk(root: str, folder: str, left_out: re.Pattern[str]) -> Iterator[str]:
    """All paths of one file system's view, parents first, without what is left out."""
    yield folder
    try:
        children = sorted(os.scandir(root + folder), key=lambda child: child.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for child in children:
        path = f"{folder}/{child.name}"
        if left_out.fullmatch(path):
            continue
        if child.is_dir(follow_symlinks=False):
            yield from walk(root, path, left_out)
        else:
            yield path


def entry(path: str) -> Entry | None:
    """Describe a path; none if it went while the tree was listed."""
    try:
        found = os.lstat(path)
        names = sorted(os.listxattr(path, follow_symlinks=False))
        xattrs = ((name, os.getxattr(path, name, follow_symlinks=False).hex()) for name in names)
        return Entry(
            TYPES[stat.S_IFMT(found.st_mode)],
            f"{stat.S_IMODE(found.st_mode):04o}",
            found.st_uid,
            found.st_gid,
            tuple(xattrs),
            detail(path, found),
        )
    except FileNotFoundError:
        return None


def detail(path: str, found: os.stat_result) -> str:
    """What distinguishes it from others of its type."""
    if stat.S_ISLNK(found.st_mode):
        return os.readlink(path)
    if stat.S_ISREG(found.st_mode):
        return f"{found.st_size} bytes {digest(path, found)}"
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        return f"{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}"
    return ""


#: SHA-256 of files that are as they were when this process began: those of the trees below all hosts.
#: Whatever is done to a file, or to its copy in an overlay, is in its ctime, which nobody can set.
KNOWN: dict[tuple[int, ...], str] = {}
BEGAN = time.time_ns()


def digest(path: str, found: os.stat_result) -> str:
    """SHA-256 of a file's content."""
    which = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if which not in KNOWN:
        with open(path, "rb", buffering=0) as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        if found.st_ctime_ns >= BEGAN:
            return content
        KNOWN[which] = content
    return KNOWN[which]


def difference(before: Listing, after: Listing) -> str:
    """Say line by line what came, went and changed; empty when the trees are the same."""
    lines = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None and new is not None:
            lines.append(f"+ {path}: {describe(new)}")
        elif new is None and old is not None:
            lines.append(f"- {path}: {describe(old)}")
        elif old is not None and new is not None and old != new:
            lines.append(f"~ {path}: {changed(old, new)}")
    return "\n".join(lines)


def describe(what: Entry) -> str:
    """One entry in a few words."""
    return f"{what.type} {what.mode} {what.uid}:{what.gid} {shorten(what.detail)}".rstrip()


def changed(old: Entry, new: Entry) -> str:
    """The fields that differ, each as `name before → after`."""
    pairs = zip(Entry._fields, old, new, strict=True)
    return ", ".join(f"{name} {shorten(a)} → {shorten(b)}" for name, a, b in pairs if a != b)


def shorten(value: object) -> str:
    """A hash's first digits tell enough."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", str(value))
