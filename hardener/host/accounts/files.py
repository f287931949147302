"""The files that hold the accounts, and edits of them, judged together before one goes live."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.text.colons import Colons

# In the order in which they are written: whoever logs in meanwhile finds groups before users.
PATHS = (
    "/etc/group",
    "/etc/gshadow",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/subuid",
    "/etc/subgid",
)
NEEDED = ("/etc/passwd", "/etc/group")
GROUP, GSHADOW, PASSWD, SHADOW, SUBUID, SUBGID = PATHS


class Accounts:
    """The account files as a view shows them, and what a step wants of them.

    An edit is a function of the Colons of a file: it is done on what is there when its turn comes.
    """

    def __init__(self, view):
        self.view = view
        self._edits = {}

    def there(self, path):
        """Is there such a file? Hosts without shadow or subordinate ids do without."""
        return self.view.read(self._file(path)).type == "file"

    def table(self, path):
        """Return the Colons of a file, with the edits so far; empty where it is not there."""
        table = Colons.parse(self.view.read(self._file(path)).text())
        for edit in self._edits.get(path, ()):
            table = edit(table)
        return table

    def get(self, path, name):
        return self.table(path).get(name)

    def edit(self, path, change):
        """Have `change` (Colons → Colons) done to a file, if it is there."""
        if self.there(path):
            self._edits.setdefault(path, []).append(change)
        elif path in NEEDED:
            raise StepError("there is no %s on this host" % path)

    def set(self, path, fields):
        self.edit(path, lambda table: table.set(fields))

    def remove(self, path, name):
        self.edit(path, lambda table: table.remove(name))

    def wants(self):
        """Yield a Want for each file that is edited; the rest of it is as it is then."""
        for path in PATHS:
            if path in self._edits:
                planned = {each: str(self.table(each)) for each in PATHS[:4] if self.there(each)}
                now = self.view.read(self._file(path))
                text = str(self.table(path))
                yield Want(self._file(path), now.with_text(text), ("accounts", planned))
                del self._edits[path]

    def _file(self, path):
        return File(self.view.resolve(path))
