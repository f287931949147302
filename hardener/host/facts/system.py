"""How the host runs: booted or a tree, its init, who we are, virtualisation, Python."""

import os
import sys
import time


def gather(system):
    return {
        "booted": system.live,
        "init": "systemd" if systemd(system) else "",
        "container": container(system),
        "uid": os.geteuid(),
        "date": date(system),
        "python": "%d.%d.%d" % sys.version_info[:3],
    }


def date(system):
    """Today, in UTC: one day for all of a run, that its preview and its apply agree."""
    return time.strftime("%Y-%m-%d", time.gmtime(system.now()))


def systemd(system):
    """Is systemd in charge (sd_booted(3))?"""
    return system.live and system.lstat("/run/systemd/system") is not None


def container(system):
    """The name of the container that this is, by what its manager leaves (systemd's container interface)."""
    if not system.live:
        return ""
    for path in ("/run/systemd/container", "/run/host/container-manager"):
        if system.lstat(path) is not None:
            return system.read(path).decode("ascii", "replace").strip()
    return "docker" if system.lstat("/.dockerenv") is not None else ""
