"""What the door to the host writes: every file and folder whole before it has its name, and synced."""

import contextlib
import errno
import hashlib
import os
import posixpath
import re
import stat

from hardener.host.door import layout, opened, paths
from hardener.host.errors import Refused

STAGED = ".hardener-%s~"  # run-parts, cron, sudo and logrotate all pass over such a name
STAGED_NAME = re.compile(r"\A\.hardener-[0-9a-f]{16}~\Z")

CRON, CRONTABS = "/etc/cron.d", "/var/spool/cron/crontabs"
SECOND = 10**9  # nanoseconds


class Writing:
    """The writing half of System."""

    def sync_disk(self, path):
        """Have the whole file system of `path` on its disk: only then can it use again what was freed."""
        with self.at(path) as (folder, _):
            opened.sync_disk(folder)

    @contextlib.contextmanager
    def owing_names(self, path):
        """Within it no folder is synced for the name of `path`, if one is given: `sync_names` does that."""
        self._owing = path
        try:
            yield
        finally:
            self._owing = None

    def sync_names(self):
        """Have on the disk the names that are owed; a folder that can't be synced is owed no more."""
        owed, self._owed, failed = self._owed, {}, None
        for folder, path in owed.values():
            try:
                opened.sync_folder(folder)
            except OSError as error:
                error.filename = path
                failed = failed or error
            os.close(folder)
        if failed:
            raise failed

    def forget_names(self):
        """Owe nothing any more: a run that could not sync its names has said so."""
        for folder, _ in self._owed.values():
            os.close(folder)
        self._owed = {}

    def _sync(self, folder):
        if self._lasting and self._owing:
            info = os.fstat(folder)
            if (info.st_dev, info.st_ino) not in self._owed:
                self._owed[info.st_dev, info.st_ino] = os.dup(folder), self._owing
        elif self._lasting:
            opened.sync_folder(folder)

    def replace(self, path, chunks, mode, uid, gid, xattrs=()):
        """Put a whole regular file in place: staged beside it, synced, renamed, the folder synced."""
        self._watch("replace", path)
        with self.at(path) as (folder, name):
            self._noticed.before(path, folder)
            ahead = self._ahead.pop(path, None)
            chunks = [b"".join(chunks)] if ahead else chunks
            laid = ahead and _lies(ahead, (chunks[0], mode, uid, gid, xattrs), name, folder)
            with _staged(name, folder, laid) as staged:
                if not laid:
                    opened.fill(staged, folder, chunks, mode, uid, gid, xattrs, self._lasting)
                self._watch("rename", path)
                os.rename(staged, name, src_dir_fd=folder, dst_dir_fd=folder)
            self._noticed.after(path, folder)
            self._watch("renamed", path)
            self._sync(folder)

    def lay_ahead(self, files):
        """Stage new files, {path: (bytes, mode, uid, gid, xattrs)}, before `replace` asks for just these.

        All are synced together. None is where others may write: what lies there for a while would be
        theirs to change. What can't be staged is left to `replace`, which says why.
        """
        with contextlib.ExitStack() as ways:
            found = dict(self._beside(files, ways)) if self._lasting else {}
            try:
                made = opened.fill_all(found.values())
            except OSError:
                made = [None] * len(found)
            self._ahead = {path: (files[path], it) for path, it in zip(found, made)}

    def _beside(self, files, ways):
        """Yield (path, arguments of opened.fill) of each; the folders are open as long as `ways` is."""
        for place in sorted({posixpath.dirname(path) for path in files}):
            folder, _ = ways.enter_context(self.at(posixpath.join(place, "-")))
            inside = [path for path in files if posixpath.dirname(path) == place]
            for path in inside if paths.keeper_of(folder) is None else ():
                staged, (data, *dress) = staged_name(posixpath.basename(path)), files[path]
                self._watch("stage", path)
                self._noticed.before(path, folder)
                _discard(staged, folder)
                yield path, (staged, folder, [data], *dress)

    def forget_ahead(self):
        """Remove what was laid ahead and is not asked for after all."""
        while self._ahead:
            self.sweep(self._ahead.popitem()[0])

    def place_all(self, folder, files, mode, uid, gid):
        """Put files, {name: chunks}, in a folder of our own: all are synced before the first has its name."""
        with self.at(folder + "/-") as (fd, _):
            for name in files:
                self._watch("replace", folder + "/" + name)
                _discard(staged_name(name), fd)
            opened.fill_all([(staged_name(n), fd, files[n], mode, uid, gid) for n in files])
            for name in files:
                self._watch("rename", folder + "/" + name)
                os.rename(staged_name(name), name, src_dir_fd=fd, dst_dir_fd=fd)
            self._sync(fd)

    def sweep(self, path):
        """Remove what a killed `replace` of this path may have left beside it."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            with self.at(path) as (folder, name):
                _discard(staged_name(name), folder)

    def sweep_all(self, path):
        """Remove all that killed `replace`s may have left in a folder of our own."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            with self.at(path + "/-") as (folder, _):
                for name in [name for name in self.listdir(path) if STAGED_NAME.match(name)]:
                    _discard(name, folder)

    def mkdir(self, path, mode, uid, gid, xattrs=()):
        """Put an empty folder in place, whole: made beside it, renamed."""
        self._watch("mkdir", path)
        with self.at(path) as (folder, name):
            if _exists(name, folder):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            with _staged(name, folder) as staged:
                opened.make_folder(staged, folder, mode, uid, gid, xattrs, self._lasting)
                os.rename(staged, name, src_dir_fd=folder, dst_dir_fd=folder)
            self._sync(folder)

    def private(self, path):
        """Make a folder of our own (0700), unless it is there."""
        self._watch("mkdir", path)
        with self.at(path) as (folder, name), contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=folder)
            self._sync(folder)

    def clear(self, path):
        """Remove a folder of our own with all that is in it."""
        for name in self.listdir(path):
            inside = path + "/" + name
            (self.clear if stat.S_ISDIR(self.lstat(inside).st_mode) else self.unlink)(inside)
        self.rmdir(path)

    def symlink(self, target, path, uid, gid):
        """Put a link in place, whole, over whatever link or file was there."""
        self._watch("symlink", path)
        with self.at(path) as (folder, name):
            self._noticed.before(path, folder)
            with _staged(name, folder) as staged:
                opened.make_link(target, staged, folder, uid, gid)
                os.rename(staged, name, src_dir_fd=folder, dst_dir_fd=folder)
            self._noticed.after(path, folder)
            self._sync(folder)

    def claim(self, path, word):
        """Make a link to `word`, which is nowhere, as a lock; raises FileExistsError."""
        self._watch("claim", path)
        with self.at(path) as (folder, name):
            os.symlink(word, name, dir_fd=folder)

    def copy(self, source, target):
        """Copy a file, its mode, owner and times too, to a name beside it that is free; not synced."""
        self._watch("copy", target)
        with self.open(source) as file, self.at(target) as (folder, name):
            info = os.fstat(file.fileno())
            chunks = iter(lambda: file.read(1 << 20), b"")
            times = (info.st_atime_ns, info.st_mtime_ns)
            owned = (stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid)
            opened.fill(name, folder, chunks, *owned, times=times, lasting=False)

    def take_place(self, source, target):
        """Give a synced file the name, in the same folder, that another has."""
        self._watch("rename", target)
        with self.at(source) as (folder, name), self.at(target) as (other, new):
            os.rename(name, new, src_dir_fd=folder, dst_dir_fd=other)
            self._sync(folder)

    def settle(self, path):
        """Have on the disk what another program did at a path: the file, the names in a folder, its own."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            with self.at(path) as (folder, name):
                opened.sync(name, folder)
                self._sync(folder)

    def unlink(self, path):
        self._watch("unlink", path)
        with self.at(path) as (folder, name):
            self._noticed.before(path, folder)
            os.unlink(name, dir_fd=folder)
            self._noticed.after(path, folder)
            self._sync(folder)

    def keep_names(self, folder):
        """Have the names in a folder of our own on the disk, as they are now."""
        with self.at(folder + "/-") as (fd, _):
            self._sync(fd)

    def unlink_all(self, folder, names):
        """Remove files in a folder of our own, those that are there; synced once, at the end."""
        with self.at(folder + "/-") as (fd, _):
            for name in names:
                self._watch("unlink", folder + "/" + name)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=fd)
            self._sync(fd)

    def rmdir(self, path):
        self._watch("rmdir", path)
        with self.at(path) as (folder, name):
            os.rmdir(name, dir_fd=folder)
            self._sync(folder)

    def rename(self, source, target):
        """Move within one file system; the target must not exist."""
        self._watch("move", target)
        with self.at(source) as (folder, name), self.at(target) as (other, new):
            self._noticed.before(target, other)
            self._noticed.before(source, folder)
            try:
                opened.rename_to_nothing(name, folder, new, other)
            except FileExistsError:
                raise Refused("%s is there already" % target)
            self._noticed.after(target, other)
            self._noticed.after(source, folder)
            self._sync(other)
            self._sync(folder)

    def append(self, path):
        """Open a private file (0600) for unbuffered appending; made if it is not there."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with self.at(path) as (folder, name):
            fd = os.open(name, flags, 0o600, dir_fd=folder)
            self._sync(folder)
        return os.fdopen(fd, "ab", 0)

    def truncate(self, path, size):
        """Cut a file of our own to `size` bytes, synced."""
        with self._open_to_write(path) as fd:
            os.ftruncate(fd, size)
            os.fsync(fd)

    def poke(self, path, data):
        """Write bytes to a file of the kernel (/proc, /sys) in one call."""
        self._watch("poke", path)
        with self._open_to_write(path) as fd:
            os.write(fd, data)

    def set_attributes(self, path, was, mode, uid, gid, xattrs):
        """Set owner, mode and extended attributes of what is there and still is as it `was`, synced.

        `was` is (type and mode, uid, gid) as of os.stat_result.
        """
        self._watch("attributes", path)
        with self.held(path) as fd:
            info = os.fstat(fd)
            if (info.st_mode, info.st_uid, info.st_gid) != tuple(was):
                raise Refused("%s is not what it was a moment ago" % path)
            with opened.synced(fd, self._lasting):
                opened.dress(fd, mode, uid, gid, xattrs)

    def allocate(self, path, size, mode, uid, gid, written=True):
        """Make a file of `size` bytes without holes or shared extents (swapon(8)), filled with zeros.

        `written=False` reserves the blocks by fallocate(2): at once, where swapon takes such a file.
        """
        self._watch("allocate", path)
        with self.at(path) as (folder, name):
            fd = os.open(
                name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder
            )
            try:
                layout.no_copy_on_write(fd)
                opened.own(fd, uid, gid)
                os.fchmod(fd, mode)
                opened.zeros(fd, size) if written else os.posix_fallocate(fd, 0, size)
                if self._lasting:
                    os.fsync(fd)
            finally:
                os.close(fd)
            self._sync(folder)

    def overwrite_start(self, path, data):
        """Write over the first bytes of a file of our own that nobody uses yet, synced."""
        self._watch("overwrite", path)
        with self._open_to_write(path) as fd:
            os.pwrite(fd, data, 0)
            os.fsync(fd)

    @contextlib.contextmanager
    def _open_to_write(self, path):
        """Give a descriptor of a file that is there; no link is followed."""
        with self.at(path) as (folder, name):
            fd = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            yield fd
        finally:
            os.close(fd)


