"""Make sure that a text file has a line, or has not: the words of Ansible's lineinfile.

What differs: a regexp that does not match the line it writes is refused, since every
run would add the line once more (its best known trap), and regexps never reach over
a line's end.
"""

import re

from hardener.host.errors import Refused
from hardener.host.text.newlines import bare, ending, insert, split


def ensure(text, line, regexp=None, insertafter=None, insertbefore=None):
    """The text with this line in it.

    The last line that `regexp` matches becomes it; if none does and the line is not
    there as it stands, it goes after the last match of `insertafter` or before that of
    `insertbefore` ("EOF", "BOF" or a regexp), and to the end where neither matches.
    """
    check(line, regexp)
    lines = split(text)
    found = matches(lines, regexp)
    if found:
        lines[found[-1]] = line + ending(lines[found[-1]])
    elif line not in map(bare, lines):
        lines = insert(lines, place(lines, insertafter, insertbefore), [line])
    return "".join(lines)


def expand(text, line, regexp):
    """The text with the last line in which `regexp` is found become `line`, its groups put in.

    Without a match nothing is there to put in, so the text stays. Whether it comes to rest the
    preview finds out.
    """
    lines = split(text)
    found = matches(lines, regexp)
    if found:
        last = lines[found[-1]]
        lines[found[-1]] = expanded(regexp, line, bare(last)) + ending(last)
    return "".join(lines)


def expanded(regexp, line, last):
    try:
        whole = compiled(regexp).search(last).expand(line)
    except (re.error, IndexError) as error:
        raise Refused("%r refers to a group that is not there" % line, why=str(error))
    check(whole)
    return whole


def remove(text, line=None, regexp=None):
    """The text without the lines that are `line` or that `regexp` matches."""
    lines = split(text)
    gone = set(matches(lines, regexp))
    return "".join(x for at, x in enumerate(lines) if at not in gone and bare(x) != line)


def matches(lines, regexp):
    """Numbers, from 0, of the lines in which the regexp is found."""
    if regexp is None:
        return []
    pattern = compiled(regexp)
    return [at for at, line in enumerate(lines) if pattern.search(bare(line))]


def place(lines, insertafter=None, insertbefore=None):
    """The index at which a new line goes in."""
    if insertbefore == "BOF":
        return 0
    found = matches(lines, insertbefore)
    if found:
        return found[-1]
    found = [] if insertafter == "EOF" else matches(lines, insertafter)
    return found[-1] + 1 if found else len(lines)


def check(line, regexp=None):
    """Refuse what can't be one line, and a regexp that would miss it on the next run."""
    if "\n" in line or line.endswith("\r"):
        raise Refused(
            "%r is more than one line" % line,
            hint="`block` writes several; YAML's `|` keeps the newline at the end, `|-` drops it",
        )
    if regexp is not None and not compiled(regexp).search(line):
        raise Refused(
            "the regexp %r does not match the line it writes, %r" % (regexp, line),
            why="the next run would not find the line and add it again",
            hint="change the regexp so that it matches the line before and after",
        )


def compiled(regexp):
    try:
        return re.compile(regexp)
    except re.error as error:
        raise Refused("%r is no regular expression" % regexp, why=str(error))
