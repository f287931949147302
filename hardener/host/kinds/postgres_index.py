"""An index of a PostgreSQL database, as the server itself writes it (pg_get_indexdef).

Touches the database through psql, run as a system user of the host. A valid
index, an invalid one (what a failed concurrent build leaves) and none are
three states. A new one is built beside the one that it replaces and then takes
its name. Rollback drops what was made, concurrently, and builds what was
replaced from the server's own text, with its storage parameters, tablespace and
comment; an invalid index is not brought back.
"""

import json
import urllib.parse

from hardener.host import merge
from hardener.host.errors import Refused
from hardener.host.kinds.base import BEST_EFFORT, EXACT, Kind
from hardener.host.postgres import psql, sql, survey
from hardener.host.postgres.server import Server
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional

PATIENCE = {
    "concurrently": True,
    "lock_timeout": 30,
    "statement_timeout": 0,
}  # seconds; in a rollback
DAY = 86400
NAME = 63  # bytes (postgresql.org/docs/current/limits.html)


class Index(NamedTuple):
    """`definition` is the server's text without CONCURRENTLY; None: there is no such index."""

    definition: Optional[str] = None
    valid: Optional[bool] = None
    tablespace: str = ""
    comment: str = ""


ABSENT = Index()


def resource(server, schema, name):
    """The resource `DATABASE?how#schema.index`; it says all that a rollback needs to know."""
    return Resource("postgres_index", "%s#%s.%s" % (server.name(), _quoted(schema), _quoted(name)))


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _split(id):
    """The Server, schema and name that an id says."""
    server, _, name = id.partition("#")
    schema, _, index = name.partition(".")
    return Server.parse(server), urllib.parse.unquote(schema), urllib.parse.unquote(index)


def beside(name, end):
    """The name of an index on its way into the place of `name`, or out of it."""
    return name.encode("utf-8")[: NAME - len(end)].decode("utf-8", "ignore") + end


def wanted(given, table, index, view):
    """Return (resource, wanted state, notes) for an index of a step."""
    schema, _, table = table.rpartition(".")
    schema = schema or "public"
    asked = resource(Server.of(given), schema, index["name"])
    answer = view.ask(asked, {"table": table, "index": index})
    there = view.read(asked)
    state = there._replace(definition=answer["definition"], valid=True)
    return asked, state, answer["notes"]


class PostgresIndexKind(Kind):
    name = "postgres_index"
    State = Index

    def __init__(self, system, store):
        super().__init__(system, store)
        self._terms = {}

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, id):
        found = self._ask(id, sql.FIND)
        return Index(**found) if found else ABSENT

    def _ask(self, id, script, **values):
        server, schema, name = _split(id)
        return psql.ask(self.system, server, script, dict(values, schema=schema, name=name))

    # what the server makes of a wanted index

    def ask(self, id, question, view):
        """Return {definition, notes}; refuse what can't be made."""
        table, index = question["table"], question["index"]
        found = self._ask(id, sql.SURVEY, table=table)
        place = "%s, schema %s" % (id.partition("#")[0], _split(id)[1])
        survey.complete(found, place, table, index)
        given = json.dumps(index)
        made, there = self._ask(id, sql.PROBE, table=table, index=given), self._read(id)
        if (there.definition, there.valid) != (made["definition"], True):
            self._check(id, found, table, index, there.definition == made["definition"])
        else:
            made["twin"] = None
        notes = survey.notes(found, table) + survey.twin(index["name"], made["twin"])
        return {"definition": made["definition"], "notes": notes}

    def _check(self, id, found, table, index, rebuilt):
        """Refuse what can't be built."""
        survey.allowed(found, id, table)
        if found["namesake"] and not rebuilt:
            survey.free(found["namesake"], id, table)
        if index.get("unique"):
            equal = self._ask(id, sql.DUPLICATES, table=table, index=json.dumps(index))
            survey.distinct(equal, id, table, index)

    def check(self, id, before, after, view, opinion=None):
        self._terms[id] = opinion[1] if opinion else self._terms.get(id, PATIENCE)

    def canonical(self, id, state):
        # Nobody can make an invalid index, or wants one.
        return ABSENT if state.valid is False else state

    def reversible(self, id, before, after):
        return BEST_EFFORT if before.valid is False else EXACT

    def write(self, id, before, after):
        terms = self._terms[id]
        try:
            if after.definition:
                self._run(id, sql.put(terms["concurrently"]), terms, after)
            elif before.definition:
                self._run(id, sql.DROP if terms["concurrently"] else sql.at_once(sql.DROP), terms)
        except Refused as error:
            self._clear(id, error)
            raise

    def _clear(self, id, error):
        try:
            self.tidy(id)
        except Refused:
            error.hint += "; what was built is left, not in use, until a rollback can drop it"

    def tidy(self, id):
        self._run(id, sql.CLEAR, self._terms.get(id, PATIENCE))

    def _run(self, id, script, terms, after=ABSENT):
        server, schema, name = _split(id)
        values = {
            "schema": schema,
            "name": name,
            "new": beside(name, "_hardener_new"),
            "old": beside(name, "_hardener_old"),
            "definition": after.definition or "",
            "tablespace": after.tablespace,
            "comment": after.comment,
            "lock_timeout": "%ds" % terms["lock_timeout"],
            "statement_timeout": "%ds" % terms["statement_timeout"],
        }
        patience = terms["statement_timeout"] * 4 or DAY
        psql.ask(self.system, server, sql.PATIENCE + script, values, True, patience)

    def merge(self, id, before, after, now):
        """What is gone or half built is no work of others: it was ours, or our rollback's."""
        if now.definition is None or not now.valid:
            return before
        if before.definition is None:  # whatever was set for it meanwhile goes with it
            return before if now.definition == after.definition else None
        return merge.states(before, after, now)

    def exists(self, state):
        return state.definition is not None

    def diff(self, id, before, after):
        return _lines("-", before) + _lines("+", after)


def _lines(sign, state):
    if state is None or state.definition is None:
        return []
    return ["%s %s;%s" % (sign, state.definition, "" if state.valid else "  -- invalid")]


KIND = PostgresIndexKind
