"""What the door does to a file that it has open: bytes, owner, extended attributes."""

import contextlib
import errno
import os
import stat

from hardener.host.door import layout, paths
from hardener.host.door.content import Hole, Lying
from hardener.host.errors import Refused
from hardener.host.typed import Any, NamedTuple


class Disk(NamedTuple):
    """A file system: its device number, and os.statvfs_result as of now."""

    device: int
    now: Any


class Ties(NamedTuple):
    """What ties a name to the file that it stands for; `chattr` names the flags that forbid it to change."""

    names: int
    mounted: bool
    chattr: str


TRIES = 100
FRESH = stat.S_ISVTX  # the mode that a new folder of ours has at first, and hardly any other has
LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
DEEPEST = 200  # levels of folders that tree() goes down
SYNCED = (stat.S_IFREG, stat.S_IFDIR)
WATCHED_XATTRS = ("user.", "security.", "trusted.", "system.posix_acl_")
# Worked out anew by the kernel from what the file holds (Documentation/ABI/testing/ima_policy).
RECKONED = ("security.ima", "security.evm")
# Given to every file by the kernel's policy: never taken away, put back where it lets us.
LABELS = ("security.selinux", "security.SMACK64")


def fill(name, folder, chunks, mode, uid, gid, xattrs=(), lasting=True, times=None):
    """Make a new file, whole and (if `lasting`) synced, that never shows more than its mode allows."""
    fd = os.open(
        name,
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
        0o600,
        dir_fd=folder,
    )
    with os.fdopen(fd, "wb") as file:
        if not _shared(fd, chunks):
            pour(file, chunks)
        own(fd, uid, gid)
        os.fchmod(fd, mode)
        set_xattrs(inode(fd), xattrs)
        if times:
            os.utime(fd, ns=times)
        if lasting:
            os.fsync(fd)


def fill_all(files):
    """Make new files, each the arguments of `fill`, whole and synced: together, so that one waits for all.

    Whoever asks for a sync file by file lets the disk see each of them before the next one. Returns what
    `identity` says of each.
    """
    with contextlib.ExitStack() as stack:
        held = []
        for name, folder, *rest in files:
            fill(name, folder, *rest, lasting=False)
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            stack.callback(os.close, fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)  # begins to write, waits for nothing
            held.append(fd)
        for fd in held:
            os.fsync(fd)
        return [identity(os.fstat(fd)) for fd in held]


def identity(info):
    """What is another once somebody has put another file there, or has changed this one."""
    return info.st_dev, info.st_ino, info.st_ctime_ns


def pour(file, chunks):
    """Write the chunks from where the file stands; where nothing lay, nothing lies."""
    for chunk in chunks:
        file.seek(len(chunk), os.SEEK_CUR) if isinstance(chunk, Hole) else file.write(chunk)
    file.truncate()


def _shared(fd, chunks):
    """Let the new file share the blocks that the chunks lie in, where that can be: no time, no room."""
    if not isinstance(chunks, Lying):
        return False
    with chunks.open_file() as source:
        return layout.share(source.fileno(), fd)


def hold(name, folder):
    """Return a descriptor (O_PATH) of what is called `name`: no link is followed, no fifo or device woken.

    In a folder that others may write, a file of somebody else's that has a second name
    is refused: a hard link needs no right to the file (fs.protected_hardlinks may be off).
    """
    for _ in range(TRIES):
        fd = os.open(name, paths.THING, dir_fd=folder)
        try:
            if _is_still(fd, name, folder):
                return fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
    raise Refused("it changes all the time", where=name)


def _is_still(fd, name, folder):
    """Is that its name, now that it is open? Only so is its number of names one that can be trusted."""
    keeper = paths.keeper_of(folder)
    if keeper is None:
        return True
    info, now = os.fstat(fd), _named(name, folder)
    if now is None or (now.st_dev, now.st_ino) != (info.st_dev, info.st_ino):
        return False
    if now.st_nlink > 1 and not stat.S_ISDIR(now.st_mode) and now.st_uid != keeper:
        raise Refused(
            "it has another name elsewhere, and belongs to user %d" % now.st_uid,
            where=name,
            why="whoever may write to its folder may have put the link there",
            hint="remove it, or copy it to a file of its own",
        )
    return True


