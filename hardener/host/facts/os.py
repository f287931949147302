"""Which system this is, by os-release(5)."""

import os

FAMILIES = {
    "debian": "debian",
    "ubuntu": "debian",
    "rhel": "redhat",
    "fedora": "redhat",
    "alpine": "alpine",
}


def gather(system):
    release = read(system)
    family = next((FAMILIES[n] for n in names(release) if n in FAMILIES), release.get("ID", ""))
    return {
        "id": release.get("ID", ""),
        "version": release.get("VERSION_ID", ""),
        "codename": release.get("VERSION_CODENAME", ""),
        "name": release.get("PRETTY_NAME", ""),
        "family": family,
        "kernel": os.uname().release,
        "architecture": os.uname().machine,
    }


def names(release):
    return [release.get("ID", "")] + release.get("ID_LIKE", "").split()


def read(system):
    """Return os-release as a dict; empty where there is none."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        if system.lstat(path) is not None:
            lines = _text(system, path).splitlines()
            return {k: v.strip("\"'") for k, _, v in (line.partition("=") for line in lines) if v}
    return {}


def _text(system, path):
    try:
        return system.read(path).decode("utf-8", "replace")
    except OSError:  # a link: /etc/os-release points into /usr/lib
        return system.read("/usr/lib/os-release").decode("utf-8", "replace")
