"""How a file lies on its disk: holes, shared or packed blocks, copy-on-write (FIEMAP, FS_IOC_GETFLAGS)."""

import contextlib
import errno
import fcntl
import os
import struct

from hardener.host.typed import NamedTuple, Optional

LONG = struct.calcsize("l") << 16  # part of these two numbers, although an int is read and written
GET_FLAGS, SET_FLAGS, NOCOW = 0x80006601 | LONG, 0x40006602 | LONG, 0x00800000  # ioctl_iflags(2)
CLONE, SWAP = 0x40049409, b"SWAPSPACE2"  # linux/fs.h; the end of mkswap(8)'s first page
FIXED = ("i", 0x10), ("a", 0x20)
FIEMAP, LAST = 0xC020660B, 0x0001  # linux/fiemap.h
BTRFS_INFO, BTRFS_DEVICES = 0x8400941F, struct.Struct("=8xQ1008x")  # linux/btrfs.h
HEAD = struct.Struct("=QQIIII")
EXTENT = struct.Struct("=QQQ16xI12x")
BATCH = 256


class Layout(NamedTuple):
    """`mapped`: bytes that lie anywhere, None where the file system does not tell.

    `flags` are those of all extents together (linux/fiemap.h). `nocow`: is it
    written over in place?
    """

    mapped: Optional[int]
    flags: int
    nocow: bool


def of(fd):
    """Return the Layout of an open file."""
    try:
        found = list(extents(fd))
    except OSError:  # not every file system answers
        return Layout(None, 0, bool(attributes(fd) & NOCOW))
    flags = 0
    for _, _, each in found:
        flags |= each
    return Layout(sum(length for _, length, _ in found), flags, bool(attributes(fd) & NOCOW))


def extents(fd):
    """Yield (place in the file, length, flags) of each extent, within the size of the file."""
    size, at, flags = os.fstat(fd).st_size, 0, 0
    while at < size and not flags & LAST:
        asked = HEAD.pack(at, size - at, 0, 0, BATCH, 0) + bytes(EXTENT.size * BATCH)
        answer = bytearray(asked)
        fcntl.ioctl(fd, FIEMAP, answer, True)
        number = HEAD.unpack_from(answer)[3]
        if not number:
            return
        for place in range(number):
            start, _, length, flags = EXTENT.unpack_from(answer, HEAD.size + place * EXTENT.size)
            yield start, min(start + length, size) - start, flags
            at = start + length


def stretches(fd):
    """Yield (start, length, does it lie anywhere?) of a file from its start to its end (lseek(2)).

    Blocks that are only reserved count as written: swapon(8) takes no file that has lost them.
    """
    info, at = os.fstat(fd), 0
    if info.st_blocks * 512 >= info.st_size:
        yield 0, info.st_size, True
        return
    while at < info.st_size:
        start = min(_next(fd, at, os.SEEK_DATA, info.st_size), info.st_size)
        yield at, start - at, False
        at = min(_next(fd, start, os.SEEK_HOLE, info.st_size), info.st_size)
        yield start, at - start, True


def _next(fd, at, what, end):
    try:
        return os.lseek(fd, at, what)
    except OSError as error:
        if error.errno != errno.ENXIO:  # there is none before the end
            raise
        return end


def share(source, fd):
    """Make an empty file share all blocks of another (ioctl_ficlone(2)); False where that can't be.

    Never those of swap: swapon(8) refuses a file that shares any.
    """
    if os.pread(source, len(SWAP), 4096 - len(SWAP)) == SWAP:
        return False
    try:
        fcntl.ioctl(fd, CLONE, source)
    except OSError:
        return False
    return True


def attributes(fd):
    """Return the inode's flags; 0 where the file system has none."""
    flags = bytearray(8)
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, GET_FLAGS, flags, True)
    return struct.unpack_from("=I", flags)[0]


def fixed(fd):
    """Return the letters (chattr(1)) of the flags by which even root may not change this file or folder."""
    found = attributes(fd)
    return "".join(letter for letter, flag in FIXED if found & flag)


def btrfs_devices(fd):
    """Return how many devices hold the btrfs that a folder lies on."""
    info = bytearray(BTRFS_DEVICES.size)
    fcntl.ioctl(fd, BTRFS_INFO, info, True)
    return BTRFS_DEVICES.unpack(info)[0]


def no_copy_on_write(fd):
    """Set the NOCOW flag (FS_NOCOW_FL); btrfs wants it on an empty file."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, SET_FLAGS, struct.pack("=Ixxxx", attributes(fd) | NOCOW))
