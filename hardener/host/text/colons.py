"""Files of accounts: a line each, fields with colons between, the first is the name (passwd(5), group(5)).

What is no such line stays as it is; so do the lines of the old NIS, that begin with + or -.
"""

from hardener.host.errors import Refused
from hardener.host.text import newlines

FORBIDDEN = (":", "\n", "\r", "\0")


class Colons(newlines.Lines):
    """The lines of such a file."""

    @property
    def rows(self):
        """The fields of each entry, as tuples."""
        split = (tuple(newlines.bare(line).split(":")) for line in self.lines)
        return [fields for fields in split if len(fields) > 1]

    def get(self, name):
        """Return the fields of the first entry of this name, which is the one that counts; or None."""
        return next((fields for fields in self.rows if fields[0] == name), None)

    def set(self, fields):
        """Give the first entry of this name these fields, or add it: at the end, but before NIS."""
        line = joined(fields)
        for at, each in enumerate(self.lines):
            if is_entry(each, fields[0]):
                put = line + newlines.ending(each)
                return Colons(self.lines[:at] + (put,) + self.lines[at + 1 :])
        return Colons(newlines.insert(self.lines, self._end(), [line]))

    def remove(self, name):
        """Take out all entries of this name."""
        return Colons(line for line in self.lines if not is_entry(line, name))

    def _end(self):
        """Return where a new entry goes: what stands after a line of NIS is never looked at."""
        nis = (at for at, line in enumerate(self.lines) if line[:1] in ("+", "-"))
        return next(nis, len(self.lines))


def is_entry(line, name):
    return line.startswith(name + ":")


def joined(fields):
    """Return the line of these fields; raises Refused where one would be taken for two."""
    for field in fields:
        for sign in FORBIDDEN:
            if sign in field:
                raise Refused("%r can't stand in a file of accounts" % sign)
    return ":".join(fields)


def members(field):
    """Return the names in a list with commas (group(5))."""
    return [name for name in field.split(",") if name]


def with_member(field, name):
    """Add a name to such a list, once."""
    found = members(field)
    return field if name in found else ",".join(found + [name])


def without_member(field, name):
    """Take a name out of such a list."""
    found = members(field)
    return ",".join(each for each in found if each != name) if name in found else field
