"""What a machine must have before a host can boot on it."""

import os
import shutil
from pathlib import Path

from lab.commands import search_path
from lab.tree import cache_folder

PROGRAMS = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "git": "git",
}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def missing() -> list[str]:
    """Say what stands in the way, each with its remedy; an empty list means that hosts can boot."""
    reasons = [] if os.geteuid() == 0 else ["not root: mounts and namespaces need it"]
    for program, package in PROGRAMS.items():
        if not shutil.which(program, path=search_path()):
            reasons.append(f"{program} is not installed: scripts/ci-install (package {package})")
    if not KEYRING.exists():
        reasons.append(f"{KEYRING} is missing: scripts/ci-install (debian-archive-keyring)")
    if not shutil.which("modprobe") and "overlay" not in Path("/proc/filesystems").read_text():
        reasons.append("the kernel has no overlay file system")
    if on_overlay(cache_folder()):
        reasons.append(f"{cache_folder()} lies on an overlay: set HARDENER_TEST_CACHE to a disk's")
    return reasons


def on_overlay(folder: Path) -> bool:
    """Whether its file system is an overlay, as in a container; one cannot lie on another."""
    while not folder.exists():
        folder = folder.parent
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return any(mount[2] == number and "overlay" in mount for mount in mounts)
