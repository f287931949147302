"""Can a swap file lie there? swapon(8), «Files with holes», «Btrfs», «NFS»."""

import posixpath

from hardener.host.door import capabilities, mounts
from hardener.host.errors import NotApplicable, Refused

# They give the kernel no fixed blocks of a disk to swap to.
NEVER = (
    "overlay",
    "aufs",
    "tmpfs",
    "ramfs",
    "zfs",
    "bcachefs",
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "9p",
    "virtiofs",
    "ceph",
    "squashfs",
    "ecryptfs",
    "fuse",
)
ALL_USERS = [b"0", b"0", b"4294967295"]  # /proc/self/uid_map outside of any user namespace
RESERVE = 64 << 20  # bytes that stay free on that disk


def require_possible(system):
    """Raise NotApplicable where nobody may switch swap on and off: swapon(2)."""
    if _users(system) != ALL_USERS:
        raise NotApplicable(
            "only the machine that runs this container can have swap",
            why="the container's root is another user outside; user_namespaces(7)",
        )
    capabilities.require(system, capabilities.SYS_ADMIN, "this container may not use swap")


def check_allowed(system):
    """Raise Refused where this process may not do it, either."""
    if not system.privileged:
        raise Refused("only root can make or use swap files")
    require_possible(system)


def _users(system):
    there = system.lstat("/proc/self/uid_map")  # not with a kernel that has no such namespaces
    return system.read("/proc/self/uid_map").split() if there else ALL_USERS


def check(system, path, view):
    """Raise Refused where no swap file works."""
    mount = mounts.of(system, posixpath.dirname(path))
    if mount.type.partition(".")[0] in NEVER:
        raise Refused(
            "swap files do not work on %s" % mount.type,
            why="%s is mounted on %s; swapon(8)" % (mount.type, mount.point),
            hint="choose a path on a disk of its own: ext4, xfs or btrfs",
        )
    if mount.type == "btrfs":
        _check_btrfs(system, mount, view)


def _check_btrfs(system, mount, view):
    devices = system.btrfs_devices(mount.point)
    if devices > 1:
        raise Refused(
            "swap files do not work on a btrfs of %d devices" % devices,
            why="%s; btrfs(5), «Swapfile support»" % mount.point,
        )
    view.note("btrfs makes no snapshot of the subvolume while this file is in use as swap")


def check_room(system, path, need):
    """Raise Refused where there is no room for `need` bytes more."""
    folder = posixpath.dirname(path)
    while system.lstat(folder) is None:
        folder = posixpath.dirname(folder)
    disk = system.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if free < need + RESERVE:
        raise Refused(
            "the disk is too full for this swap: %d MiB are free, %d MiB and a reserve of %d MiB are needed"
            % (free >> 20, need >> 20, RESERVE >> 20),
            where=folder,
        )


def takes_preallocated(system, path):
    """May the file be reserved without writing it through (fallocate(2))? Else zeros are written."""
    if not system.live:
        return False
    type = mounts.of(system, posixpath.dirname(path)).type
    # ext4 and btrfs always could; xfs since Linux 4.18 (swapon(8)), older ones are not worth the risk.
    return type in ("ext4", "btrfs")
