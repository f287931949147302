"""Look into a SQLite database without leaving a trace. Runs in a child, as the owner of the file.

Opening a database in WAL mode makes files beside it, and closing it may write
the log back (sqlite.org/wal.html): where nobody has it open it is therefore
read as immutable, else with the files that are there.
"""

import contextlib
import difflib
import os
import sqlite3
import time
import urllib.parse

from hardener.host.errors import Refused
from hardener.host.sqlite_ddl import create, quoted, tokens

BUSY = ("database is locked", "database table is locked", "database schema is locked")
UNFINISHED = ("attempt to write a readonly database", "unable to open database file")
CLOSING = 10  # tenths of a second: the last to close a database removes -shm before -wal


def connect(path, mode="rw", timeout=30.0):
    """Open an existing database; every statement commits by itself."""
    uri = "file:%s?mode=%s" % (urllib.parse.quote(path), mode)
    connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return connection


@contextlib.contextmanager
def said(path):
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
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
        raise Refused("SQLite refuses: %s" % words, where=path)


@contextlib.contextmanager
def reading(path, timeout=30.0):
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
    with open(path, "rb") as file:
        return file.read(19)[18:] == b"\2"


def indexes(db):
    """Return [name, table, sql] of each index that somebody created, by name."""
    sql = (
        "SELECT name, tbl_name, sql FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    )
    return [list(row) for row in db.execute(sql)]


def survey(path, question, timeout):
    """Answer {wanted: [[name, sql, is there and the same]], rows, bytes} for a table."""
    with reading(path, timeout) as db:
        check(db, path)
        table = known(question["table"], tables(db), "table", path)
        columns = [row[1] for row in db.execute("PRAGMA table_xinfo(%s)" % quoted(table))]
        there = {name: (owner, sql) for name, owner, sql in indexes(db)}
        wanted = [compared(db, path, table, columns, index, there) for index in question["indexes"]]
        return {
            "table": table,
            "wanted": wanted,
            "rows": rows(db, table),
            "bytes": pragma(db, "page_count") * pragma(db, "page_size"),
        }


def check(db, path):
    """Refuse a damaged database; what is large is not read whole for that."""
    if pragma(db, "page_count") * pragma(db, "page_size") <= 64 << 20:
        found = pragma(db, "quick_check(1)")
        if found != "ok":
            raise Refused("%s is damaged" % path, where=path, why=str(found))


def pragma(db, name):
    return db.execute("PRAGMA " + name).fetchone()[0]


def tables(db):
    return [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def known(name, names, what, where):
    """Return the name as the database spells it; SQLite's names have no case."""
    for each in names:
        if each.lower() == name.lower():
            return each
    near = difflib.get_close_matches(name, names, 1)
    raise Refused(
        "there is no %s `%s`" % (what, name),
        where=where,
        why="there is: %s" % ", ".join(sorted(names)),
        hint="did you mean `%s`?" % near[0] if near else "",
    )


def rows(db, table):
    """A bound for the number of rows that costs nothing to get; None where there is no rowid."""
    try:
        return db.execute("SELECT max(_rowid_) FROM %s" % quoted(table)).fetchone()[0] or 0
    except sqlite3.OperationalError:
        return None


def compared(db, path, table, columns, index, there):
    """Return [name, sql, same]: the wanted index tried out on an empty copy of the table."""
    for each in index["columns"]:
        if each.get("name"):
            each["name"] = known(each["name"], columns, "column", "%s, table %s" % (path, table))
    sql = create(table, index)
    owner, present = there.get(index["name"], (None, None))
    if owner not in (None, table):
        raise Refused(
            "the index `%s` is one of table `%s`" % (index["name"], owner),
            where=path,
            hint="give the new one another `name`",
        )
    with contextlib.closing(sqlite3.connect(":memory:")) as probe:
        probe.execute(
            db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        )
        probe.execute(sql)
        same = present is not None and form(probe, index["name"], sql) == form(
            db, index["name"], present
        )
    if index.get("unique") and not same:
        refuse_duplicates(db, path, table, index)
    return [index["name"], sql, same]


def form(db, name, sql):
    """What makes two indexes the same: columns, order, collation, uniqueness, expressions and WHERE."""
    keys = [row[1:5] for row in db.execute("PRAGMA index_xinfo(%s)" % quoted(name)) if row[5]]
    plain = "where" not in tokens(sql) and all(cid >= 0 for cid, column, down, collation in keys)
    unique = sql.split("(")[0].upper().split()[1] == "UNIQUE"
    return unique, [key[1:] for key in keys], None if plain else tokens(sql)


def refuse_duplicates(db, path, table, index):
    """Find now what would make a unique index fail; NULLs differ from each other."""
    terms = [
        quoted(c["name"]) if c.get("name") else "(%s)" % c["expression"] for c in index["columns"]
    ]
    grouped = [
        t + (" COLLATE " + quoted(c["collate"]) if c.get("collate") else "")
        for t, c in zip(terms, index["columns"])
    ]
    filters = ["%s IS NOT NULL" % term for term in terms]
    filters += ["(%s)" % index["where"]] if index.get("where") else []
    sql = "SELECT %s, count(*) FROM %s WHERE %s GROUP BY %s HAVING count(*) > 1 LIMIT 1" % (
        ", ".join(terms),
        quoted(table),
        " AND ".join(filters),
        ", ".join(grouped),
    )
    found = db.execute(sql).fetchone()
    if found:
        raise Refused(
            "the index `%s` can't be unique" % index["name"],
            where="%s, table %s" % (path, table),
            why="%d rows have %s" % (found[-1], ", ".join(repr(value) for value in found[:-1])),
            hint="remove the duplicate rows first",
        )
