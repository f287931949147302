"""What a mount is made of: a device by any of its names, a file by a loop device, a folder, a name."""

import posixpath

TAGS = {"UUID": "uuid", "LABEL": "label", "PARTUUID": "partuuid", "PARTLABEL": "partlabel"}
# Of these the first field says nothing.
NAMELESS = ("tmpfs", "ramfs", "proc", "sysfs", "devpts", "devtmpfs", "mqueue", "hugetlbfs")
FROM_AFAR = ("nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "9p", "davfs", "sshfs")


def afar(fstype):
    """Does it need a network, or a program that runs (FUSE)?"""
    return fstype in FROM_AFAR or fstype.startswith("fuse")


def path(spec):
    """The path by which fstab names a device or a file; None where it names none."""
    tag, equals, value = spec.partition("=")
    if equals and tag in TAGS:
        return "/dev/disk/by-%s/%s" % (TAGS[tag], value.strip('"'))
    return spec if spec.startswith("/") and not spec.startswith("//") else None


def backing(source, text):
    """The file behind a loop device, or the device itself; `text` reads a file, "" where there is none."""
    if not source.startswith("/dev/loop"):
        return source
    file = text("/sys/block/%s/loop/backing_file" % posixpath.basename(source))
    return file.rstrip("\n") if file else source


def device(system, source):
    """A device by its own name: /dev/mapper and the like are links."""
    for _ in range(8):
        info = system.lstat(source) if source.startswith("/dev/") else None
        if info is None or (info.st_mode & 0o170000) != 0o120000:
            break
        source = posixpath.normpath(
            posixpath.join(posixpath.dirname(source), system.readlink(source))
        )
    return source
