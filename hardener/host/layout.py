"""How a file lies on its disk: holes, shared or packed blocks, copy-on-write (FIEMAP, FS_IOC_GETFLAGS)."""

import contextlib
import fcntl
import os
import struct
from typing import NamedTuple, Optional

LONG = struct.calcsize("l") << 16  # part of these two numbers, although an int is read and written
GET_FLAGS, SET_FLAGS, NOCOW = 0x80006601 | LONG, 0x40006602 | LONG, 0x00800000  # ioctl_iflags(2)
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


def attributes(fd):
    """Return the inode's flags; 0 where the file system has none."""
    flags = bytearray(8)
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, GET_FLAGS, flags, True)
    return struct.unpack_from("=I", flags)[0]


def btrfs_devices(fd):
    """Return how many devices hold the btrfs that a folder lies on."""
    info = bytearray(BTRFS_DEVICES.size)
    fcntl.ioctl(fd, BTRFS_INFO, info, True)
    return BTRFS_DEVICES.unpack(info)[0]


def no_copy_on_write(fd):
    """Set the NOCOW flag (FS_NOCOW_FL); btrfs wants it on an empty file."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, SET_FLAGS, struct.pack("=Ixxxx", attributes(fd) | NOCOW))
