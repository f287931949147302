"""The indexes of a SQLite database that somebody created; those of constraints are the tables'.

Touches the database through SQLite, in a child that runs as the owner of the
file; never by renaming over it, since open connections would go on with the
file that was. Rollback drops what was made and creates what was replaced, with
its own text. The very bytes come back too (inside SQLite's journal, then the
counters of the header) if nobody wrote or has the file open since: a
connection that stayed open trusts those counters. Python 3.6 can't do that.
"""

import posixpath
import stat

from hardener.host.door import owner, staging
from hardener.host.door.space import Room
from hardener.host.errors import Refused
from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.sqlite import library, reading, survey, writing
from hardener.host.sqlite.bytes import Bytes
from hardener.host.typed import NamedTuple, Tuple

LOCK_TIMEOUT = 30.0  # seconds, where no step says otherwise: in a rollback
KEEP = 256 << 20  # bytes
BYTES_DIFFER = "the indexes are as they were; the bytes of the database file differ"
NO_LIBRARY = "Debian's python3-minimal and Python built without SQLite lack it"
ALONE = 5.0  # seconds to wait for a moment without other connections


class Indexes(NamedTuple):
    """(name, table, the statement that made it) of each, by name."""

    entries: Tuple[Tuple[str, str, str], ...]

    def by_name(self):
        return {entry[0]: entry for entry in self.entries}


def of(entries):
    return Indexes(tuple(tuple(entries[name]) for name in sorted(entries)))


def SqliteIndexes(path):  # noqa: N802 - reads as the thing that it names
    """The resource of all indexes in one database file."""
    return Resource("sqlite_indexes", path)


