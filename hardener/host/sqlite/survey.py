"""What a table, its indexes and a wanted one are. Runs in a child, as the owner of the file."""

import contextlib

from hardener.host.errors import Refused
from hardener.host.nearest import nearest
from hardener.host.sqlite import library as sqlite3
from hardener.host.sqlite.ddl import create, quoted
from hardener.host.sqlite.probe import Probe
from hardener.host.sqlite.reading import FOREIGN, opened, pragma
from hardener.host.typed import NamedTuple


def indexes(db):
    """Return [name, table, sql] of each index that somebody created, by name."""
    sql = (
        "SELECT name, tbl_name, sql FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    )
    return [list(row) for row in db.execute(sql)]


def survey(path, question, timeout):
    """Answer {table, wanted: [Finding], rows, bytes} for a table, and the indexes of the database.

    `there` of the question are those where they are foretold or known.
    """
    with opened(path, timeout) as db:
        there = indexes(db) if question["there"] is None else question["there"]
        check(db, path)
        table = known(question["table"], tables(db), "table", path)
        sql = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        with contextlib.closing(Probe(sql)) as probe:
            found = Table(db, path, table, probe, there)
            wanted = [found.compared(index) for index in question["indexes"]]
        found = {
            "table": table,
            "wanted": wanted,
            "rows": rows(db, table),
            "bytes": pragma(db, "page_count") * pragma(db, "page_size"),
        }
        return found, there


class Finding(NamedTuple):
    """A wanted index: its statement, the one of its name that is there, or "", and one that is the same."""

    name: str
    sql: str
    there: str
    same: bool
    twin: str


class Table:
    """A table with its indexes, `there` [(name, table, statement)], against which wanted ones are held."""

    def __init__(self, db, path, name, probe, there):
        self._db, self._path, self._name, self._probe = db, path, name, probe
        self._there = {index[0].lower(): index for index in there}  # SQLite's names have no case
        self._columns = [row[1] for row in db.execute("PRAGMA table_xinfo(%s)" % quoted(name))]
        mine = [index for index in there if index[1].lower() == name.lower()]
        self._forms = {name: probe.known(name, sql) for name, _, sql in mine}

    def compared(self, index):
        """Return the Finding of a wanted index, tried out on an empty copy of the table."""
        place = "%s, table %s" % (self._path, self._name)
        for each in index["columns"]:
            if each.get("name"):
                each["name"] = known(each["name"], self._columns, "column", place)
        name, sql = index["name"], create(self._name, index)
        there = self._named(name)
        form = self._probe.form(name, sql)
        same = there != "" and self._forms[there] == form
        if index.get("unique") and not same:
            refuse_duplicates(self._db, self._path, self._name, index)
        twins = [other for other in sorted(self._forms) if self._forms[other] == form]
        return Finding(name, sql, there, same, "" if same or not twins else twins[0])

    def _named(self, name):
        """The index of that name as it is spelt there, or ""; Refused where something else has it."""
        there, table, _ = self._there.get(name.lower(), ("", self._name, ""))
        if table.lower() != self._name.lower():
            raise taken(name, "an index of table `%s`" % table, self._path)
        other = "SELECT type FROM sqlite_master WHERE type != 'index' AND name = ? COLLATE NOCASE"
        for (type,) in self._db.execute(other, (name,)):
            raise taken(name, "a %s" % type, self._path)
        return there


def taken(name, by, path):
    return Refused(
        "the name `%s` is taken by %s" % (name, by),
        where=path,
        hint="give the index another `name`",
    )


def check(db, path):
    """Refuse a damaged database; what is large is not read whole for that."""
    if pragma(db, "page_count") * pragma(db, "page_size") <= 64 << 20:
        found = quick_check(db)
        if found != "ok":
            raise Refused("%s is damaged" % path, where=path, why=str(found))


def quick_check(db):
    """Return "ok", also where only the program of the database could tell, or what is wrong."""
    try:
        return pragma(db, "quick_check(1)")
    except sqlite3.OperationalError as error:
        if str(error).startswith(FOREIGN):
            return "ok"
        raise


def tables(db):
    return [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def known(name, names, what, where):
    """Return the name as the database spells it; SQLite's names have no case."""
    for each in names:
        if each.lower() == name.lower():
            return each
    near = nearest(name, names)
    raise Refused(
        "there is no %s `%s`" % (what, name),
        where=where,
        why="there is: %s" % ", ".join(sorted(names)),
        hint="did you mean `%s`?" % near if near else "",
    )


def rows(db, table):
    """A bound for the number of rows that costs nothing to get; None where there is no rowid."""
    try:
        return db.execute("SELECT max(_rowid_) FROM %s" % quoted(table)).fetchone()[0] or 0
    except sqlite3.OperationalError:
        return None


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
