"""Processes as /proc shows them (proc(5)); one that ends while it is looked at is left out."""

from hardener.host.typed import NamedTuple

ZOMBIE = "Z"  # has ended; only its parent has not asked how


class Process(NamedTuple):
    """`group` is the pid of who leads its process group; `started` is in ticks since the boot.

    `parent` is 0 where it is outside of what we see.
    """

    pid: int
    name: str
    group: int
    started: int
    parent: int = 0


def numbers(system):
    """Return the pids that there are."""
    return [int(name) for name in system.listdir("/proc") if name.isdigit()]


def running(system, pids=None):
    """Yield a Process for each, or each of these, that has not ended."""
    for pid in numbers(system) if pids is None else pids:
        try:
            process, state = parsed(system.of_process(pid, "stat"))
        except OSError:
            continue
        if state != ZOMBIE:
            yield process


def parsed(stat):
    """Return (Process, state) by /proc/PID/stat, where a name may hold spaces and brackets."""
    head, _, rest = stat.decode("utf-8", "replace").rpartition(")")
    pid, _, name = head.partition(" (")
    fields = rest.split()
    return Process(int(pid), name, int(fields[2]), int(fields[19]), int(fields[1])), fields[0]


def arguments(system, pid):
    """Return its command line as a list; empty for a thread of the kernel, or one that has ended."""
    try:
        text = system.of_process(pid, "cmdline").decode("utf-8", "replace")
    except OSError:
        return []
    return text.rstrip("\0").split("\0") if text else []


def environment(system, pid):
    """Return what it was started with, as sorted pairs; empty where we may not look."""
    try:
        text = system.of_process(pid, "environ").decode("utf-8", "surrogateescape")
    except OSError:
        return ()
    return tuple(sorted(tuple(each.split("=", 1)) for each in text.split("\0") if "=" in each))


def user(system, pid):
    """Return the uid that it runs as; None where it has ended.

    By its status, since the owner of its folder is root where it may not be traced (proc(5)).
    """
    try:
        lines = system.of_process(pid, "status").decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Uid:")), None)


def folder(system, pid):
    """Return its working directory; "" where we may not look, None where it has ended."""
    try:
        return system.readlink("/proc/%d/cwd" % pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    except OSError:
        return ""


def sockets(system, pid):
    """Return the inodes of the sockets that it has open, as text; none where we may not look."""
    found = set()
    try:
        for name in system.listdir("/proc/%d/fd" % pid):
            target = system.readlink("/proc/%d/fd/%s" % (pid, name))
            found |= {target[len("socket:[") : -1]} if target.startswith("socket:[") else set()
    except OSError:
        pass  # it has ended, or is somebody else's
    return found
