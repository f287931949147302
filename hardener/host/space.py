"""Is there room for the snapshot, the new files, and a reserve? Asked before the first write."""

from hardener.host.content import Content
from hardener.host.errors import Refused

RESERVE = 16 << 20  # bytes: the journal, staging, and what rollback itself may need


def require(store, changes):
    """Raise Refused where the state folder's file system can't hold what the changes need."""
    need = RESERVE + sum(_size(change.before) + 2 * _size(change.after) for change in changes)
    store.prepare()
    disk = store.system.statvfs(store.base)
    free = disk.f_bavail * disk.f_frsize
    if free < need:
        raise Refused(
            "the disk is too full: %d MiB are free, the snapshot and the new files need %d MiB"
            % (free >> 20, need >> 20),
            where=store.base,
            hint="nothing was changed",
        )


def _size(state):
    fields = state if isinstance(state, tuple) else ()
    return sum(field.size for field in fields if isinstance(field, Content))
