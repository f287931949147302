"""What the survey of a table says against a wanted index, and what a reader should know of it."""

from hardener.host.errors import Refused
from hardener.host.postgres.psql import meant


def complete(survey, place, table, index):
    """Refuse where the table or a column is not there."""
    found = survey["table"]
    if found is None:
        names = survey["tables"] or []
        raise Refused(
            "there is no table `%s`" % table,
            where=place,
            why="there is: %s" % ", ".join(sorted(names)),
            hint=meant(place.split(" ")[-1] + "." + table, names),
        )
    if found["kind"] == "p":
        why = "CREATE INDEX CONCURRENTLY refuses it"
        raise Refused(
            "%s is a partitioned table" % table, place, why, "name its partitions one by one"
        )
    if survey["name"] != index["name"]:
        raise Refused(
            "the name `%s` is too long" % index["name"],
            where=place,
            why="PostgreSQL cuts it to `%s`" % survey["name"],
            hint="give the index a shorter `name`",
        )
    for name in columns(index):
        if name not in (found["columns"] or []):
            raise Refused(
                "there is no column `%s`" % name,
                where="%s, table %s" % (place, table),
                why="there is: %s" % ", ".join(found["columns"] or []),
                hint=meant(name, found["columns"] or []),
            )


def columns(index):
    keys = [each["name"] for each in index["columns"] if each.get("name")]
    return keys + (index.get("include") or [])


def free(namesake, place, table):
    """Refuse a name that something else has."""
    hint = "give the new one another `name`"
    for word, belongs in (
        ("constraint", "belongs to the constraint `%s`"),
        ("whole", "is a part of the index `%s` of a partitioned table"),
    ):
        if namesake[word]:
            raise Refused("the index " + belongs % namesake[word], place, hint=hint)
    for word, use in (
        ("identity", "the replica identity of its table: replication needs it"),
        ("clustered", "what CLUSTER orders its table by"),
    ):
        if namesake[word]:
            raise Refused("the index is " + use, place, hint=hint)
    if namesake["table"] != table:
        owner = "an index of `%s`" % namesake["table"] if namesake["table"] else "what is no index"
        raise Refused("that name is taken by %s" % owner, place, hint=hint)


def allowed(survey, place, table):
    """Refuse what this role may not do: an index is made by the owner of the table alone."""
    found = survey["table"]
    if not found["ours"]:
        raise Refused(
            "the role `%s` may not make indexes on `%s`" % (survey["user"], table),
            where=place,
            why="the table belongs to `%s`" % found["owner"],
            hint="connect as `user: %s`, or as a member of that role" % found["owner"],
        )
    if not survey["may_create"]:
        raise Refused(
            "the role `%s` may not make anything in this schema" % survey["user"],
            where=place,
            hint="GRANT CREATE ON SCHEMA … TO %s" % survey["user"],
        )


def twin(name, other):
    return ["`%s` will only cost: `%s` is the same index" % (name, other)] if other else []


def distinct(found, place, table, index):
    """Refuse a unique index over equal rows; `found` counts some, or is None."""
    if found:
        raise Refused(
            "the index `%s` can't be unique" % index["name"],
            where="%s, table %s" % (place, table),
            why="%d rows are equal in it" % found["rows"],
            hint="remove the duplicate rows first",
        )


def notes(survey, table):
    found = survey["table"]
    rows = "an unknown number of" if found["rows"] < 0 else "about %d" % found["rows"]
    told = ["table %s: %s rows, %d KiB with its indexes" % (table, rows, found["bytes"] >> 10)]
    words = (
        "session %(pid)d (%(user)s, %(program)s) is %(state)s for %(seconds)d s: "
        "a concurrent build waits for its end"
    )
    return told + [words % each for each in survey["sessions"] or ()]
