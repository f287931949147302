"""Indexes on a table of a SQLite or PostgreSQL database, each by the database's own idea of equality."""

from hardener.host.errors import StepError
from hardener.host.resource import Want


def plan(params, view):
    wants = in_sqlite if params.sqlite else in_postgres
    yield from wants(params, definitions(params), view)


def definitions(params):
    """Return the wanted indexes, whole: one for each of `columns`, and those of `indexes`."""
    single = [{"columns": [column]} for column in params.columns or ()]
    found = [whole(index, params) for index in single + list(params.indexes or ())]
    refuse_twice([index["name"] for index in found])
    return found


def refuse_twice(names):
    for name in names:
        if names.count(name) > 1:
            raise StepError(
                "two indexes of this step are called `%s`" % name, hint="give one of them a `name`"
            )


def whole(index, params):
    columns = [each if isinstance(each, dict) else {"name": each} for each in index["columns"]]
    return dict(index, columns=columns, name=index.get("name") or named(params.table, columns))


def named(table, columns):
    """The name of an index that has none: idx_TABLE_COLUMN…"""
    if not all(each.get("name") for each in columns):
        raise StepError(
            "an index on an expression needs a `name`", where="indexes of table " + table
        )
    return "_".join(["idx", table.split(".")[-1]] + [each["name"] for each in columns])


def in_sqlite(params, wanted, view):
    from hardener.host.kinds import sqlite_indexes

    path = view.resolve(params.sqlite)
    resource = sqlite_indexes.SqliteIndexes(path)
    told = view.ask(  # reads them as well
        resource, {"table": params.table, "indexes": wanted, "lock_timeout": params.lock_timeout}
    )
    found = view.read(resource).by_name()
    for each in told["wanted"]:
        if not each.same:
            found.pop(each.there, None)
            found[each.name] = (each.name, told["table"], each.sql)
        if each.twin:
            view.note("`%s` will only cost: `%s` is the same index" % (each.name, each.twin))
    rows = "" if told["rows"] is None else "at most %d rows, " % told["rows"]
    view.note(
        "table %s: %sin a database of %d KiB; writers wait while indexes are built"
        % (told["table"], rows, told["bytes"] >> 10)
    )
    terms = {"lock_timeout": params.lock_timeout, "keep_bytes_up_to": params.keep_bytes_up_to << 20}
    yield Want(resource, sqlite_indexes.of(found), ("terms", terms))


def in_postgres(params, wanted, view):
    if not view.live:
        view.note("a tree that is not booted has no database server: no index was looked at")
        return
    from hardener.host.kinds import postgres_index

    terms = {name: params[name] for name in ("concurrently", "lock_timeout", "statement_timeout")}
    for index in wanted:
        resource, state, notes = postgres_index.wanted(params.postgres, params.table, index, view)
        for note in notes:
            view.note(note)
        yield Want(resource, state, ("terms", terms))
