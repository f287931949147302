"""Which processes use what lies below a mount point: by /proc (proc(5)), as far as we may see."""

import contextlib
import posixpath

from hardener.host.door import mounts, processes
from hardener.host.typed import NamedTuple

SET_ID = 0o6000  # set-user-ID and set-group-ID


class User(NamedTuple):
    """A process, its name, and one path below the mount point that it uses."""

    pid: int
    name: str
    path: str

    def __str__(self):
        return "%s (process %d) uses %s" % (self.name, self.pid, self.path)


def users(system, point):
    """Those who keep it from being unmounted: folders they stand in, programs, open files."""
    return _found(system, point, _all_paths)


def against(system, point, flag):
    """Those who run by what a flag such as `noexec` would forbid."""
    return _found(system, point, NEEDED[flag])


def _found(system, point, paths):
    found, there = [], mounts.mounts(system)
    for pid in sorted(int(name) for name in system.listdir("/proc") if name.isdigit()):
        with contextlib.suppress(OSError):
            mine = [path for path in paths(system, pid) if _lies_on(there, path, point)]
            if mine:
                name = system.read("/proc/%d/comm" % pid).decode("utf-8", "replace").strip()
                found.append(User(pid, name, max(mine, key=len)))
    return found


def _lies_on(there, path, point):
    """Does it lie on this very mount, and not on another below it?"""
    if not _below(path, point):  # nearly all: a machine has a million pairs of a path and a mount
        return False
    points = [m.point for m in there if _below(path, m.point)]
    return max(points, key=len, default="") == point


def _below(path, point):
    return (path + "/").startswith(point.rstrip("/") + "/")


def _all_paths(system, pid):
    process = "/proc/%d/" % pid
    return _read(system, [process + name for name in ("cwd", "root", "exe")]) + (
        _opened(system, pid) + _mapped(system, pid, "")
    )


def _opened(system, pid):
    folder = "/proc/%d/fd" % pid
    return _read(system, [posixpath.join(folder, name) for name in system.listdir(folder)])


def _mapped(system, pid, which):
    """Paths that are mapped into its memory, with `x` those that run."""
    text = system.read("/proc/%d/maps" % pid).decode("utf-8", "surrogateescape")
    lines = [line.split(None, 5) for line in text.splitlines()]
    return [words[5] for words in lines if len(words) > 5 and which in words[1]]


def _started(system, pid):
    """Programs and libraries; a script is what its interpreter was given (execve(2))."""
    scripts = [word for word in processes.arguments(system, pid)[1:2] if word.startswith("/")]
    return _mapped(system, pid, "x") + [path for path in scripts if _mode(system, path) & 0o111]


def _gaining(system, pid):
    """Its program, where that runs as its owner or group."""
    programs = _read(system, ["/proc/%d/exe" % pid])
    return [path for path in programs if _mode(system, path) & SET_ID]


def _devices(system, pid):
    return [path for path in _opened(system, pid) if _is_device(_mode(system, path))]


def _is_device(mode):
    return mode & 0o170000 in (0o020000, 0o060000)  # inode(7): a character or a block device


def _mode(system, path):
    info = system.lstat(path) if path.startswith("/") else None
    return info.st_mode if info else 0


NEEDED = {"noexec": _started, "nosuid": _gaining, "nodev": _devices}


def _read(system, links):
    found = []
    for link in links:
        with contextlib.suppress(OSError):
            found.append(system.readlink(link))
    return found
