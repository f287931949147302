"""Do the blocks of a file lie so that the kernel can swap to them? swapon(8), «Files with holes», «Btrfs»."""

from hardener.host.door import mounts

# linux/fiemap.h: compressed, encrypted, not on whole blocks, inside metadata, packed with others, shared.
UNUSABLE = 0x0008 | 0x0080 | 0x0100 | 0x0200 | 0x0400 | 0x2000


def usable(system, path, info):
    """Could swapon take this file as it lies? `info` is its os.stat_result."""
    if info.st_blocks * 512 < info.st_size:
        return False
    if not system.live:
        return True
    found = system.layout(path)
    whole = found.mapped is None or found.mapped >= info.st_size
    return whole and not found.flags & UNUSABLE and (found.nocow or not _copies(system, path))


def _copies(system, path):
    """Does the file system write each block to a new place, unless a file says that it must not?"""
    return mounts.of(system, path).type == "btrfs"
