"""Stored bytes, named by their SHA-256: what rollback puts back."""

from hardener.host.content import Content
from hardener.host.errors import JournalError


class Blobs:
    """The folder `blobs` of the host's state folder; files are 0600 in a 0700 folder."""

    def __init__(self, system, folder, owner):
        self._system = system
        self._folder = folder
        self._owner = owner

    def path(self, sha256):
        return "%s/%s" % (self._folder, sha256)

    def keep(self, content):
        """Store the content, synced, unless it is there; read again as it is written."""
        path = self.path(content.sha256)
        if self._system.lstat(path) is None:
            self._system.replace(path, content.chunks(), 0o600, *self._owner)
            if self._stored(content.sha256, content.size) != content:
                self._system.unlink(path)
                raise JournalError("%r changed while it was being stored" % content)

    def sweep(self):
        """Remove what was being stored when its writer was killed."""
        self._system.sweep_all(self._folder)

    def fetch(self, sha256, size):
        """Return the stored content; its bytes are checked when they are read."""
        return Content(sha256, size, lambda: self._checked(sha256))

    def _stored(self, sha256, size):
        return Content.streamed(lambda: self._system.open(self.path(sha256)))

    def _checked(self, sha256):
        if self._system.lstat(self.path(sha256)) is None:
            raise JournalError("the stored bytes %s are gone" % self.path(sha256))
        content = self._stored(sha256, 0)
        if content.sha256 != sha256:
            raise JournalError("the stored bytes %s are damaged" % self.path(sha256))
        return content.chunks()