def _named(name, folder):
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def inode(fd):
    """A path to what a descriptor stands for, even to a link itself."""
    return "/proc/self/fd/%d" % fd


def again(fd, flags):
    """Open what is held once more, to read or write it; with O_NONBLOCK, so that nothing waits."""
    return os.open(inode(fd), flags | os.O_NONBLOCK | os.O_CLOEXEC)


def look(name, folder, largest):
    """Return (os.stat_result, extended attributes, bytes, target of a link) of what is called `name`."""
    fd = hold(name, folder)
    try:
        info = os.fstat(fd)
        if stat.S_ISLNK(info.st_mode):
            return info, (), None, os.readlink("", dir_fd=fd)
        if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
            return info, (), None, None
        read = stat.S_ISREG(info.st_mode) and info.st_size <= largest
        return info, read_xattrs(inode(fd)), _bytes(fd) if read else None, None
    finally:
        os.close(fd)


def _bytes(fd):
    with os.fdopen(again(fd, os.O_RDONLY), "rb", 0) as file:
        return file.read()


def make_folder(name, folder, mode, uid, gid, xattrs, lasting=True):
    """Make a folder; sure that no other was put in its place before it gets its owner."""
    os.mkdir(name, FRESH, dir_fd=folder)
    fd = hold(name, folder)
    try:
        info = os.fstat(fd)
        fresh = (stat.S_IFDIR | FRESH, os.geteuid())
        found = (info.st_mode & ~stat.S_ISGID, info.st_uid)
        if paths.keeper_of(folder) is not None and found != fresh:
            raise Refused("it was taken away while it was made", where=name)
        dress(fd, mode, uid, gid, xattrs)
        if lasting:
            sync_folder(fd)
    finally:
        os.close(fd)


def make_link(target, name, folder, uid, gid):
    """Make a link; sure that it is still the one before it gets its owner."""
    os.symlink(target, name, dir_fd=folder)
    fd = hold(name, folder)
    try:
        info = os.fstat(fd)
        if not stat.S_ISLNK(info.st_mode) or os.readlink("", dir_fd=fd) != target:
            raise Refused("it was taken away while it was made", where=name)
        if (info.st_uid, info.st_gid) != (uid, gid):
            os.chown(inode(fd), uid, gid)
    finally:
        os.close(fd)


def dress(fd, mode, uid, gid, xattrs):
    """Give what is held its owner, attributes and mode: last, as chown(2) takes set-user-ID bits away."""
    info = os.fstat(fd)
    if (info.st_uid, info.st_gid) != (uid, gid):
        os.chown(inode(fd), uid, gid)
    set_xattrs(inode(fd), xattrs)
    os.chmod(inode(fd), mode)


