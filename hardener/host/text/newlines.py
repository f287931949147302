"""Split text into lines and put lines in, keeping every line ending as it is.

Only LF and CRLF end a line: `str.splitlines` also cuts at form feeds and U+2028.
"""

import re
from itertools import chain

LINE = re.compile(r"[^\n]*\n|[^\n]+")
LINE_OR_CR = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def split(text, lone_cr=False):
    """Lines with their endings; `lone_cr` where the reader is Python's text mode."""
    return (LINE_OR_CR if lone_cr else LINE).findall(text)


def ending(line):
    """How this line ends: CRLF, LF or nothing."""
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""


def bare(line):
    """The line without its ending."""
    return line[: len(line) - len(ending(line))]


def ending_near(lines, index):
    """The ending that a line put in at `index` takes: that of its neighbours."""
    around = chain(reversed(lines[:index]), lines[index:])
    return next(filter(None, map(ending, around)), "\n")


def insert(lines, index, added):
    """A new list with `added` (lines without endings) put in at `index`.

    A file without a final newline gets one when something is added after its last
    line, and the added line gets one too: cron ignores a last line without it.
    """
    end = ending_near(lines, index)
    result = list(lines)
    if added and index == len(result) and result and not ending(result[-1]):
        result[-1] += end
    result[index:index] = [line + end for line in added]
    return result


class Lines:
    """The lines of a file; editing gives a new one."""

    def __init__(self, lines):
        self.lines = tuple(lines)

    @classmethod
    def parse(cls, text):
        return cls(split(text))

    def __str__(self):
        return "".join(self.lines)
