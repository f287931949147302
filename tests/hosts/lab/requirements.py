"""What a machine must have before a host can boot on it."""

import os
import shutil
from pathlib import Path

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
    return reasons


def search_path() -> str:
    """PATH with the sbin folders, which a user's shell often leaves out."""
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
