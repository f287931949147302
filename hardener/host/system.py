"""The one door to the host: everything that is opened, written or run goes through here.

Paths are absolute as the host sees them; with a `root` they lie below it (an
unbooted tree). Each changing call announces itself to `watch(operation, path)`
first, so that tests can trace it, refuse it, or die there.
"""

import contextlib
import glob as globbing
import os
import socket
import stat
import time

from hardener.host import layout, opened, programs
from hardener.host.apart import Apart
from hardener.host.errors import Refused
from hardener.host.paths import Walk
from hardener.host.writing import Writing


class System(Writing):
    """A host, or an unbooted tree of one."""

    def __init__(self, root="/", watch=None, lasting=True):
        self.root = os.path.abspath(root)
        self._watch = watch or (lambda operation, path: None)
        self._lasting = lasting

    def scratch(self):
        """The same door, for what is of no use after a crash: nothing waits for the disk."""
        return System(self.root, self._watch, lasting=False)

    def below(self, folder):
        """The door to a folder, as if it were a tree of its own."""
        return System(self.real(folder), self._watch, self._lasting)

    def _sync(self, folder):
        if self._lasting:
            opened.sync_folder(folder)

    @property
    def live(self):
        """Is this the running system, not a tree that is not booted?"""
        return self.root == "/"

    @property
    def privileged(self):
        return os.geteuid() == 0

    def real(self, path):
        """The path as this process sees it; only for programs and messages."""
        return path if self.live else self.root.rstrip("/") + "/" + path.lstrip("/")

    @contextlib.contextmanager
    def at(self, path):
        """Yield (descriptor of the folder, name) for `path`."""
        with Walk(self.root) as walk:
            try:
                yield walk.parent(path)
            except OSError as error:
                error.filename = path  # not the name within its folder: this is read by people
                raise

    # reading

    def lstat(self, path):
        """Return os.stat_result of the path itself, or None where there is nothing."""
        try:
            with self.at(path) as (folder, name):
                return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def look(self, path, largest):
        """Return (os.stat_result, extended attributes, bytes, target of a link) by one walk.

        None stands for what is not there; the bytes of a file over `largest` are not read.
        """
        try:
            with self.at(path) as (folder, name):
                info = os.stat(name, dir_fd=folder, follow_symlinks=False)
                return opened.look(name, folder, info, largest)
        except (FileNotFoundError, NotADirectoryError):
            return None, (), None, None

    def open(self, path):
        """Open a regular file for reading bytes."""
        with self.at(path) as (folder, name):
            fd = os.open(
                name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
            )
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Refused("%s is no regular file" % path)
        return os.fdopen(fd, "rb")

    def read(self, path):
        with self.open(path) as file:
            return file.read()

    def layout(self, path):
        """Return how a regular file lies on its disk: layout.Layout."""
        with self.open(path) as file:
            return layout.of(file.fileno())

    def btrfs_devices(self, folder):
        """Return how many devices hold the btrfs that a folder lies on."""
        fd = os.open(self.real(folder), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return layout.btrfs_devices(fd)
        finally:
            os.close(fd)

    def readlink(self, path):
        with self.at(path) as (folder, name):
            return os.readlink(name, dir_fd=folder)

    def listdir(self, path):
        """Return the sorted names in a folder; empty where there is none."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with self.at(path) as (folder, name):
                fd = os.open(name, flags, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        try:
            return sorted(os.listdir(fd))
        finally:
            os.close(fd)

    def glob(self, pattern):
        """Return the sorted paths that match, as the host sees them."""
        prefix = "" if self.live else self.root.rstrip("/")
        found = globbing.glob((globbing.escape(prefix) if prefix else "") + pattern)
        return sorted(path[len(prefix) :] for path in found)

    def xattrs(self, path):
        """Return the extended attributes that a copy must carry, as a sorted tuple of (name, bytes)."""
        with self._inode(path) as inode:
            return opened.read_xattrs(inode)

    @contextlib.contextmanager
    def _inode(self, path):
        with self.at(path) as (folder, name):
            fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            yield "/proc/self/fd/%d" % fd
        finally:
            os.close(fd)

    def disk(self, path):
        """Return the file system that the folder of `path` lies on, and what is left there."""
        with self.at(path) as (folder, _):
            return opened.Disk(os.fstat(folder).st_dev, os.fstatvfs(folder))

    def statvfs(self, path):
        return os.statvfs(self.real(path))

    def may_write(self, folder):
        """May this process make files in a folder?"""
        return os.access(self.real(folder), os.W_OK | os.X_OK)

    # programs, clock

    def which(self, name):
        """Return the path of a program as the host sees it, or None."""
        for folder in programs.ENVIRONMENT["PATH"].split(":"):
            path = name if "/" in name else folder + "/" + name
            if os.access(self.real(path), os.X_OK) and not os.path.isdir(self.real(path)):
                return path
        return None

    def can_run(self, name):
        """Is the program there, and may this process run it (in a tree: chroot, so only root)?"""
        return self.which(name) is not None and (self.live or self.privileged)

    def run(
        self,
        argv,
        stdin=b"",
        env=None,
        timeout=60,
        cwd=None,
        user=None,
        changes=True,
        limit=programs.OUTPUT_LIMIT,
    ):
        """Run a program of the host (in a tree: by chroot) and return programs.Ran.

        `user` is (uid, gid, groups). `changes=False` says that it only looks. Of the
        output the last `limit` bytes are kept.
        """
        if changes:
            self._watch("run", argv[0])
        if not self.live and not self.privileged:
            return programs.Ran(
                127, "", "%s: only root can run programs of an unbooted tree" % argv[0]
            )
        return programs.run(argv, stdin, env, timeout, cwd, user, self.root, limit)

    def apart(self, work, user=None, timeout=None):
        """Run `work(talk, become)` in a child that becomes `user`; see apart.Apart. A context."""
        return Apart(
            work, user if self.privileged else None, self.root if self.privileged else "/", timeout
        )

    def holders(self, path):
        """Return the processes (numbers) that have this file open, as far as this user may see."""
        info, found = os.stat(self.real(path)), set()
        for link in globbing.iglob("/proc/[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                other = os.stat(link)
                if (other.st_dev, other.st_ino) == (info.st_dev, info.st_ino):
                    found.add(int(link.split("/")[2]))
        return sorted(found)

    def signal_group(self, leader, number):
        """Send a signal to all processes of a group; it may have none left."""
        self._watch("signal", str(leader))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, number)

    def dial(self, address, timeout):
        """Connect to unix:///path or http://host:port; `timeout` is in seconds."""
        if not address.startswith("unix://"):
            host, _, port = address[len("http://") :].rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), timeout)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            with self.at(address[len("unix://") :]) as (folder, name):
                # Any length: unix(7) allows 108 bytes, and this way no planted link is followed.
                connection.connect("/proc/self/fd/%d/%s" % (folder, name))
        except BaseException:
            connection.close()
            raise
        return connection

    def notify(self, text):
        """Tell systemd how it stands with this service (sd_notify(3)); nobody listens, nothing is said."""
        address = os.environ.get("NOTIFY_SOCKET")
        if address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
                end.connect("\0" + address[1:] if address.startswith("@") else address)
                end.sendall(text.encode("ascii"))

    def announce(self, operation, path):
        """Tell the watcher of a change that goes by another way (a database, a socket)."""
        self._watch(operation, path)

    def clock(self):
        """Seconds that no clock change moves; they go on while the machine sleeps."""
        return time.clock_gettime(7)  # CLOCK_BOOTTIME, clock_gettime(2)

    def now(self):
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds):
        time.sleep(seconds)