def rename_to_nothing(name, folder, new, other):
    """Rename; raise FileExistsError where something is, even if it came this moment (RENAME_NOREPLACE)."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        names = os.fsencode(name), os.fsencode(new)
        if not libc.renameat2(folder, names[0], other, names[1], 1):
            return
        if ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), new)
    # An old kernel, C library or file system: renameat2(2)
    if _named(new, other) is not None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(name, new, src_dir_fd=folder, dst_dir_fd=other)


def own(fd, uid, gid):
    info = os.fstat(fd)
    if (info.st_uid, info.st_gid) != (uid, gid):
        os.fchown(fd, uid, gid)


def ties(name, folder):
    """Return the Ties of what is called `name`."""
    fd = hold(name, folder)
    try:
        info = os.fstat(fd)
        plain = stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)
        names = info.st_nlink if stat.S_ISREG(info.st_mode) else 1
        return Ties(names, _mount(fd) != _mount(folder), _chattr(fd) if plain else "")
    finally:
        os.close(fd)


def may_replace(name, folder):
    """Do the modes of a folder let us give a name in it to another file? In a sticky one its owners may."""
    if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True):
        return False
    info = os.fstat(folder)
    if not info.st_mode & stat.S_ISVTX:
        return True
    try:
        owner = os.stat(name, dir_fd=folder, follow_symlinks=False).st_uid
    except FileNotFoundError:
        return True
    return os.geteuid() in (0, info.st_uid, owner)


def _mount(fd):
    """The number of the mount that a descriptor lies on (proc(5)): the same file may be bound elsewhere."""
    with open("/proc/self/fdinfo/%d" % fd) as file:
        return [line for line in file if line.startswith("mnt_id:")]


def _chattr(fd):
    try:
        file = again(fd, os.O_RDONLY)
    except OSError:
        return ""  # not ours to read: what forbids a change will say so itself
    try:
        return layout.fixed(file)
    finally:
        os.close(file)


def read_xattrs(inode):
    """Return (name, value) of those that are kept; none where the file system has none."""
    try:
        names = [n for n in os.listxattr(inode) if n.startswith(WATCHED_XATTRS)]
        return tuple(sorted((n, os.getxattr(inode, n)) for n in names if n not in RECKONED))
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENOENT):
            return ()
        raise


def parted(xattrs):
    """Return (what people set, what the kernel's policy gives)."""
    labels = tuple(pair for pair in xattrs if pair[0].startswith(LABELS))
    return tuple(pair for pair in xattrs if pair not in labels), labels


def set_xattrs(inode, wanted):
    """Leave just the wanted ones, and labels; nothing is written where they are there already."""
    there = dict(read_xattrs(inode))
    plain, labels = map(dict, parted(wanted))
    for name in sorted(set(dict(parted(there.items())[0])) - set(plain)):
        os.removexattr(inode, name)
    for name in sorted(plain):
        if there.get(name) != plain[name]:
            os.setxattr(inode, name, plain[name])
    for name in sorted(labels):
        if there.get(name) != labels[name]:
            with contextlib.suppress(OSError):  # no such policy any more, or not ours to say
                os.setxattr(inode, name, labels[name])


def zeros(fd, size):
    """Write them: swapon refuses what fallocate(2) leaves on some file systems (swapon(8))."""
    block = bytes(1 << 20)
    while size > 0:
        size -= os.write(fd, block[:size] if size < len(block) else block)


@contextlib.contextmanager
def synced(held, lasting=True):
    """Sync in the end what is done to a file or folder that is held, even if it is unreadable then."""
    fd = _readable(held) if lasting and stat.S_IFMT(os.fstat(held).st_mode) in SYNCED else None
    try:
        yield
        if fd is not None:
            os.fsync(fd)
    finally:
        if fd is not None:
            os.close(fd)


def _readable(held):
    with contextlib.suppress(PermissionError):  # it is ours, and not even we may read it
        return again(held, os.O_RDONLY)
    return None


def sync(name, folder):
    """Sync a file, or the names in a folder; nothing where neither is there, or we may not read it."""
    with contextlib.suppress(FileNotFoundError):
        held = os.open(name, paths.THING, dir_fd=folder)
        try:
            with synced(held):
                pass
        finally:
            os.close(held)


def sync_folder(folder, sync=os.fsync):
    """Have the names in a folder on disk; `folder` may be an O_PATH descriptor, which fsync refuses."""
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
    try:
        sync(fd)
    finally:
        os.close(fd)


def sync_disk(folder):
    """Have all of a file system on its disk (syncfs(2))."""
    import ctypes

    sync_folder(folder, ctypes.CDLL(None).syncfs)


def tree(name, folder, path, depth=DEEPEST):
    """Yield (path, os.stat_result) of all below a folder: on its file system, and along no link.

    What vanishes meanwhile is passed over; below `depth` nothing is looked for, since every
    level holds a descriptor.
    """
    try:
        fd = os.open(name, LISTED, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return
        raise
    try:
        device = os.fstat(fd).st_dev
        for each in sorted(os.listdir(fd)):
            with contextlib.suppress(FileNotFoundError):
                info = os.stat(each, dir_fd=fd, follow_symlinks=False)
                if not stat.S_ISDIR(info.st_mode):
                    yield path + "/" + each, info
                elif info.st_dev == device:
                    yield path + "/" + each, info
                    if depth:
                        yield from tree(each, fd, path + "/" + each, depth - 1)
    finally:
        os.close(fd)
