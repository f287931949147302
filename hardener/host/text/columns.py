"""Lines of fields between blanks and tabs: change a field and keep the columns."""

import re

CELL = re.compile(r"([ \t]*)([^ \t]+)")


class Row:
    """One line without its ending, cut into (gap, field) pairs, at most `most` of them."""

    def __init__(self, text, most):
        found = list(CELL.finditer(text))[:most]
        self.gaps = [match.group(1) for match in found]
        self.fields = [match.group(2) for match in found]
        self.starts = [width(text[: match.start(2)]) for match in found]
        self.ends = [width(text[: match.end(2)]) for match in found]
        self.tail = text[found[-1].end() :] if found else text


def width(text):
    return len(text.expandtabs(8))


def with_fields(row, fields, others=()):
    """The row's text with these fields, each in its old column where it fits.

    A gap of one blank shows no column of its own: it counts as one if a row of
    `others` has a field there too.
    """
    text = ""
    for at, field in enumerate(fields):
        text += gap(row, at, text, fields, others) + field
    return text


def gap(row, at, text, fields, others):
    """The white space before field `at`, after `text`."""
    if at >= len(row.gaps):
        return "" if not at else "\t" if "\t" in "".join(row.gaps[1:]) else " "
    old, start = row.gaps[at], row.starts[at]
    if at == 0 or width(text) == row.ends[at - 1]:
        return old
    if width(text) >= start and fields[at - 1] == row.fields[at - 1]:  # pushed on as it was
        return old
    if "\t" in old:
        return "\t" * max(1, (start - 1) // 8 - width(text) // 8 + 1)
    shared = any(at < len(other.starts) and other.starts[at] == start for other in others)
    return " " * max(1, start - width(text)) if len(old) > 1 or shared else old