class Noticed:
    """Gives cron's folders an mtime that they have not had since the first change here.

    Debian's cron(8) looks as a minute begins, and reads what is in them anew when the second of their
    mtime is another. What gets its name in that very second, but after it looked, would have to wait.
    """

    def __init__(self):
        self._latest = {}  # the latest second of each

    def before(self, path, folder):
        """Names beside a path are about to change, in an open folder; even that of what is staged."""
        place = posixpath.dirname(path)
        if place in (CRON, CRONTABS):
            seconds = os.fstat(folder).st_mtime_ns // SECOND
            self._latest[place] = max(seconds, self._latest.get(place, 0))

    def after(self, path, folder):
        """They have changed."""
        place = posixpath.dirname(path)
        if place in self._latest:
            self.before(path, folder)
            self._latest[place] += 1
            with contextlib.suppress(PermissionError):  # then it is noticed as anybody's is
                os.utime(".", (os.fstat(folder).st_atime, self._latest[place]), dir_fd=folder)


def staged_name(name):
    """What a file is called while it is made, beside the place that it will have."""
    return STAGED % hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


def _lies(ahead, wanted, name, folder):
    """Does just what is wanted lie beside its place, as it was laid there?"""
    try:
        info = os.stat(staged_name(name), dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return ahead == (wanted, opened.identity(info))


@contextlib.contextmanager
def _staged(name, folder, laid=False):
    """Yield the name of what is made, or `laid` already, beside `name`; where that fails, nothing is left."""
    staged = staged_name(name)
    if not laid:
        _discard(staged, folder)
    try:
        yield staged
    except BaseException:
        _discard(staged, folder)
        raise


def _exists(name, folder):
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _discard(name, folder):
    with contextlib.suppress(FileNotFoundError):
        try:
            os.unlink(name, dir_fd=folder)
        except IsADirectoryError:
            os.rmdir(name, dir_fd=folder)