class SqliteIndexesKind(Kind):
    name = "sqlite_indexes"
    State = Indexes

    def __init__(self, system, store):
        super().__init__(system, store)
        self._terms = {}
        self._remarks = {}
        self._surveyed = {}  # id → what a survey has read beside: the next read is told that
        self._troubles = {}  # id → what, as it was last read, keeps its owner from writing it
        self._bytes = Bytes(system, store)

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, id):
        found, trouble = self._surveyed.pop(id, None) or self._answer(id, self._look)
        self._troubles[id] = trouble
        return of({entry[0]: entry for entry in found})

    @staticmethod
    def _look(path):
        with reading.opened(path, LOCK_TIMEOUT) as db:
            return survey.indexes(db), writing.trouble(path)

    def ask(self, id, question, view):
        """Survey a table: see survey.survey. Where the indexes are not known yet it reads them as well."""
        timeout, resource = question["lock_timeout"], SqliteIndexes(id)
        known = view.keeps(resource) or (view.overlay and view.overlay.find(resource))
        asked = dict(question, there=view.read(resource).entries if known else None)
        answer, there, trouble = self._answer(
            id, lambda path: (*survey.survey(path, asked, timeout), writing.trouble(path))
        )
        if not known:
            self._surveyed[id] = there, trouble
            view.read(resource)
        return dict(answer, wanted=[survey.Finding(*each) for each in answer["wanted"]])

    def _answer(self, id, look):
        with self._apart(id, lambda talk, path: talk.send(look(path))) as talk:
            return talk.receive()

    def _do(self, id, work):
        self._answer(id, work)

    def _apart(self, id, work):
        """Run work(talk, path) as the owner of the database."""
        if library is None:
            raise Refused(
                "this host's Python has no sqlite3 module",
                where=id,
                why=NO_LIBRARY,
                hint="install the whole of Python 3 on the host",
            )
        user, path = self._owner(id), self._path(id)
        if not self.system.privileged:
            self.system.open(id).close()  # SQLite does not tell that it may not

        def child(talk, become):
            # SQLite puts its temporary files into the present folder if there is no /tmp
            become(posixpath.dirname(path))
            work(talk, path)

        return self.system.apart(child, user)

    def _owner(self, id):
        if self.system.lstat(id) is None:
            raise Refused(
                "there is no database %s" % id,
                hint="none is made: the program that owns it does that",
            )
        return owner.identity(self.system, id)

    def _path(self, id):
        return id if self.system.privileged else self.system.real(id)

    def check(self, id, before, after, view, opinion=None):
        self._terms[id] = opinion[1] if opinion else {}
        if id not in self._troubles:
            self._troubles[id] = self._answer(id, writing.trouble)
        writing.check(id, self._troubles.pop(id))

    def tidy(self, id):
        """After a crash a journal is left that only a writer can take in, and perhaps the counters."""
        self._do(id, lambda path: writing.take_in(path, LOCK_TIMEOUT))
        digest = self._bytes.half_back(id)
        if digest and not self.system.holders(id):
            self._restore(id, digest)
        self.system.settle(id)

    def needs(self, id, before, after):
        return ["blobs/" + digest for digest in self._bytes.kept(id, before.entries)]

    def forget(self):
        self._bytes.forget()

    def _term(self, id, name, default):
        return self._terms.get(id, {}).get(name, default)

    def room(self, id, before, after):
        """SQLite keeps the old pages in a journal beside the file; what of it we keep is asked later."""
        size = min(self.system.stat(id).st_size, KEEP)
        return [Room(id, size, size, kept=False)]

    def write(self, id, before, after):
        self.system.announce("sqlite", id)
        brought = self._bring_back(id, before, after)
        self._remarks[id] = "" if brought else BYTES_DIFFER
        if not brought:
            alone = self._can_keep(id)
            try:
                self._change(id, before, after, alone)
            except Refused as error:
                if not alone or not error.what.endswith("is busy"):
                    raise
                self._change(id, before, after, False)
        self.system.settle(id)  # SQLite has synced the file, not that its journal is gone

    def remark(self, id):
        return self._remarks.get(id, "")

    def _can_keep(self, id):
        return self._bytes.can_keep(id, self._term(id, "keep_bytes_up_to", KEEP))

    def _change(self, id, before, after, alone):
        drop, create = statements(before, after)
        patience = self._term(id, "lock_timeout", LOCK_TIMEOUT)
        timeout = min(patience, ALONE) if alone else patience

        def work(talk, path):
            writing.change(talk, path, drop, create, timeout, alone)

        with self._apart(id, work) as talk:
            talk.receive()
            if alone:
                self._bytes.begin(id, self._bytes.keep(id), before.entries)
            talk.send("kept")
            talk.receive()
            if alone:
                self._bytes.remember(id)
            talk.send("hashed")

    def _bring_back(self, id, before, after):
        """Restore the bytes if the file is just as we left it, once nobody has it open."""
        deadline = self.system.clock() + ALONE
        while writing.CAN_RESTORE and self.system.clock() < deadline:
            if not self.system.holders(id):
                digest = self._bytes.before(id, after.entries) or self._proved(id, before, after)
                if digest is None:
                    return False
                if self._restored(id, digest):
                    return True
            self.system.sleep(0.05)
        return False

    def _restored(self, id, digest):
        try:
            return self._restore(id, digest)
        except Refused:
            return False

    def _proved(self, id, before, after):
        """Return the digest that a killed change began with, if that change alone makes what is there."""
        digest = self._bytes.begun(id, after.entries)
        if digest is None:
            return None
        drop, create = statements(after, before)
        with staging.folder(self.store) as folder:
            copy, user = folder + "/database", self._owner(id)
            self.system.scratch().replace(
                copy, self.store.blobs.fetch(digest, 0).chunks(), 0o600, *user[:2]
            )
            was = (stat.S_IFDIR | 0o700, *self.store.owner)
            self.system.scratch().set_attributes(folder, was, 0o700, *user[:2], xattrs=())
            self._redo(folder, user, drop, create)
            return digest if self._bytes.of(copy) == self._bytes.of(id) else None

    def _redo(self, folder, user, drop, create):
        """Change the copy as its owner, who sees nothing but its folder."""
        inside = self.system.below(folder)
        path = "/database" if inside.privileged else inside.real("/database")

        def work(talk, become):
            become("/")
            writing.redo(path, drop, create, ALONE)
            talk.send("done")

        with inside.apart(work, user) as talk:
            talk.receive()

    def _restore(self, id, digest):
        stored = self.system.real(self.store.blobs.path(digest))
        self._bytes.bring_back(id, digest)
        left, path = self._bytes.of(id), self._path(id)

        def work(talk, become):
            writing.restore(talk, become, stored, path, ALONE)

        with self.system.apart(work, self._owner(id)) as talk:
            talk.receive()
            if self._bytes.of(id) != left or self.system.holders(id) != [talk.pid]:
                return False
            talk.send("the same")
            talk.receive()
            same = self._bytes.of(id).sha256 == digest
            talk.send("hashed")
            return same

    def merge(self, id, before, after, now):
        """Index by index: what others made or dropped since stays."""
        old, new, found = before.by_name(), after.by_name(), now.by_name()
        for name in set(old) | set(new):
            if old.get(name) != new.get(name) and found.get(name) != old.get(name):
                if found.pop(name, None) != new.get(name):
                    return None
                if name in old:
                    found[name] = old[name]
        return of(found)

    def diff(self, id, before, after):
        old, new = (before.by_name() if before else {}), after.by_name()
        gone = ["- %s;" % old[name][2] for name in sorted(old) if old[name] != new.get(name)]
        made = ["+ %s;" % new[name][2] for name in sorted(new) if old.get(name) != new[name]]
        return gone + made

    def action(self, before, after):
        return "change"


def statements(before, after):
    """Return (names to drop, statements that create) for a change of indexes."""
    old, new = before.by_name(), after.by_name()
    drop = sorted(name for name in old if old[name] != new.get(name))
    return drop, [new[name][2] for name in sorted(new) if old.get(name) != new[name]]


KIND = SqliteIndexesKind
