"""What the door does to a file that it has open: bytes, owner, extended attributes."""

import errno
import os
import stat
from typing import Any, NamedTuple

from hardener.host.errors import Refused


class Disk(NamedTuple):
    """A file system: its device number, and os.statvfs_result as of now."""

    device: int
    now: Any


WATCHED_XATTRS = ("user.", "security.", "trusted.", "system.posix_acl_")


def fill(name, folder, chunks, mode, uid, gid, xattrs=(), lasting=True):
    """Make a new file, whole and (if `lasting`) synced, that never shows more than its mode allows."""
    fd = os.open(
        name,
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
        0o600,
        dir_fd=folder,
    )
    with os.fdopen(fd, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        own(fd, uid, gid)
        os.fchmod(fd, mode)
        inode = "/proc/self/fd/%d" % fd
        if read_xattrs(inode) != tuple(xattrs):
            write_xattrs(inode, xattrs)
        if lasting:
            os.fsync(fd)


def furnish(name, folder, mode, uid, gid, xattrs, lasting=True):
    """Give a new folder its owner, mode and extended attributes, synced (if `lasting`)."""
    fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        own(fd, uid, gid)
        os.fchmod(fd, mode)
        if read_xattrs(fd) != tuple(xattrs):
            write_xattrs(fd, xattrs)
        if lasting:
            os.fsync(fd)
    finally:
        os.close(fd)


def look(name, folder, info, largest):
    """Return (info, extended attributes, bytes, target) of what is called `name` in a folder."""
    if stat.S_ISLNK(info.st_mode):
        return info, (), None, os.readlink(name, dir_fd=folder)
    if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
        return info, (), None, None
    read = stat.S_ISREG(info.st_mode) and info.st_size <= largest
    # O_PATH needs no right to read and touches nothing
    flags = os.O_RDONLY | os.O_NONBLOCK if read else os.O_PATH
    fd = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        now = os.fstat(fd)
        if stat.S_IFMT(now.st_mode) != stat.S_IFMT(info.st_mode):
            raise Refused("%s became something else while it was read" % name)
        xattrs = read_xattrs(fd if read else "/proc/self/fd/%d" % fd)
        return (
            now,
            xattrs,
            b"".join(iter(lambda: os.read(fd, 1 << 16), b"")) if read else None,
            None,
        )
    finally:
        os.close(fd)


def own(fd, uid, gid):
    info = os.fstat(fd)
    if (info.st_uid, info.st_gid) != (uid, gid):
        os.fchown(fd, uid, gid)


def read_xattrs(inode):
    """Return (name, value) of those that are kept; none where the file system has none."""
    try:
        names = os.listxattr(inode)
        return tuple(
            sorted((n, os.getxattr(inode, n)) for n in names if n.startswith(WATCHED_XATTRS))
        )
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENOENT):
            return ()
        raise


def write_xattrs(inode, wanted):
    wanted = dict(wanted)
    for name, _ in read_xattrs(inode):
        if name not in wanted:
            os.removexattr(inode, name)
    for name, value in sorted(wanted.items()):
        os.setxattr(inode, name, value)


def zeros(fd, size):
    """Write them: swapon refuses what fallocate(2) leaves on some file systems (swapon(8))."""
    block = bytes(1 << 20)
    while size > 0:
        size -= os.write(fd, block[:size] if size < len(block) else block)


def sync_folder(folder):
    """Have the names in a folder on disk; `folder` may be an O_PATH descriptor, which fsync refuses."""
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
