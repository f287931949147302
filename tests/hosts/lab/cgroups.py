"""A branch of the cgroup v2 hierarchy for the hosts, so that one write kills all of a host.

A machine without systemd may have no cgroup mount, or only the old ones; then the hierarchy is
mounted in the session's folder and nowhere else. A mount that exists is bound, not made again:
a second mount without `nsdelegate` would clear that flag for all.
"""

import os
import time
from pathlib import Path

from lab.commands import run


def mount_hierarchy(point: Path) -> None:
    """Make the hierarchy's root visible at this folder."""
    point.mkdir(parents=True, exist_ok=True)
    there = existing()
    if there is not None:
        run(["mount", "--bind", there, point])
    else:
        run(["mount", "-t", "cgroup2", "cgroup2", point])


def existing() -> Path | None:
    """Where the machine has the hierarchy mounted already."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, _ = line.split(maxsplit=3)
        if kind == "cgroup2":
            return Path(point)
    return None


def kill(branch: Path, timeout: float = 20) -> None:
    """Kill every process of the branch at once, as a power cut does; wait until they are gone."""
    if not branch.exists():
        return
    (branch / "cgroup.kill").write_text("1")
    end = time.monotonic() + timeout
    while "populated 1" in (branch / "cgroup.events").read_text():
        if time.monotonic() > end:
            raise TimeoutError(f"processes of {branch} survive SIGKILL")
        time.sleep(0.005)


def remove(branch: Path) -> None:
    """Remove an empty branch; rmdir is how a cgroup goes."""
    for folder, _, _ in os.walk(branch, topdown=False):
        os.rmdir(folder)
