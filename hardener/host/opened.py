"""What the door does to a file that it has open: bytes, owner, extended attributes."""

import contextlib
import ctypes
import errno
import fcntl
import os

WATCHED_XATTRS = ("user.", "security.", "trusted.", "system.posix_acl_")


def fill(name, folder, chunks, mode, uid, gid, xattrs):
    """Make a new file, whole and synced, that never shows more than its mode allows."""
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
        os.fsync(fd)


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


def no_copy_on_write(fd):
    """Set the NOCOW flag (FS_NOCOW_FL, ioctl_iflags(2)); btrfs wants it on an empty file."""
    flags = ctypes.c_int(0)
    get_flags, set_flags, nocow = 0x80086601, 0x40086602, 0x00800000
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, get_flags, flags)
        fcntl.ioctl(fd, set_flags, ctypes.c_int(flags.value | nocow))
