"""Walk a path by folder descriptors, below a root, along no link that an outsider could plant.

Every component is opened relative to the one before it. An absolute link leads
back to the root given, never out of it. A link that an ordinary user could have
put there may lead only into a folder of the same user (stricter than the
kernel's fs.protected_symlinks, like CHASE_SAFE of systemd), so nobody can point
root's work at somebody else's files.
"""

import errno
import os
import stat

from hardener.host.errors import Refused

LINKS = 40  # as the kernel: path_resolution(7)
THING = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
FOLDER = THING | os.O_DIRECTORY
ANYBODY = -1


def keeper(uid, gid, mode):
    """Return whose a folder is who may put names into it: a user's number, ANYBODY, or None: root and we.

    An access list (acl(5)) that lets others write shows in the bits of the group.
    """
    if not ours(uid):
        return uid
    shared = mode & 0o002 or (mode & 0o020 and gid not in (0, os.getegid()))
    return ANYBODY if shared else None


def keeper_of(folder):
    """The same for the descriptor of a folder."""
    info = os.fstat(folder)
    return keeper(info.st_uid, info.st_gid, info.st_mode)


def ours(uid):
    return uid in (0, os.geteuid())


class Links:
    """What the links on one way allow: after one of an ordinary user, the way must end at that user's."""

    def __init__(self, path):
        self.path = path
        self.count = 0
        self.user = None  # whose folder it must be where the way ends

    def follow(self, name, uid, keeper):
        """Go along a link of `uid` in a folder with that keeper; raises where it is not to be trusted."""
        self.count += 1
        if self.count > LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self.path)
        for planter in (None if ours(uid) else uid, keeper):
            if planter is None:
                continue
            if planter == ANYBODY or self.user not in (None, planter):
                raise self._refused("more than one user may have put the link %s there" % name)
            self.user = planter

    def arrive(self, uid):
        """The way ends in a folder of `uid`."""
        if self.user not in (None, uid):
            raise self._refused(
                "a link of user %d leads into a folder that is not theirs" % self.user
            )

    def _refused(self, why):
        return Refused(
            "a link on the way is not followed",
            where=self.path,
            why=why,
            hint="name the real path in the playbook",
        )


class Walk:
    """One walk below `root`; use as a context manager, it closes what it opened."""

    def __init__(self, root):
        self.root = root
        self.trail = []  # descriptors of the folders from the root to here: `..` goes back along it

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._back_to(0)

    @property
    def fd(self):
        return self.trail[-1]

    def parent(self, path):
        """Return (descriptor of the folder that holds `path`, last name); the name may not exist."""
        self.links = Links(path)
        self._start()
        return self._last(split(path))

    def target(self, path):
        """The same for what `path` leads to: the last name's links are followed too."""
        folder, name = self.parent(path)
        while stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            folder, name = self._last(self._along(name))
        return folder, name

    def keepers(self):
        """Return the users (or ANYBODY) who could put something else where the way has led."""
        found = set() if self.links.user is None else {self.links.user}
        for fd in self.trail:
            info = os.fstat(fd)
            whose = keeper(info.st_uid, info.st_gid, info.st_mode)
            if whose == ANYBODY and info.st_mode & stat.S_ISVTX and fd != self.fd:
                continue  # there, only the owner of the next folder can rename that
            found.add(whose)
        return found - {None}

    def _last(self, parts):
        """Go down to the folder of the last name."""
        if parts[-1:] == [".."]:
            parts = parts + ["."]
        self._descend(parts[:-1])
        self.links.arrive(os.fstat(self.fd).st_uid)
        return self.fd, parts[-1] if parts else "."

    def _start(self):
        self._back_to(0)
        self.trail.append(os.open(self.root, FOLDER & ~os.O_NOFOLLOW))

    def _back_to(self, length):
        while len(self.trail) > length:
            os.close(self.trail.pop())

    def _descend(self, parts):
        parts = list(reversed(parts))
        while parts:
            name = parts.pop()
            if name == "..":
                self._back_to(max(len(self.trail) - 1, 1))
            elif not self._enter(name):
                parts.extend(reversed(self._along(name)))

    def _enter(self, name):
        """Go down into a folder; False where it is a link."""
        try:
            self.trail.append(os.open(name, FOLDER, dir_fd=self.fd))
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            if not stat.S_ISLNK(os.stat(name, dir_fd=self.fd, follow_symlinks=False).st_mode):
                raise
            return False
        return True

    def _along(self, name):
        """Return the names that a link in the present folder leads along; an absolute one starts again."""
        link = os.open(name, THING, dir_fd=self.fd)
        try:
            info = os.fstat(link)
            if not stat.S_ISLNK(info.st_mode):
                raise Refused("it became something else on the way", where=self.links.path)
            self.links.follow(name, info.st_uid, keeper_of(self.fd))
            target = os.readlink("", dir_fd=link)
        finally:
            os.close(link)
        if target.startswith("/"):
            self._start()
        return split(target)


def real(path, look):
    """Return `path` with its links followed, by the same rule, on a host that `look(path)` shows.

    What `look` returns has type, uid, gid, mode and (of a link) target.
    """
    links, parts, done = Links(path), list(reversed(split(path))), []
    while parts:
        name = parts.pop()
        if name == "..":
            done = done[:-1]
            continue
        here = look(joined(done + [name]))
        if here.type != "link":
            done.append(name)
            continue
        folder = look(joined(done))
        links.follow(name, here.uid, keeper(folder.uid, folder.gid, folder.mode))
        done = [] if here.target.startswith("/") else done
        parts.extend(reversed(split(here.target)))
    if links.user is not None:
        links.arrive(look(joined(done[:-1])).uid)
    return joined(done)


def joined(names):
    return "/" + "/".join(names)


def split(path):
    """Return the names of an absolute or relative path, `.` and empty ones left out."""
    return [part for part in path.split("/") if part not in ("", ".")]


def below(path, folder):
    """Is `path` the folder, or in it? By the words alone: links are not looked at."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def along(path, source, target):
    """Where `path` lies once `source` has become `target`."""
    return target + path[len(source) :] if below(path, source) else path
