"""What is on the disk for certain after each call of a trace, and what must be.

A model of fsync(2) at its strictest: what is written to a file, and what is done to its owner,
mode and attributes, is on the disk when that file was synced; a name, when its folder was.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults.killed.calls import OPENED, OPENING, QUOTED, Call, parse
from faults.killed.strace import traces
from tree import OUR_STATE

STATE = "/" + OUR_STATE
#: What is of no use after a crash: who holds the lock, candidates, room.
SCRATCH = (STATE + "/lock", STATE + "/staging/", STATE + "/reserve/", "/dev/")
DATA = ("write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate", "copy_file_range")
ABOUT = ("fchmod", "fchown", "fsetxattr", "fremovexattr")
BY_NAME = ("chmod", "chown", "lchown", "fchmodat", "fchownat", "setxattr", "removexattr")
NAMES = (
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "symlink",
    "symlinkat",
    "link",
    "linkat",
)
SYNCS = ("fsync", "fdatasync")
#: What only has to be there when the next line is: what it says is no promise (Journal.note).
NOTE = re.compile(r'/journal\.jsonl>, "\{\\"is\\": \\"(done|failed|unmade)\\"')
NAMED = re.compile(rf"{OPENED.pattern}|{QUOTED.pattern}")
DESCRIPTOR = re.compile(r"\A/proc/self/fd/(\d+)\Z")


@dataclass
class Disk:
    """What waits for a sync below `root`: files (bytes, attributes) and folders (names)."""

    root: str
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    opened: dict[str, str] = field(default_factory=dict)  # descriptor of the engine → path

    def waits(self, *, ours: bool) -> set[str]:
        """Return what is not on the disk of our own folder, or of all else."""
        every = self.files | {f"the names in {path}" for path in self.folders}
        return {each for each in every if (STATE in each) == ours}

    def paths(self, call: Call) -> list[str]:
        """Every path that a call names, as the host sees it; a name is taken in the folder before it."""
        found: list[str] = []
        for part in NAMED.finditer(call.inside):
            if part[1] is not None:
                found.append(part[1].removesuffix("(deleted)"))
            elif call.name not in DATA:
                known = DESCRIPTOR.match(part[2])
                name = self.opened.get(known[1], "") if known else part[2]
                relative = not os.path.isabs(name) and bool(found)
                found.append(os.path.join(found.pop(), name) if relative else name)
        return [path for path in map(self._below, found) if path]

    def _below(self, path: str) -> str:
        """The path within the root; a helper in it (chroot) names it so, a pipe is nowhere."""
        if path.startswith(self.root):
            return path[len(self.root) :] or "/"
        return path if os.path.isabs(path) else ""

    def see(self, call: Call, paths: list[str]) -> None:
        """Take in one call that was made."""
        if call.name in SYNCS:
            self.files.discard(paths[0])
            self.folders.discard(paths[0])
        elif call.name in DATA + ABOUT + BY_NAME:
            if not (call.name == "write" and NOTE.search(call.inside)):
                self.files.add(paths[-1])
        elif call.name.startswith("rename"):
            self._rename(*paths)
        elif call.name in NAMES or "O_CREAT" in call.inside:
            self._name(paths[-1], gone=call.name.startswith(("unlink", "rmdir")))

    def note(self, call: Call) -> None:
        """Note what the engine has opened: calls name it by /proc/self/fd."""
        if call.name in OPENING and call.done and not call.who:
            fd, _, path = call.result.rstrip(">").partition("<")
            self.opened[fd] = path

    def _name(self, path: str, *, gone: bool) -> None:
        self.folders.add(os.path.dirname(path))
        if gone:
            self.files.discard(path)
            self.folders.discard(path)

    def _rename(self, source: str, target: str) -> None:
        self.folders |= {os.path.dirname(source), os.path.dirname(target)}
        self.files.discard(target)
        if source in self.files:
            self.files.add(target)
        self.files.discard(source)


def check(folder: Path, root: Path) -> tuple[int, list[str]]:
    """Return how many calls the traces in `folder` have, and what comes too early."""
    seen = calls(folder)
    return sum(call.changes for call in seen), list(dict.fromkeys(_early(Disk(str(root)), seen)))


def calls(folder: Path) -> list[Call]:
    """Return the calls of all processes, in the order of time."""
    return sorted((c for _, file in traces(folder) for c in parse(file)), key=lambda c: c.at)


def _early(disk: Disk, calls: list[Call]) -> Iterator[str]:
    for call in calls:
        paths = disk.paths(call)
        disk.note(call)
        if call.changes and call.name != "execve" and paths and not paths[-1].startswith(SCRATCH):
            for each in sorted(too_early(disk, call, paths)):
                yield f"{call.name}({', '.join(paths)}) by {call.who} while {each} is not on the disk"
            disk.see(call, paths)
    for each in sorted(disk.waits(ours=True) | disk.waits(ours=False)):
        yield f"at the end: {each} is not on the disk"


def too_early(disk: Disk, call: Call, paths: list[str]) -> set[str]:
    """Return what a call should have waited for.

    Announced before it is done; our own file whole before it has its name; all of a change on the
    disk before the journal is, which says that it is done.
    """
    if call.name in SYNCS:
        journal = paths[-1].endswith("/journal.jsonl")
        return disk.waits(ours=False) if journal else set()
    waits = set() if STATE in paths[-1] else disk.waits(ours=True)
    if call.name.startswith("rename") and not call.who:
        waits |= disk.files & {paths[0]}
    return waits
