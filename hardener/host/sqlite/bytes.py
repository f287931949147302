"""The bytes of a database from before our changes, found again by the digest of what we made of them.

`sqlite.json` in the state folder maps the digest of a database as we left it
to the blob with its bytes of before. Without a blob, or after any other write,
nothing is found and the indexes are put back by statements.
"""

from hardener.host.content import Content
from hardener.host.space import MARGIN


class Bytes:
    """Keeps and finds whole databases; call while nobody can write (see writing.locked)."""

    def __init__(self, system, store):
        self.system = system
        self.store = store
        self._path = store.path("sqlite.json")

    def can_keep(self, id, limit):
        """Are they few enough, is there room, and is nothing of the database in a log beside it?"""
        size = self.system.lstat(id).st_size
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

    def remember(self, id, kept, indexes):
        """Note that the database as it is now was `kept` before, with these indexes."""
        known = self._known()
        known[self.of(id).sha256] = {"path": id, "sha256": kept.sha256, "indexes": plain(indexes)}
        self.store.write_json(self._path, known)

    def before(self, id, indexes):
        """Return the digest of the bytes that it had with these indexes; None if it is not as we left it."""
        known = self._known()
        origin = known.get(self.of(id).sha256, {}) if known else {}
        if origin.get("path") != id or origin["indexes"] != plain(indexes):
            return None
        stored = self.system.lstat(self.store.blobs.path(origin["sha256"])) is not None
        return origin["sha256"] if stored else None

    def _known(self):
        return self.store.read_json(self._path) or {}


def plain(indexes):
    return [list(entry) for entry in indexes]
