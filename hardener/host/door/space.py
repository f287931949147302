"""How much room the changes of a play take, file system by file system, forwards and back."""

import posixpath

from hardener.host.errors import HostError
from hardener.host.typed import Any, NamedTuple, Optional

BLOCK = 4096
MARGIN = 4 << 20  # bytes that stay free: what programs and the file system itself need meanwhile
TREES = 1 << 20  # bytes that btrfs sets aside for its trees while it writes, out of a quota too
RECORD = 16 << 10  # bytes of journal that undoing one change may take, beside its states


class Room(NamedTuple):
    """What a change replaces at one path, in bytes; None where nothing is.

    `kept` says that both are kept in the state folder too.
    """

    path: str
    before: Optional[int]
    after: Optional[int]
    kept: bool = True


class Take(NamedTuple):
    """So many bytes and inodes."""

    bytes: int
    inodes: int

    def __add__(self, other):
        return Take(self.bytes + other.bytes, self.inodes + other.inodes)


class Need(NamedTuple):
    """What a run takes of one file system, and what undoing it takes; `path` is something on it."""

    path: str
    disk: Any  # system.Disk
    forwards: Take
    back: Take


def needs(kinds, store, changes):
    """Return the Need of each file system that the changes touch, that of the state folder first."""
    system, own = kinds.system, there(kinds.system, store.path("reserve"))
    touched = {system.disk(own).device: (own, [])}
    kept, lines, within = Take(0, 0), 0, {}
    for change in changes:
        kind = kinds.of(change.resource)
        lines += RECORD + 4 * len(repr(change.before)) + 4 * len(repr(change.after))
        for room in _rooms(kind, change):
            folder = posixpath.dirname(room.path)
            if folder not in within:  # the rooms of its file system
                path = there(system, room.path)
                within[folder] = touched.setdefault(system.disk(path).device, (path, []))[1]
            within[folder].append(room)
            kept += _kept(room)
            lines += blocks(room.after) if kind.container else 0  # Apply._make stores a digest only
    found = [_need(system, path, rooms) for path, rooms in touched.values()]
    first = found[0]
    forwards, back = first.forwards + kept + Take(lines, 0), first.back + Take(lines, 0)
    return [first._replace(forwards=forwards, back=back)] + found[1:]


def _rooms(kind, change):
    try:
        return list(kind.room(change.resource.id, change.before, change.after))
    except (HostError, OSError):
        return []  # it hangs on an earlier change of the play: nobody can know yet


def _kept(room):
    sizes = [size for size in (room.before, room.after) if room.kept and size is not None]
    return Take(sum(map(blocks, sizes)), len(sizes))


def there(system, path):
    """Return `path`, or the nearest one above it whose folder is there."""
    while path != "/":
        try:
            system.disk(path)
            return path
        except (FileNotFoundError, NotADirectoryError):
            path = path.rpartition("/")[0] or "/"
    return path


def _need(system, path, rooms):
    pairs = [(room.before, room.after) for room in rooms]
    back = [(after, before) for before, after in reversed(pairs)]
    return Need(path, system.disk(path), peak(pairs), peak(back) + Take(TREES, 0))


def peak(pairs):
    """Return what is taken at the fullest moment when each (old, new) is replaced in turn.

    A new file is staged: for a moment it stands beside the old one.
    """
    return Take(_peak(pairs, blocks), _peak(pairs, lambda size: int(size is not None)))


def _peak(pairs, measure):
    taken = highest = 0
    for old, new in pairs:
        highest = max(highest, taken + measure(new))
        taken += measure(new) - measure(old)
    return highest


def blocks(size):
    """Bytes on the disk: whole blocks, and one for the name."""
    return 0 if size is None else (size // BLOCK + 2) * BLOCK
