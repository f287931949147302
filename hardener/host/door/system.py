"""The one door to the host: everything that is opened, written or run goes through here.

Paths are absolute as the host sees them; with a `root` they lie below it (an
unbooted tree). Each changing call announces itself to `watch(operation, path)`
first, so that tests can trace it, refuse it, or die there.
"""

import contextlib
import errno
import os
import stat
import struct
import time

from hardener.host.door import glob, layout, opened, programs
from hardener.host.door.paths import Walk
from hardener.host.door.writing import Noticed, Writing
from hardener.host.errors import Refused, Unseen


class System(Writing):
    """A host, or an unbooted tree of one."""

    def __init__(self, root="/", watch=None, lasting=True):
        self.root = os.path.abspath(root)
        self._watch = watch or (lambda operation, path: None)
        self._lasting = lasting
        self._owing = None
        self._ahead = {}  # path → (what is to be there, identity of the file that lies beside it as that)
        self._noticed = Noticed()
        self._owed = {}  # (device, inode) → (folder whose names are not on the disk yet, path in it)
        self.writes = True  # may anything be written by this door?

    def scratch(self):
        """The same door, for what is of no use after a crash: nothing waits for the disk."""
        return System(self.root, self._watch, lasting=False)

    def looking(self):
        """The same door, for one who only looks: whatever would write is Unseen."""
        door = System(self.root, write_nothing)
        door.writes = False
        return door

    def below(self, folder):
        """The door to a folder, as if it were a tree of its own."""
        return System(self.real(folder), self._watch, self._lasting)

    @property
    def live(self):
        """Is this the running system, not a tree that is not booted?"""
        return self.root == "/"

    @property
    def pid(self):
        return os.getpid()

    @property
    def privileged(self):
        return os.geteuid() == 0

    def may_be(self, uid):
        """May this process run a program as that user?"""
        return os.geteuid() in (0, uid)

    def may_replace(self, path):
        """May this process give the name to another file (path_resolution(7))? Yes if no folder is there."""
        try:
            with self.at(path) as (folder, name):
                return opened.may_replace(name, folder)
        except (FileNotFoundError, NotADirectoryError):
            return True

    def real(self, path):
        """The path as this process sees it; only for programs and messages."""
        return path if self.live else self.root.rstrip("/") + "/" + path.lstrip("/")

    @contextlib.contextmanager
    def at(self, path, follow=False):
        """Yield (descriptor of the folder, name) for `path`, or with `follow` for what it leads to."""
        with Walk(self.root) as walk:
            try:
                yield walk.target(path) if follow else walk.parent(path)
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

    def stat(self, path):
        """Return os.stat_result of the path itself, which must be there and opened.hold be sure of."""
        with self.held(path) as fd:
            return os.fstat(fd)

    def ties(self, path):
        """Return what ties this name to its file (opened.Ties), or None where there is nothing."""
        try:
            with self.at(path) as (folder, name):
                return opened.ties(name, folder)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def keepers(self, path):
        """Return the users who could put something else at this path: paths.Walk.keepers."""
        try:
            with Walk(self.root) as walk:
                walk.parent(path)
                return walk.keepers()
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def look(self, path, largest):
        """Return (os.stat_result, extended attributes, bytes, target of a link) by one walk.

        None stands for what is not there; the bytes of a file over `largest` are not read.
        """
        try:
            with self.at(path) as (folder, name):
                return opened.look(name, folder, largest)
        except (FileNotFoundError, NotADirectoryError):
            return None, (), None, None

    def open(self, path):
        """Open a regular file for reading bytes."""
        with self.held(path) as fd:
            mode = os.fstat(fd).st_mode
            if stat.S_ISLNK(mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if not stat.S_ISREG(mode):
                raise Refused("%s is no regular file" % path)
            return os.fdopen(opened.again(fd, os.O_RDONLY), "rb")

    def read(self, path):
        with self.open(path) as file:
            return file.read()

    def of_process(self, pid, name):
        """Read a file of /proc/PID. Nobody can plant a link on this way: it is no disk's."""
        with open(self.real("/proc/%d/%s" % (pid, name)), "rb", 0) as file:
            return file.read()

    def has_process(self, pid):
        """Is there a process of this number, even one that /proc does not show us (kill(2))?"""
        with contextlib.suppress(PermissionError):
            try:
                os.kill(pid, 0)
            except (ProcessLookupError, OverflowError):
                return False
        return True

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

    def listdir(self, path, follow=False):
        """Return the sorted names in a folder; empty where there is none."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with self.at(path, follow) as (folder, name):
                fd = os.open(name, flags, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        try:
            return sorted(os.listdir(fd))
        finally:
            os.close(fd)

    def tree(self, path):
        """Yield (path, os.stat_result) of a folder and all below it by opened.tree, if it is there."""
        info = self.lstat(path)
        if info is None or not stat.S_ISDIR(info.st_mode):
            return
        yield path, info
        with self.at(path) as (folder, name):
            yield from opened.tree(name, folder, path.rstrip("/"))

    def sizes(self, path):
        """Return {name: bytes} of the regular files in a folder of our own; empty where there is none."""
        found = {}
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            with self.at(path + "/-") as (folder, _):
                for name in self.listdir(path):
                    with contextlib.suppress(FileNotFoundError):
                        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
                        if stat.S_ISREG(info.st_mode):
                            found[name] = info.st_size
        return found

    def glob(self, pattern):
        """Return the sorted paths that match (glob(7)), as the host sees them."""
        return glob.find(
            pattern,
            lambda folder: self.listdir(folder, follow=True),
            lambda path: self.lstat(path) is not None,
        )

    def xattrs(self, path):
        """Return the extended attributes that a copy must carry, as a sorted tuple of (name, bytes)."""
        with self.held(path) as fd:
            return opened.read_xattrs(opened.inode(fd))

    @contextlib.contextmanager
    def held(self, path, follow=False):
        """Yield a descriptor (O_PATH) that opened.hold is sure of."""
        with self.at(path, follow) as (folder, name):
            fd = opened.hold(name, folder)
        try:
            yield fd
        finally:
            os.close(fd)

    def disk(self, path):
        """Return the file system that the folder of `path` lies on, and what is left there."""
        with self.at(path) as (folder, _):
            return opened.Disk(os.fstat(folder).st_dev, os.fstatvfs(folder))

    def statvfs(self, path):
        with self.held(path, follow=True) as fd:
            return os.fstatvfs(fd)

    def may_write(self, folder):
        """May this process make files in a folder?"""
        return os.access(self.real(folder), os.W_OK | os.X_OK)

    # programs, clock

    def which(self, name):
        """Return the path of a program as the host sees it, or None."""
        for folder in programs.ENVIRONMENT["PATH"].split(":"):
            path = name if "/" in name else folder + "/" + name
            if self._is_program(path):
                return path
        return None

    def _is_program(self, path):
        try:
            with self.at(path, follow=True) as (folder, name):
                regular = stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
                return regular and os.access(name, os.X_OK, dir_fd=folder)
        except (OSError, Refused):
            return False

    @property
    def may_run(self):
        """May this process run programs of this host at all (in a tree: chroot, so only root)?"""
        return self.live or self.privileged

    def can_run(self, name):
        """Is the program there, and may this process run it?"""
        return self.which(name) is not None and self.may_run

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
        idle=None,
    ):
        """Run a program of the host (in a tree: by chroot) and return programs.Ran.

        `user` is (uid, gid, groups). `changes=False` says that it only looks. Of the
        output the last `limit` bytes are kept; `idle` as for programs.run.
        """
        if changes:
            self._watch("run", argv[0])
        if not self.may_run:
            return programs.Ran(
                127, "", "%s: only root can run programs of an unbooted tree" % argv[0]
            )
        return programs.run(argv, stdin, env, timeout, cwd, user, self.root, limit, idle)

    def apart(self, work, user=None):
        """Run `work(talk, become)` in a child that becomes `user`; see apart.Apart. A context."""
        from hardener.host.door.apart import Apart

        return Apart(work, user if self.privileged else None, self.root if self.privileged else "/")

    def holders(self, path):
        """Return the processes (numbers) that have this file open, as far as this user may see."""
        info = self.lstat(path)
        wanted = info and (info.st_dev, info.st_ino)
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return sorted(pid for pid in pids if wanted in programs.open_files(pid))

    def renice(self, thread, value):
        """Set the nice value of one thread (setpriority(2))."""
        self._watch("renice", str(thread))
        os.setpriority(os.PRIO_PROCESS, thread, value)

    def limit_process(self, pid, number, soft, hard):
        """Set one limit of a running process (prlimit(2)); -1 is none."""
        import resource

        self._watch("limit", str(pid))
        resource.prlimit(pid, number, (soft, hard))

    def signal(self, pid, number):
        """Send a signal to one process (kill(2)); raises ProcessLookupError where it has ended."""
        self._watch("signal", str(pid))
        os.kill(pid, number)

    def signal_group(self, leader, number, user):
        """Send a signal to all processes of a group that this user (a uid) may end; it may have none."""
        self._watch("signal", str(leader))
        kill = ["/bin/sh", "-c", 'kill -"$0" -"$1"', str(number), str(leader)]
        programs.run(kill, timeout=10, identity=(user, user, ()), root=self.root)

    def listener(self, connection):
        """Return the uid of who listens at the other end; None where it is no socket of this host."""
        import socket

        sizes = struct.Struct("3i")  # pid, uid, gid: SO_PEERCRED, unix(7)
        said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, sizes.size)
        pid, uid, _ = sizes.unpack(said)
        return uid if pid else None

    def dial(self, address, timeout):
        """Connect to unix:///path or http://host:port; `timeout` is in seconds."""
        import socket

        if not address.startswith("unix://"):
            host, _, port = address[len("http://") :].rpartition(":")
            return socket.create_connection((as_bytes(host.strip("[]")), int(port)), timeout)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            with self.held(address[len("unix://") :]) as fd:
                # Any length: unix(7) allows 108 bytes, and this way no planted link is followed.
                connection.connect(opened.inode(fd))
        except BaseException:
            connection.close()
            raise
        return connection

    def notify(self, text):
        """Tell systemd how it stands with this service (sd_notify(3)); nobody listens, nothing is said."""
        address = os.environ.get("NOTIFY_SOCKET")
        if address:
            import socket

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


def write_nothing(operation, path):
    """What watches the door of one who only looks."""
    raise Unseen("it can't be told without writing on the host", why="%s %s" % (operation, path))


def as_bytes(host):
    """A name as getaddrinfo(3) takes it: of a text Python would load all that idna asks for."""
    return host.encode("ascii" if all(ord(sign) < 128 for sign in host) else "idna")
