"""Room on a file system: bytes, and names of files (statvfs(3))."""

from hardener.host import sizes


def check(params, system):
    """`params`: path, free (a size or a percentage), inodes (a percentage or a number)."""
    disk = system.statvfs(params.path)
    # What an ordinary user can have, not the reserve that is root's.
    free, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    if params.free is not None and free < sizes.parse(params.free, whole):
        return "%s has %s of %s free, not %s" % (
            params.path,
            sizes.shown(free),
            sizes.shown(whole),
            params.free,
        )
    # btrfs and others make inodes as they are needed and say 0.
    if (
        params.inodes is not None
        and disk.f_files
        and disk.f_favail < sizes.parse(params.inodes, disk.f_files)
    ):
        return "%s has %d of %d inodes free, not %s" % (
            params.path,
            disk.f_favail,
            disk.f_files,
            params.inodes,
        )
    return None
