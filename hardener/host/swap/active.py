"""The swap areas that the kernel uses, by /proc/swaps, and the memory that is left (proc(5))."""

from hardener.host.door.mounts import decoded
from hardener.host.facts.memory import meminfo
from hardener.host.typed import NamedTuple


class Area(NamedTuple):
    """One swap area in use; sizes in bytes."""

    path: str
    size: int
    used: int
    priority: int


def areas(system):
    """Return all areas in use; none in a tree that is not booted."""
    if not system.live or system.lstat("/proc/swaps") is None:
        return []
    lines = system.read("/proc/swaps").decode("utf-8", "surrogateescape").splitlines()[1:]
    return [parse_line(line) for line in lines]


def parse_line(line):
    path, _, size, used, priority = line.rsplit(None, 4)
    return Area(decoded(path), int(size) << 10, int(used) << 10, int(priority))


def find(system, path):
    """Return the Area of a file, known by its inode: names may lead through links; or None."""
    ours = system.lstat(path)
    for area in areas(system) if ours else ():
        info = system.lstat(area.path)
        if info and (info.st_dev, info.st_ino) == (ours.st_dev, ours.st_ino):
            return area
    return None


def room_without(system, area):
    """Return the bytes that memory and the other swap areas could take over from `area`."""
    others = [other for other in areas(system) if other != area]
    # What goes to zram stays in memory, only smaller (admin-guide/blockdev/zram.rst).
    free = sum(o.size - o.used for o in others if not o.path.startswith("/dev/zram"))
    return meminfo(system).get("MemAvailable", 0) + free
