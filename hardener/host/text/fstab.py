"""Edit /etc/fstab: one entry at a time, in the columns of its neighbours. fstab(5)

No one field identifies an entry: every swap area has the mount point `none`, so
swap goes by its source, all else by its mount point.
"""

import re

from hardener.host.errors import Refused
from hardener.host.text.columns import Row, with_fields
from hardener.host.text.newlines import bare, ending, insert, split
from hardener.host.typed import NamedTuple, Tuple

FIELDS = 6
ESCAPE = re.compile(rb"\\([0-7]{3})")
SPECIAL = re.compile(r"[ \t\n\r\\#]")


class Entry(NamedTuple):
    """One mount, decoded; a missing dump or pass is 0, as fstab(5) says."""

    spec: str
    file: str
    vfstype: str
    options: Tuple[str, ...] = ("defaults",)
    dump: int = 0
    passno: int = 0

    def identity(self):
        """Equal for entries that would be in each other's way."""
        if self.vfstype == "swap" or self.file in ("none", "swap"):
            return "swap", self.spec
        return "mount", self.file.rstrip("/") or "/"


class Fstab:
    """An fstab; edits give a new one. `entries` is [(line from 1, Entry)]."""

    def __init__(self, text):
        self.lines = split(text)
        parsed = [(at, parse_line(line)) for at, line in enumerate(self.lines, 1)]
        self.entries = [(at, entry) for at, entry in parsed if entry]
        self.bad = [at for at, entry in parsed if not entry and not is_comment(self.lines[at - 1])]

    @classmethod
    def parse(cls, text):
        return cls(text)

    def __str__(self):
        return "".join(self.lines)

    def problems(self):
        """[(line from 1, text)] that libmount ignores: too few fields, words for numbers."""
        return [(at, bare(self.lines[at - 1])) for at in self.bad]

    def meant(self):
        """[(line from 1, Entry)] of the lines that libmount ignores, as systemd and getmntent(3) read them.

        `sw # a comment` is one: they take what is no number for the end of the line.
        """
        pairs = [(at, Row(bare(self.lines[at - 1]), FIELDS).fields) for at in self.bad]
        return [(at, Entry(*as_entry(fields[:4]))) for at, fields in pairs if len(fields) > 2]

    def find(self, **fields):
        """[(line, Entry)] with just these fields: find(vfstype="swap", spec="/swapfile")."""
        wanted = fields.items()
        return [(at, e) for at, e in self.entries if all(getattr(e, k) == v for k, v in wanted)]

    def duplicates(self):
        """[(line, line of the first of that identity, Entry)]; mount(8) takes the first."""
        first = {}
        for at, entry in self.entries:
            first.setdefault(entry.identity(), at)
        pairs = [(at, first[entry.identity()], entry) for at, entry in self.entries]
        return [pair for pair in pairs if pair[0] != pair[1]]

    def set(self, entry):
        """Change the first entry of this identity, or add it after the last entry."""
        for at, old in self.entries:
            if old.identity() == entry.identity():
                return self.replace(at, entry)
        return self.add(entry)

    def add(self, entry):
        """Add a line after the last entry, in its columns."""
        rows = self._rows()
        at = self.entries[-1][0] if rows else len(self.lines)
        model = rows[-1] if rows else Row("", FIELDS)
        new = with_fields(model, encoded(entry, len(model.fields) or FIELDS), rows[:-1])
        return self._proved(insert(self.lines, at, [new]), entry)

    def replace(self, at, entry):
        """Change the entry on line `at`: fields that mean the same stay as written."""
        old = dict(self.entries)[at]
        if old == entry:
            return self
        row, line = Row(bare(self.lines[at - 1]), FIELDS), self.lines[at - 1]
        fields = encoded(entry, len(row.fields))
        fields[: len(row.fields)] = [
            written if was == will else field
            for written, was, will, field in zip(row.fields, old, entry, fields)
        ]
        others = [other for number, other in zip(dict(self.entries), self._rows()) if number != at]
        lines = list(self.lines)
        lines[at - 1] = with_fields(row, fields, others) + row.tail + ending(line)
        return self._proved(lines, entry)

    def remove(self, at):
        """Remove the entry, or what is meant to be one, on line `at`, counted from 1."""
        assert at in dict(self.entries) or at in self.bad
        return Fstab("".join(self.lines[: at - 1] + self.lines[at:]))

    def _rows(self):
        return [Row(bare(self.lines[at - 1]), FIELDS) for at, _ in self.entries]

    def _proved(self, lines, entry):
        new = Fstab("".join(lines))
        if entry not in [found for _, found in new.entries] or len(new.bad) != len(self.bad):
            raise Refused(
                "%r can't be written as a line of fstab" % (entry,), why="a field is empty"
            )
        return new


def parse_line(line):
    """The entry, or None. Only blanks and tabs part fields, as in libmount."""
    if is_comment(line):
        return None
    fields = Row(bare(line), FIELDS).fields
    if len(fields) < 3 or not all(re.match(r"[+-]?[0-9]+$", number) for number in fields[4:]):
        return None
    return Entry(*as_entry(fields[:4]), *map(int, fields[4:]))


def as_entry(fields):
    """Return spec, file, vfstype and options of an Entry from three or four fields."""
    spec, file, vfstype, options = [decoded(f) for f in fields + [""][len(fields) - 3 :]]
    return spec, file, vfstype, tuple(filter(None, options.split(",")))


def is_comment(line):
    return line.strip(" \t\r\n")[:1] in ("", "#")


def encoded(entry, least):
    """At least this many fields as they are written, more where they say something."""
    fields = [SPECIAL.sub(octal, field) for field in (*entry[:3], ",".join(entry.options))]
    fields += [str(number) for number in entry[4:]]
    said = max(
        at
        for at, (field, unsaid) in enumerate(zip(fields, ("", "", "", "", "0", "0")))
        if field != unsaid
    )
    return fields[: max(least, said + 1)]


def octal(match):
    return "\\%03o" % ord(match.group())


def decoded(field):
    """`\\040` is a blank; any byte may be written so."""
    raw = field.encode("utf-8", "surrogateescape")
    raw = ESCAPE.sub(lambda match: bytes([int(match.group(1), 8) & 255]), raw)
    return raw.decode("utf-8", "surrogateescape")
