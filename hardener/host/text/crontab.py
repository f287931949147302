"""Edit crontabs: entries by the comment above them, variables by their names. crontab(5)

An entry is marked as Ansible's cron module marks it, so that each finds those of the other.
"""

import re

from hardener.host.errors import Refused
from hardener.host.text import cron_times
from hardener.host.text.newlines import bare, ending, insert, split
from hardener.host.typed import NamedTuple

MARK = "#Ansible: "
VARIABLE = re.compile(
    r"[ \t]*(\"[^\"]*\"|'[^']*'|[^ \t=\"'#][^ \t=]*)[ \t]*=[ \t]*"
    r"(\"[^\"]*\"|'[^']*'|[^\"' \t].*?|)[ \t\r]*"
)


class Entry(NamedTuple):
    """One job; `user` is None where the table has no column for it."""

    times: str  # five fields, or @daily
    user: str
    command: str
    disabled: bool = False

    def __str__(self):
        words = [self.times] + ([self.user] if self.user else []) + [self.command]
        return ("#" if self.disabled else "") + " ".join(words)


class Crontab:
    """A crontab; edits give a new one. `with_users`: its entries have a column for the user."""

    def __init__(self, text, with_users=False):
        self.lines = split(text)
        self.with_users = with_users

    @classmethod
    def parse(cls, text, with_users=False):
        return cls(text, with_users)

    def __str__(self):
        return "".join(self.lines)

    def problems(self):
        """[(line from 1, why)] of what makes cron pass over the whole table."""
        found = [(at, trouble(bare(x), self.with_users)) for at, x in enumerate(self.lines, 1)]
        if self.lines and not ending(self.lines[-1]):
            found.append((len(self.lines), "the last line has no newline at its end"))
        return [(at, why) for at, why in found if why]

    def marked(self, name):
        """Indexes of the lines that mark an entry of this name."""
        return [at for at, line in enumerate(self.lines) if bare(line).rstrip() == MARK + name]

    def entry_of(self, at):
        """The entry below the mark at this index, or None where none follows at once."""
        line = bare(self.lines[at + 1]) if at + 1 < len(self.lines) else ""
        disabled = line.startswith("#")
        if line.startswith(MARK) or (disabled and trouble(line[1:], self.with_users)):
            return None
        return parse_entry(line[disabled:], self.with_users, disabled)

    def set(self, name, entry):
        """Put the entry below its mark, or add both at the end; other marks of this name go."""
        found = self.marked(name)
        for at in reversed(found[1:]):
            return self._without(at).set(name, entry)
        lines = list(self.lines)
        if not found:
            lines = insert(lines, len(lines), [MARK + name, str(entry)])
        elif self.entry_of(found[0]) is None:
            lines = insert(lines, found[0] + 1, [str(entry)])
        elif self.entry_of(found[0]) != entry:
            lines[found[0] + 1] = str(entry) + (ending(lines[found[0] + 1]) or "\n")
        return self._made(lines)

    def remove(self, name):
        """Remove every entry of this name with its mark."""
        found = self.marked(name)
        return self._without(found[-1]).remove(name) if found else self

    def _without(self, at):
        gone = 1 if self.entry_of(at) is None else 2
        return self._made(self.lines[:at] + self.lines[at + gone :])

    def variables(self):
        """[(index of the line, name, value)]; a value holds for what stands below it."""
        found = [(at, VARIABLE.fullmatch(bare(line))) for at, line in enumerate(self.lines)]
        return [(at, unquoted(m.group(1)), unquoted(m.group(2))) for at, m in found if m]

    def set_variable(self, name, value):
        """Change the last line of this name, or add one above all that is no comment."""
        found = [(at, is_) for at, each, is_ in self.variables() if each == name]
        if found and found[-1][1] == value:
            return self
        line, lines = "%s=%s" % (name, quoted(value)), list(self.lines)
        if found:
            at = found[-1][0]
            lines[at] = line + (ending(lines[at]) or "\n")
            return self._made(lines)
        return self._made(insert(lines, self.head(), [line]))

    def remove_variable(self, name):
        gone = {at for at, each, _ in self.variables() if each == name}
        return self._made([line for at, line in enumerate(self.lines) if at not in gone])

    def head(self):
        """The number of comments at the top that mark no entry."""
        for at, line in enumerate(self.lines):
            if not line.startswith("#") or line.startswith(MARK):
                return at
        return len(self.lines)

    def _made(self, lines):
        return Crontab("".join(lines), self.with_users)


def trouble(line, with_users):
    """Say why cron can't read a line; "" if it can."""
    text = line.strip(" \t\r")
    if not text or text.startswith("#") or VARIABLE.fullmatch(line):
        return ""
    entry = parse_entry(line, with_users)
    if entry is None:
        return "`%s` is neither an entry nor a variable" % text
    if entry.times.startswith("@"):
        return "" if entry.times[1:] in cron_times.SPECIAL else "there is no `%s`" % entry.times
    return cron_times.trouble(entry.times.split(" "))


def parse_entry(line, with_users, disabled=False):
    """The entry of a line, or None where something of it is missing."""
    text = line.strip(" \t\r")
    count = (1 if text.startswith("@") else 5) + bool(with_users)
    words = re.split(r"[ \t]+", text, maxsplit=count)
    if len(words) <= count or not (text.startswith("@") or re.match(r"-?[\d*]", text)):
        return None
    user = words[count - 1] if with_users else None
    times = " ".join(words[: count - bool(with_users)])
    return Entry(times[1:] if times.startswith("-") else times, user, words[count], disabled)


def unquoted(text):
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def quoted(value):
    """A value as cron reads it: quotes keep blanks at its ends, and there is no escape."""
    if unquoted(value) == value and value.strip() == value and value:
        return value
    sign = next((sign for sign in "\"'" if sign not in value), None)
    if sign is None:
        raise Refused("%r can't be written in a crontab: it has both kinds of quotes" % value)
    return sign + value + sign
