"""Change the indexes of a SQLite database, or bring its old bytes back. Runs in a child, as the owner.

The lock is kept from before the change until the other process has read the
file (locking_mode=EXCLUSIVE): what it keeps is what was there just before and
just after our change, and nothing of others.
"""

import contextlib
import os

from hardener.host.errors import Refused
from hardener.host.sqlite import library as sqlite3
from hardener.host.sqlite.ddl import quoted
from hardener.host.sqlite.reading import connect, in_uri, pragma, said
from hardener.host.sqlite.survey import indexes

CAN_RESTORE = hasattr(getattr(sqlite3, "Connection", None), "backup")  # Python 3.7
HEADER = 100  # bytes (sqlite.org/fileformat2.html)
# What every writer moves on: change counter, schema cookie, the counter and version of the last one.
COUNTERS = ((24, 28), (40, 44), (92, 100))


@contextlib.contextmanager
def locked(path, timeout, alone):
    """Open with the lock for writing held; `alone` keeps it after the commit, readers out."""
    with said(path), contextlib.closing(connect(path, "rw", timeout)) as db:
        if alone:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        yield db


def change(talk, path, drop, create, timeout, alone):
    """Drop and create indexes in one transaction, in step: locked → (kept) → written → (hashed)."""
    with locked(path, timeout, alone) as db:
        talk.send("locked")
        talk.receive()
        transact(db, drop, create)
        if alone:
            empty_log(db)
        talk.send("written")
        talk.receive()


def transact(db, drop, create):
    for name in drop:
        db.execute("DROP INDEX IF EXISTS %s" % quoted(name))
    for sql in create:
        db.execute(sql)
    commit(db)


def empty_log(db):
    """In WAL mode: have all in the file itself."""
    if pragma(db, "journal_mode") == "wal":
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def redo(path, drop, create, timeout):
    """Do on a copy just what `change` does."""
    with locked(path, timeout, True) as db:
        transact(db, drop, create)
        empty_log(db)


def trouble(path):
    """Return what of a database its owner can't write, the file or the journal beside it; or ""."""
    folder = os.path.dirname(path)
    shared = [path + end for end in ("-wal", "-shm")]
    needed = (path, *(shared if all(map(os.path.exists, shared)) else [folder]))
    return next((each for each in needed if not os.access(each, os.W_OK)), "")


def check(path, trouble):
    """Refuse a database of which its owner can't write this."""
    if trouble:
        raise Refused(
            "%s can't be written by the owner of the database" % trouble,
            where=path,
            hint="its owner needs the right to write to the file and to its folder",
        )


def take_in(path, timeout):
    """Have SQLite take in, or back, what a killed writer left in a journal or log beside the database."""
    with said(path), contextlib.closing(connect(path, "rw", timeout)) as db:
        indexes(db)
        if pragma(db, "journal_mode") == "delete" and os.path.exists(path + "-journal"):
            db.execute("BEGIN EXCLUSIVE")  # so it is nobody's: SQLite leaves one that says nothing
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + "-journal")
            db.execute("COMMIT")


def commit(db):
    """COMMIT is busy while others read; the transaction stays open, so it can be tried again."""
    try:
        db.execute("COMMIT")
    except sqlite3.OperationalError:
        db.execute("ROLLBACK")
        raise


def restore(talk, become, stored, path, timeout):
    """Bring the bytes of `stored` back inside SQLite's journal, in step: locked → (the same) → restored."""
    with contextlib.closing(
        sqlite3.connect("file:%s?immutable=1" % in_uri(stored), uri=True)
    ) as old:
        indexes(old)  # opens the file, which only we may read
        with open(stored, "rb") as file:
            header = file.read(HEADER)
        become(os.path.dirname(path))
        with locked(path, timeout, True) as db:
            db.execute("COMMIT")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")  # the lock stays: see locked()
            talk.send("locked")
            talk.receive()
            old.backup(db)
            empty_log(db)
            set_header(path, header)
            talk.send("restored")
            talk.receive()


def set_header(path, header):
    """Write the counters of old, which a backup moves on; one small write.

    The descriptor stays open until the process ends: closing it would drop SQLite's locks.
    """
    fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if os.pwrite(fd, header, 0) != len(header):
        raise Refused("the header of %s could not be written" % path)
    os.fsync(fd)
