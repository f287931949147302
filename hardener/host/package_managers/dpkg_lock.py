"""Wait for dpkg's lock, and say who holds it (proc(5), /proc/locks)."""

import os

from hardener.host.door.processes import arguments
from hardener.host.errors import Busy

LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")
PATIENCE = 300  # seconds: an unattended upgrade may take long


def wait(system, patience=PATIENCE):
    """Return when nobody holds the locks; raise Busy with the holder's name after `patience` seconds."""
    end = system.clock() + patience
    while True:
        pid = holder(system)
        if pid is None:
            return
        if system.clock() > end:
            raise Busy(
                "another program has held dpkg's lock for %d seconds" % patience,
                why="process %d: %s" % (pid, " ".join(arguments(system, pid)) or "unknown"),
                hint="wait for it to end, then try again",
            )
        system.sleep(1)


def holder(system):
    """Return the pid of who holds one of the locks, or None."""
    if not system.live:
        return None
    held = {}
    for line in system.read("/proc/locks").decode("ascii", "replace").splitlines():
        fields = line.split()
        if len(fields) > 5 and fields[1] != "->" and fields[5].count(":") == 2:
            held[fields[5]] = int(fields[4])
    for path in LOCKS:
        info = system.lstat(path)
        name = info and "%02x:%02x:%d" % (os.major(info.st_dev), os.minor(info.st_dev), info.st_ino)
        if name in held:
            return held[name]
    return None
