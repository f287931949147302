"""A block of lines between two marks, in a file that is otherwise somebody else's.

    # BEGIN hardener ID
    …
    # END hardener ID

The id is required: two blocks with one mark would write over each other for ever. A block
is known by its id alone: where the file's signs of a comment change, so do its marks.
Marks that do not pair up are an error, never guessed round.
"""

import re

from hardener.host.errors import Refused
from hardener.host.text.lines import place
from hardener.host.text.newlines import bare, ending, insert, split
from hardener.host.typed import NamedTuple

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
SIGN = re.compile(r"[^\w\s]{0,4}\Z")
MARK = re.compile(
    r"[^\w\s]{0,4}\s*(BEGIN|END) hardener ([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s+[^\w\s]{1,4})?\Z"
)


class Comment(NamedTuple):
    """How the file writes a comment: Comment("<!--", "-->") for XML."""

    open: str = "#"
    close: str = ""

    def around(self, words):
        return " ".join(part for part in (self.open, words, self.close) if part)


def put(text, id, content, comment=Comment(), insertafter=None, insertbefore=None):
    """The text with this content in the block; a new block goes where `lines.place` says."""
    first, last = marks(id, comment)
    body = content.replace("\r\n", "\n").split("\n")
    body = body[:-1] if body[-1] == "" else body
    check(body)
    lines = split(text)
    found = find(lines, id)
    if not found:
        at = place(lines, insertafter, insertbefore)
        outside(lines, at)
        return "".join(insert(lines, at, [first] + body + [last]))
    begin, end = found
    lines[begin], lines[end] = marked(lines[begin], first), marked(lines[end], last)
    if [bare(line) for line in lines[begin + 1 : end]] != body:
        lines = insert(lines[: begin + 1] + lines[end:], begin + 1, body)
    return "".join(lines)


def marked(line, mark):
    """The line of a mark with these words; one that somebody has moved in stays there."""
    return line if line.strip() == mark else mark + ending(line)


def remove(text, id):
    """The text without the block and its marks."""
    lines = split(text)
    found = find(lines, id)
    return "".join(lines[: found[0]] + lines[found[1] + 1 :]) if found else text


def get(text, id):
    """The lines of the block, or None."""
    lines = split(text)
    found = find(lines, id)
    return [bare(line) for line in lines[found[0] + 1 : found[1]]] if found else None


def marks(id, comment):
    if not ID.match(id):
        raise Refused("%r can't be the id of a block" % id, hint="letters, digits, . _ and -")
    if not SIGN.match(comment.open) or not SIGN.match(comment.close):
        raise Refused(
            "%r is no sign of a comment" % (comment,), hint="up to four signs, as # or <!--"
        )
    return comment.around("BEGIN hardener " + id), comment.around("END hardener " + id)


def find(lines, id):
    """(line of BEGIN, line of END), from 0, or None. Refuse marks that do not pair up."""
    spans = {}
    for name, begin, end in pairs(lines):
        if name in spans and name == id:
            raise broken(
                name, begin, "the block is there twice, first in line %d" % (spans[id][0] + 1)
            )
        spans.setdefault(name, (begin, end))
    return spans.get(id)


def pairs(lines):
    """(id, BEGIN, END) of every block; blocks never nest."""
    is_open = None
    for at, line in enumerate(lines):
        mark = MARK.match(line.strip())
        if not mark:
            continue
        word, name = mark.groups()
        if word == "BEGIN" and is_open:
            raise broken(is_open[0], is_open[1], "the block has no END")
        if word == "END" and (not is_open or is_open[0] != name):
            raise broken(name, at, "this END has no BEGIN")
        if word == "END":
            yield name, is_open[1], at
        is_open = (name, at) if word == "BEGIN" else None
    if is_open:
        raise broken(is_open[0], is_open[1], "the block has no END")


def broken(id, at, why):
    return Refused(
        "line %d: broken marks of block %r" % (at + 1, id), why=why, hint="mend the marks by hand"
    )


def outside(lines, at):
    """Refuse a place inside another block: the next change of that one would lose it."""
    for name, begin, end in pairs(lines):
        if begin < at <= end:
            raise Refused("the place for the block is inside block %r" % name)


def check(body):
    for line in body:
        if MARK.match(line.strip()) or line.endswith("\r"):
            raise Refused(
                "%r can't be a line of a block" % line, why="it looks like a mark, or ends in CR"
            )
