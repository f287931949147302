"""Cut the lines of an ini file into their parts; put together they are the file again."""

import functools
import re

from hardener.host.text.ini_comments import comment_start, quoted_comment
from hardener.host.text.newlines import bare, split
from hardener.host.typed import NamedTuple

SECTION = "section"
OPTION = "option"
MORE = "more"  # goes on with the value of the option above
COMMENT = "comment"
BLANK = "blank"
OTHER = "other"  # the dialect has no word for it


class Line(NamedTuple):
    """One line: the parts joined in order are its text."""

    kind: str
    before: str
    name: str = ""
    delimiter: str = ""  # with the white space round it; empty for a key that stands alone
    value: str = ""
    after: str = ""  # white space, inline comment, line ending

    def __str__(self):
        return "".join(self[1:])


def read_lines(text, dialect):
    """Lines of any text at all: what the dialect has no word for is OTHER."""
    lines, is_more = [], Continuation(dialect)
    for raw in split(text, dialect.lone_cr):
        line = is_more.take(raw) or read_line(raw, dialect)
        is_more.saw(line)
        lines.append(line)
    return lines


@functools.lru_cache(maxsize=4096)  # each of many edits reads the whole file back
def read_line(raw, dialect):
    """A line that does not continue another one."""
    before, content, after = cut(raw, dialect)
    if not content:
        return Line(COMMENT if after.strip() else BLANK, raw)
    header = dialect.header.match(content)
    if header:
        start, end = header.span("header")
        return Line(
            SECTION, before + content[:start], header.group("header"), content[end:], "", after
        )
    return read_option(before, content, after, dialect)


def read_option(before, content, after, dialect):
    found = re.search("[%s]" % dialect.delimiters, content)
    if not found and dialect.bare_keys and content[0] not in "!\\":  # my.cnf: !include
        return Line(OPTION, before, content, "", "", after)
    name = content[: found.start()].rstrip() if found else ""
    if not name:
        return Line(OTHER, before + content + after)
    value = content[found.end() :].lstrip()
    delimiter = content[len(name) : len(content) - len(value)]
    return Line(OPTION, before, name, delimiter, value, after)


def cut(raw, dialect):
    """(indentation, content, the rest): a comment has no content."""
    kept = raw[: comment_start(raw, dialect)]
    content = kept.strip()
    if not content:
        return "", "", raw
    start = len(kept) - len(kept.lstrip())
    return raw[:start], content, raw[start + len(content) :]


class Continuation:
    """Remembers whether the next line may go on with a value.

    By "indent" every deeper line does, by "maybe" one that can't be an option, by "quote"
    none: what of the rest may be meant is in ini_doubt.
    """

    def __init__(self, dialect):
        self.dialect = dialect
        self.read = getattr(self, "by_" + dialect.more) if dialect.more else None
        self.open = False
        self.depth = 0  # indentation of the option that a deeper line goes on with

    def take(self, raw):
        """The line as a continuation, or None."""
        return self.read(raw) if self.open and self.read else None

    def by_indent(self, raw):
        if not raw[:1].isspace():
            return None
        before, content, after = cut(raw, self.dialect)
        if not content or len(before) <= self.depth:
            return None
        return Line(MORE, before, value=content, after=after)

    def by_maybe(self, raw):
        line = self.by_indent(raw)
        return line if line and not says_more(line.value, self.dialect) else None

    def by_quote(self, raw):
        return None

    def by_backslash(self, raw):
        # systemd passes over comment lines in between, git takes them for the value
        if not self.dialect.inline and raw.lstrip()[:1] in tuple(self.dialect.comments):
            return None
        end = quoted_comment(raw, self.dialect) if self.dialect.inline else len(raw)
        content = raw[:end].rstrip() if end < len(raw) else bare(raw)
        return Line(MORE, "", value=content, after=raw[len(content) :])

    def saw(self, line):
        """Learn from this line; comments and blank lines teach nothing."""
        if line.kind in (COMMENT, BLANK):
            return
        self.open = line.kind in (OPTION, MORE)
        if line.kind == OPTION:
            self.depth = len(line.before)
        if self.dialect.more == "backslash":
            self.open = self.open and goes_on(line.value)


def says_more(content, dialect):
    """Is it a header or an option with a value, whatever its indentation?"""
    return dialect.header.match(content) or re.search("[%s]" % dialect.delimiters, content)


def goes_on(content):
    """An odd number of backslashes at the end: two are one that is meant."""
    return (len(content) - len(content.rstrip("\\"))) % 2 == 1
