"""Walk a path by folder descriptors, below a root, along no link that an outsider could plant.

Every component is opened relative to the one before it. An absolute link leads
back to the root given, never out of it. A link that belongs to an ordinary user
may lead only to what belongs to the same user (the rule of systemd's
CHASE_SAFE), so nobody can point root's work at somebody else's files.
"""

import errno
import os
import stat

from hardener.host.errors import Refused

LINKS = 40  # as the kernel: path_resolution(7)
FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Walk:
    """One walk below `root`; use as a context manager, it closes what it opened."""

    def __init__(self, root):
        self.root = root
        self.fd = None
        self.owner = None  # of a user's link that was followed: all further folders must be theirs
        self.links = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.fd is not None:
            os.close(self.fd)

    def parent(self, path):
        """Return (descriptor of the folder that holds `path`, last name); the name may not exist."""
        parts = split(path)
        self._enter(None)
        self._descend(parts[:-1])
        return self.fd, parts[-1] if parts else "."

    def _enter(self, fd):
        new = os.open(self.root, FOLDER & ~os.O_NOFOLLOW) if fd is None else fd
        if self.fd is not None:
            os.close(self.fd)
        self.fd = new

    def _descend(self, parts):
        parts = list(reversed(parts))
        trail = []
        while parts:
            name = parts.pop()
            if name == "..":
                trail = trail[:-1]
                self._enter(None)
                parts.extend(reversed(trail))
                trail = []
                continue
            target = self._step(name)
            if target is None:
                trail.append(name)
                continue
            if target.startswith("/"):
                self._enter(None)
                trail = []
            parts.extend(reversed(split(target)))

    def _step(self, name):
        """Go down into `name`, or return the target where it is a link."""
        try:
            fd = os.open(name, FOLDER, dir_fd=self.fd)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            return self._link(name, error)
        if self.owner is not None and os.fstat(fd).st_uid != self.owner:
            os.close(fd)
            raise Refused(
                "a link of user %d leads to what is not theirs" % self.owner,
                where=name,
                hint="name the real path in the playbook",
            )
        self._enter(fd)
        return None

    def _link(self, name, error):
        info = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        if not stat.S_ISLNK(info.st_mode):
            raise error
        self.links += 1
        if self.links > LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
        if info.st_uid not in (0, os.geteuid()):
            self.owner = info.st_uid
        return os.readlink(name, dir_fd=self.fd)


def split(path):
    """Return the names of an absolute or relative path, `.` and empty ones left out."""
    return [part for part in path.split("/") if part not in ("", ".")]
