"""Where to die: at every call that changes something, or at some of each sort.

`HARDENER_KILLS=all` (scripts/kill-everywhere) takes every point; else a shortened set, the same on
every run: of each sort (a program, what it does, the place that it is about) the one in the middle.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from faults.killed.calls import Call, parse
from faults.killed.strace import Death, traces
from tree import OUR_STATE

ALL = os.environ.get("HARDENER_KILLS") == "all"
PARTS = 12 if ALL else 1  # so that several processes share the work
Point = TypeVar("Point")
SCRATCH = ("lock", "staging", "reserve")
#: What calls do, by how their names begin.
DOES = {
    "write": ("open", "creat", "write", "pwrite", "ftruncate", "truncate", "fallocate", "copy"),
    "rename": ("rename",),
    "sync": ("fsync", "fdatasync", "sync"),
    "make": ("mkdir", "symlink", "link", "mknod"),
    "remove": ("unlink", "rmdir"),
    "dress": ("chmod", "fchmod", "chown", "fchown", "lchown", "utimens", "ioctl", "setxattr",
              "fsetxattr", "lsetxattr", "removexattr", "fremovexattr", "lremovexattr"),
    "start": ("clone", "fork", "vfork", "execve"),
}  # fmt: skip
BESIDE = re.compile(r"\.hardener-|\.hardener$|\.lock$|-journal$|-wal$|pipe|socket")


def every(folder: Path) -> Iterator[Death]:
    """Yield every death that the traces in `folder` offer; a helper dies alone, and with the engine."""
    for who, file in traces(folder):
        for call in parse(file):
            if call.changes:
                yield Death(who, call)
                if who:
                    yield Death(who, call, together=True)


def of_threads(folder: Path, few: int) -> list[Death]:
    """Return every death of a controller that a trace of its threads offers; in short, `few`."""
    return some([death for death in every(folder) if not death.together], few)


def chosen(folder: Path, few: int) -> list[Death]:
    """Return all of them; in short, one of each sort, and no more than `few`, evenly apart."""
    if ALL:
        return list(every(folder))
    programs = {who: program(parse(file)) for who, file in traces(folder)}
    sorts: dict[object, list[Death]] = {}
    for death in every(folder):
        sorts.setdefault((programs[death.who], *sort(death.call)), []).append(death)
    short = [alike[len(alike) // 2] for alike in sorts.values()]
    pairs = [Death(d.who, d.call, bool(d.who and n % 2)) for n, d in enumerate(short)]
    return some(pairs, few)


def cuts(folder: Path, few: int) -> list[Death]:
    """Return the points at which the power is cut, and all dies at once; in short, a few evenly apart."""
    return some([death for death in every(folder) if not death.who or death.together], few)


def some(points: list[Point], few: int) -> list[Point]:
    """Return all of them; in short, so many, evenly apart and from the ends."""
    number = len(points) if ALL else min(few, len(points))
    return [points[(2 * turn + 1) * len(points) // (2 * number)] for turn in range(number)]


def program(calls: list[Call]) -> str:
    """The name of the program that a process became; that of the engine and its forks is its own."""
    for call in calls:
        if call.name == "execve" and call.done:
            return os.path.basename(call.inside.split('"')[1])
    return "python"


def sort(call: Call) -> tuple[str, str]:
    """What a call does, and the sort of place that it is about; of what is scratch, no more than that."""
    where = place(call)
    does = [name for name, calls in DOES.items() if call.name.startswith(calls)]
    return where if where == "scratch" else (does or [call.name])[0], where


def place(call: Call) -> str:
    """The sort of place that a call is about."""
    paths = call.paths()
    for path in paths:
        if OUR_STATE in path:
            top = path.partition(OUR_STATE)[2].strip("/").partition("/")[0]
            return "scratch" if top in SCRATCH else top if "." not in top else "notes"
    return " ".join(sorted({m.group() for p in paths if (m := BESIDE.search(p))})) or "host"
