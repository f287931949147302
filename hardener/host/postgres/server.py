"""A PostgreSQL server and database: how it is reached, and its name in the id of a resource."""

import urllib.parse

from hardener.host.typed import NamedTuple


class Server(NamedTuple):
    """How a database is reached, and by which system user."""

    database: str
    host: str = ""
    port: int = 5432
    user: str = ""
    as_user: str = "postgres"
    password_file: str = ""

    def name(self):
        """A short name from which parse() gets everything back."""
        usual = Server(self.database)
        unusual = [
            (f, getattr(self, f)) for f in self._fields[1:] if getattr(self, f) != getattr(usual, f)
        ]
        query = "?" + urllib.parse.urlencode(unusual) if unusual else ""
        return urllib.parse.quote(self.database, safe="") + query

    @classmethod
    def of(cls, given):
        """The Server of a step's `postgres` parameters."""
        return cls(**{name: value for name, value in given.items() if value is not None})

    @classmethod
    def parse(cls, name):
        """The Server of such a short name."""
        database, _, query = name.partition("?")
        found = dict(urllib.parse.parse_qsl(query))
        found["port"] = int(found.get("port", 5432))
        return cls(urllib.parse.unquote(database), **found)
