"""Look into a SQLite database without leaving a trace. Runs in a child, as the owner of the file.

Opening a database in WAL mode makes files beside it, and closing it may write
the log back (sqlite.org/wal.html): where nobody has it open it is therefore
read as immutable, else with the files that are there.
"""

import contextlib
import os
import stat
import time

from hardener.host.errors import Refused
from hardener.host.sqlite import library as sqlite3

BUSY = ("database is locked", "database table is locked", "database schema is locked")
UNFINISHED = ("attempt to write a readonly database", "unable to open database file")
# What only the program of a database has: functions, collations, virtual tables of its own.
FOREIGN = ("unknown function", "no such function", "no such collation sequence", "no such module")
CLOSING = 10  # tenths of a second: the last to close a database removes -shm before -wal


def connect(path, mode="rw", timeout=30.0):
    """Open an existing database; every statement commits by itself."""
    check_plain(path)
    uri = "file:%s?mode=%s" % (in_uri(path), mode)
    connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return connection


def in_uri(path):
    """A path as sqlite.org/uri.html wants it; urllib would cost more than the question."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"
    return "".join(chr(each) if each in plain else "%%%02X" % each for each in os.fsencode(path))


def check_plain(path):
    """Refuse a fifo or device in the place of the database or of what SQLite keeps beside it."""
    for each in (path, path + "-journal", path + "-wal", path + "-shm"):
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(os.lstat(each).st_mode):
                raise Refused("%s is no regular file" % each, where=path)


@contextlib.contextmanager
def said(path):
    """Turn SQLite's errors into ours."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        words = str(error)
        if words in BUSY:
            raise Refused(
                "the database %s is busy" % path,
                where=path,
                why=words,
                hint="another program is writing; raise `lock_timeout`, or stop it",
            )
        if isinstance(error, sqlite3.IntegrityError):
            raise Refused(
                "the index can't be unique: %s" % words,
                where=path,
                hint="remove the duplicate rows first",
            )
        if type(error) is sqlite3.DatabaseError:
            raise Refused(
                "%s is damaged, or no SQLite database" % path,
                where=path,
                why=words,
                hint="`sqlite3 %s 'PRAGMA integrity_check'` tells more" % path,
            )
        if words in UNFINISHED and os.path.exists(path + "-journal"):
            raise unfinished(path)
        foreign = "only the program of the database may know it: let that program make the index"
        hint = foreign if words.startswith(FOREIGN) else ""
        raise Refused("SQLite refuses: %s" % words, where=path, hint=hint)


@contextlib.contextmanager
def opened(path, timeout=30.0):
    """Open for reading only; nothing is made, changed or left beside the database."""
    mode = "ro&immutable=1" if in_wal_mode(path) and not log(path) else "ro"
    with said(path), contextlib.closing(connect(path, mode, timeout)) as db:
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")


def log(path):
    """Is there a write-ahead log to be read as well? Refuse one that can't be read without a trace."""
    for _ in range(CLOSING):
        wal = os.path.exists(path + "-wal") and os.path.getsize(path + "-wal")
        if os.path.exists(path + "-shm") or not wal:
            return os.path.exists(path + "-shm")
        time.sleep(0.1)
    raise unfinished(path)


def unfinished(path):
    return Refused(
        "%s was not closed by its last writer" % path,
        where=path,
        why="a log of it is left, which only a writer can take in",
        hint="start its program, or `sqlite3 %s 'PRAGMA quick_check'` as its owner" % path,
    )


def in_wal_mode(path):
    """Byte 18 of the header is 2 in WAL mode (sqlite.org/fileformat2.html#file_format_version_numbers)."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        return file.read(19)[18:] == b"\2"


def pragma(db, name):
    return db.execute("PRAGMA " + name).fetchone()[0]
