"""What a table, its indexes and a wanted one are. Runs in a child, as the owner of the file."""

import contextlib
import difflib
import sqlite3

from hardener.host.errors import Refused
from hardener.host.sqlite.ddl import create, quoted, tokens
from hardener.host.sqlite.reading import opened, pragma


def indexes(db):
    """Return [name, table, sql] of each index that somebody created, by name."""
    sql = (
        "SELECT name, tbl_name, sql FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    )
    return [list(row) for row in db.execute(sql)]


def survey(path, question, timeout):
    """Answer {wanted: [[name, sql, is there and the same]], rows, bytes} for a table."""
    with opened(path, timeout) as db:
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
