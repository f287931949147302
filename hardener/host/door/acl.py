"""Access lists (acl(5)) as the kernel hands them out: the bytes of an extended attribute."""

import struct

ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
HEAD = 4  # bytes: the version
ENTRY = struct.Struct("<HHI")  # tag, permissions, user or group
OWNER, GROUP, MASK, OTHER = 0x01, 0x04, 0x10, 0x20  # linux/posix_acl.h


def with_mode(xattrs, mode):
    """Return the attributes as chmod(2) leaves them: with a mask, the bits of the group are the mask's."""
    return tuple(
        (name, _masked(value, mode) if name == ACCESS else value) for name, value in xattrs
    )


def inherited(folder, type):
    """What the attributes of a folder give to a new file or folder in it, before it gets its mode."""
    value = dict(folder).get(DEFAULT)
    if value is None or type == "link":
        return ()
    more = len(value) > HEAD + 3 * ENTRY.size  # else it says no more than the mode
    return ((ACCESS, value),) * more + ((DEFAULT, value),) * (type == "directory")


def _masked(value, mode):
    entries = [list(entry) for entry in ENTRY.iter_unpack(value[HEAD:])]
    group = MASK if any(tag == MASK for tag, _, _ in entries) else GROUP
    bits = {OWNER: mode >> 6 & 7, group: mode >> 3 & 7, OTHER: mode & 7}
    packed = [ENTRY.pack(tag, bits.get(tag, held), whose) for tag, held, whose in entries]
    return value[:HEAD] + b"".join(packed)
