"""What is mounted where, by /proc/self/mountinfo (proc(5))."""

import re

from hardener.host.typed import NamedTuple


class Mount(NamedTuple):
    """One mount: where, of which type, from what; `device` is major:minor, `root` the part of it."""

    point: str
    type: str
    source: str
    device: str
    options: str
    root: str = "/"


def mounts(system):
    """Return all mounts; one that hides another comes after it."""
    lines = system.read("/proc/self/mountinfo").decode("utf-8", "surrogateescape").splitlines()
    return [parse_line(line) for line in lines]


def parse_line(line):
    head, _, tail = line.partition(" - ")
    first, (type, source, options) = head.split(" "), (tail.split(" ") + ["", ""])[:3]
    words = first[5] + "," + options
    return Mount(decoded(first[4]), type, decoded(source), first[2], words, decoded(first[3]))


def decoded(text):
    """A blank in a path is written as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def of(system, path):
    """Return the Mount that a path (without links) lies on."""
    over = [
        m for m in mounts(system) if path == m.point or path.startswith(m.point.rstrip("/") + "/")
    ]
    longest = max(len(mount.point) for mount in over)
    return [mount for mount in over if len(mount.point) == longest][-1]
