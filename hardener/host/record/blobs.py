"""Stored bytes, named by their SHA-256: what rollback puts back."""

from hardener.host.door.content import Content, Lying
from hardener.host.errors import JournalError
from hardener.host.record import codec

SMALL = 1 << 20  # bytes: what is larger costs as much alone
TOGETHER = 64


class Blobs:
    """The folder `blobs` of the host's state folder; files are 0600 in a 0700 folder."""

    def __init__(self, system, folder, owner):
        self._system = system
        self._folder = folder
        self._owner = owner
        self._there = set()  # digests of what this process has found stored, or stored

    def path(self, sha256):
        return "%s/%s" % (self._folder, sha256)

    def keep(self, content):
        """Store the content, synced, unless it is there."""
        if not self._has(content.sha256):
            path = self.path(content.sha256)
            self._system.replace(path, content.chunks(), 0o600, *self._owner)
            self._verify(content)

    def keep_ahead(self, changes):
        """Store what is small of these changes before they are made, many files for the price of one sync."""
        found = {}
        for change in changes:
            for state in (change.before, change.after):
                codec.encode(state, lambda content: found.setdefault(content.sha256, content))
        small = [c for c in found.values() if c.size <= SMALL and not self._has(c.sha256)]
        for start in range(0, len(small), TOGETHER):
            files = {c.sha256: c.chunks() for c in small[start : start + TOGETHER]}
            self._system.place_all(self._folder, files, 0o600, *self._owner)
        for content in small:
            self._verify(content)

    def _has(self, sha256):
        if sha256 not in self._there and self._lies(sha256):
            self._there.add(sha256)
        return sha256 in self._there

    def _lies(self, sha256):
        return self._system.lstat(self.path(sha256)) is not None

    def _verify(self, content):
        """Read again what was copied from a file: that may have changed meanwhile."""
        copied = isinstance(content.chunks(), Lying)
        if copied and self._stored(content.sha256, content.size) != content:
            self._system.unlink(self.path(content.sha256))
            raise JournalError("%r changed while it was being stored" % content)
        self._there.add(content.sha256)

    def sweep(self):
        """Remove what was being stored when its writer was killed."""
        self._system.sweep_all(self._folder)

    def fetch(self, sha256, size):
        """Return the stored content; its bytes are checked when they are read."""
        return Content(sha256, size, lambda: self._checked(sha256))

    def _stored(self, sha256, size):
        return Content.streamed(lambda: self._system.open(self.path(sha256)))

    def _checked(self, sha256):
        if not self._lies(sha256):
            raise JournalError("the stored bytes %s are gone" % self.path(sha256))
        content = self._stored(sha256, 0)
        if content.sha256 != sha256:
            raise JournalError("the stored bytes %s are damaged" % self.path(sha256))
        return content.chunks()
