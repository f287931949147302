"""An empty copy of a table, in memory, on which an index is tried out. Runs in a child."""

from hardener.host.sqlite import library as sqlite3
from hardener.host.sqlite.ddl import quoted, tokens

NO_COLLATION, NO_FUNCTION = "no such collation sequence: ", "no such function: "


class Probe:
    """A table by the statement that made it."""

    def __init__(self, sql):
        self._db = sqlite3.connect(":memory:")
        self._foreign = set()
        self._make(sql)
        for name, stand_in in self._foreign:
            stand_in(name, None)

    def close(self):
        self._db.close()

    def _make(self, sql):
        """Make the table; what only the program of the database knows is stood in for meanwhile."""
        while True:
            try:
                self._db.execute(sql)
                return
            except sqlite3.OperationalError as error:
                self._stand_in(error)

    def _stand_in(self, error):
        for words, stand_in in ((NO_COLLATION, self._collation), (NO_FUNCTION, self._function)):
            name = str(error).partition(words)[2]
            if name and (name, stand_in) not in self._foreign:
                self._foreign.add((name, stand_in))
                stand_in(name, lambda *values: 0)
                return
        raise error

    def _collation(self, name, compare):
        self._db.create_collation(name, compare)

    def _function(self, name, work):
        self._db.create_function(name, -1, work)

    def form(self, name, sql):
        """What makes two indexes the same: columns, order, collation, uniqueness, expressions and WHERE."""
        self._db.execute(sql)
        try:
            rows = self._db.execute("PRAGMA index_xinfo(%s)" % quoted(name)).fetchall()
        finally:
            self._db.execute("DROP INDEX %s" % quoted(name))
        keys = [(name, down, collation.lower()) for _, _, name, down, collation, key in rows if key]
        plain = "where" not in tokens(sql) and all(column for column, _, _ in keys)
        unique = sql.split("(")[0].upper().split()[1] == "UNIQUE"
        return unique, keys, None if plain else tokens(sql)

    def known(self, name, sql):
        """The form of an index that is there; None where only a program of its own understands it."""
        try:
            return self.form(name, sql)
        except sqlite3.Error:
            return None
