"""What the survey of a table says against a wanted index, and what a reader should know of it."""

from hardener.host.errors import Refused
from hardener.host.postgres.psql import nearest


def complete(survey, place, table, index):
    """Refuse where the table or a column is not there."""
    found = survey["table"]
    if found is None:
        names = survey["tables"] or []
        raise Refused(
            "there is no table `%s`" % table,
            where=place,
            why="there is: %s" % ", ".join(sorted(names)),
            hint=nearest(place.split(" ")[-1] + "." + table, names),
        )
    if found["kind"] == "p":
        why = "CREATE INDEX CONCURRENTLY refuses it"
        raise Refused(
            "%s is a partitioned table" % table, place, why, "name its partitions one by one"
        )
    for name in columns(index):
        if name not in (found["columns"] or []):
            raise Refused(
                "there is no column `%s`" % name,
                where="%s, table %s" % (place, table),
                why="there is: %s" % ", ".join(found["columns"] or []),
                hint=nearest(name, found["columns"] or []),
            )


def columns(index):
    keys = [each["name"] for each in index["columns"] if each.get("name")]
    return keys + (index.get("include") or [])


def free(namesake, place, table):
    """Refuse a name that something else has."""
    hint = "give the new one another `name`"
    if namesake["constraint"]:
        raise Refused(
            "the index belongs to the constraint `%s`" % namesake["constraint"], place, hint=hint
        )
    if namesake["table"] != table:
        owner = "an index of `%s`" % namesake["table"] if namesake["table"] else "what is no index"
        raise Refused("that name is taken by %s" % owner, place, hint=hint)


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
