"""The bytes of a database from before our changes, found again by the digest of what we made of them.

`sqlite.json` in the state folder maps the digest of a database as we left it
to the blob with its bytes of before. Without a blob, or after any other write,
nothing is found and the indexes are put back by statements. It also notes what
has begun: a change that was killed before its digest could be noted, and a
return that was killed before the counters were back.
"""

import hashlib

from hardener.host.door.content import CHUNK, Content
from hardener.host.door.space import MARGIN
from hardener.host.sqlite.writing import COUNTERS


class Bytes:
    """Keeps and finds whole databases; call while nobody can write (see writing.locked)."""

    def __init__(self, system, store):
        self.system = system
        self.store = store
        self._path = store.path("sqlite.json")

    def can_keep(self, id, limit):
        """Are they few enough, is there room, and is nothing of the database in a log beside it?"""
        size = self.system.stat(id).st_size
        disk = self.system.statvfs(self.store.base)
        journal = self.system.lstat(id + "-journal")
        quiet = self.system.lstat(id + "-wal") is None and not (journal and journal.st_size)
        return quiet and size <= limit and size + MARGIN < disk.f_bavail * disk.f_frsize

    def of(self, id):
        return Content.streamed(lambda: self.system.open(id))

    def keep(self, id):
        """Store the database as it is; return its Content."""
        content = self.of(id)
        self.store.blobs.keep(content)
        return content

    def begin(self, id, kept, indexes):
        """Note before a change that the database, with these indexes, is `kept`."""
        known = self._known()
        known["changed " + id] = {"path": id, "sha256": kept.sha256, "indexes": plain(indexes)}
        self.store.write_json(self._path, known)

    def remember(self, id):
        """Note after the change what it has made of the database."""
        known = self._known()
        known[self.of(id).sha256] = known.pop("changed " + id)
        self.store.write_json(self._path, known)

    def before(self, id, indexes):
        """Return the digest of the bytes that it had with these indexes; None if it is not as we left it."""
        return self._origin(self.of(id).sha256, id, indexes)

    def begun(self, id, indexes):
        """Return the same for a change that was killed: whether it was the last one is yet to be proved."""
        return self._origin("changed " + id, id, indexes)

    def _origin(self, key, id, indexes):
        origin = self._known().get(key, {})
        if origin.get("path") != id or origin["indexes"] != plain(indexes):
            return None
        return origin["sha256"] if self._stored(origin["sha256"]) else None

    def kept(self, id, indexes):
        """Return the digests of all bytes that it had with these indexes."""
        known = self.store.read_json(self._path) or {}  # damaged, it must not be taken for empty
        origins = [each for each in known.values() if isinstance(each, dict)]
        of_these = (id, plain(indexes))
        return [e["sha256"] for e in origins if (e.get("path"), e.get("indexes")) == of_these]

    def forget(self):
        """Drop what was noted of bytes that are no longer stored."""
        known = self._known()
        left = {key: each for key, each in known.items() if self._stored(_digest(each))}
        if left != known:
            self.store.write_json(self._path, left)

    def bring_back(self, id, digest):
        """Note before the bytes of this digest are brought back that this has begun."""
        self.store.write_json(self._path, dict(self._known(), **{"brought back " + id: digest}))

    def half_back(self, id):
        """Return the digest of which all was brought back but for the counters and the size; or None."""
        digest = self._known().get("brought back " + id)
        if digest is None or not self._stored(digest):
            return None
        wanted = self.system.lstat(self.store.blobs.path(digest)).st_size
        with self.system.open(id) as file, self.system.open(self.store.blobs.path(digest)) as kept:
            return digest if uncounted(file, wanted) == uncounted(kept, wanted) else None

    def _stored(self, digest):
        return self.system.lstat(self.store.blobs.path(digest)) is not None

    def _known(self):
        return self.store.glance(self._path)


def _digest(noted):
    return noted.get("sha256") if isinstance(noted, dict) else noted


def uncounted(file, size):
    """Return the digest of the first `size` bytes without the counters of the header."""
    digest = hashlib.sha256(without_counters(file.read(CHUNK)[:size]))
    for start in range(CHUNK, size, CHUNK):
        digest.update(file.read(CHUNK)[: size - start])
    return digest.digest()


def without_counters(data):
    for start, end in COUNTERS:
        data = data[:start] + bytes(end - start) + data[end:]
    return data


def plain(indexes):
    return [list(entry) for entry in indexes]
