"""What a disk refuses, in words: full, out of inodes, over quota, read-only, broken."""

import contextlib
import errno

from hardener.host import sizes
from hardener.host.door import space
from hardener.host.errors import AS_ROOT, Denied, StepError

ROOM = "make room on it, then start again"
LOG = "the host's kernel log tells why (dmesg)"
DENIED = (errno.EACCES, errno.EPERM)
WORDS = {
    errno.ENOSPC: ("the disk is full", ROOM),
    errno.EDQUOT: ("the disk quota is used up", ROOM),
    errno.EROFS: ("the file system is read-only", LOG),
    errno.EIO: ("the disk failed", LOG),
}


def said(system, error, where=""):
    """Return a StepError for an OSError; `where` is the resource that was being changed."""
    path, reason = str(error.filename or ""), error.strerror or str(error)
    if error.errno not in WORDS:
        told = Denied if error.errno in DENIED else StepError
        hint = AS_ROOT if told is Denied and not system.privileged else ""
        return told(reason, where=where or path, why=path if where else "", hint=hint)
    what, hint = WORDS[error.errno]
    left = _left(system, path) if hint == ROOM else ""
    return StepError(what, where or path, "%s: %s%s" % (path, reason, left), hint)


def _left(system, path):
    """What is left there; "" where that can't be told."""
    with contextlib.suppress(OSError):
        now = system.disk(space.there(system, path)).now
        free, whole = (sizes.shown(n * now.f_frsize) for n in (now.f_bavail, now.f_blocks))
        inodes = ", %d of %d inodes" % (now.f_favail, now.f_files) if now.f_files else ""
        return "; free are %s of %s%s" % (free, whole, inodes)
    return ""
