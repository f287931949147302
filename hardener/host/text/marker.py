"""A block of lines between two lines that are given word for word, as Ansible's blockinfile has it.

Other than there, marks that do not pair up are an error and not guessed round.
"""

from hardener.host.errors import Refused
from hardener.host.text.lines import place
from hardener.host.text.newlines import bare, insert, split


def put(text, begin, end, content, insertafter=None, insertbefore=None):
    """The text with this content between the marks; a new block goes where `lines.place` says."""
    body = split(content.replace("\r\n", "\n"))
    block = [begin] + [bare(line) for line in body] + [end]
    if begin in block[1:] or end in block[:-1]:
        raise Refused("the content holds the mark %r, or both marks are one" % begin)
    lines = split(text)
    found = find(lines, begin, end)
    if not found:
        return "".join(insert(lines, place(lines, insertafter, insertbefore), block))
    first, last = found
    if [bare(line) for line in lines[first : last + 1]] == block:
        return text
    return "".join(insert(lines[:first] + lines[last + 1 :], first, block))


def remove(text, begin, end):
    """The text without the block and its marks."""
    lines = split(text)
    found = find(lines, begin, end)
    return "".join(lines[: found[0]] + lines[found[1] + 1 :]) if found else text


def find(lines, begin, end):
    """(line of the first mark, line of the last), from 0, or None. Refuse marks that do not pair up."""
    first, last = (
        [at for at, line in enumerate(lines) if bare(line) == mark] for mark in (begin, end)
    )
    if not first and not last:
        return None
    if len(first) != 1 or len(last) != 1 or first > last:
        raise Refused(
            "the marks %r and %r do not pair up" % (begin, end),
            why="they are in lines %s" % ", ".join(str(at + 1) for at in sorted(first + last)),
            hint="mend the marks by hand",
        )
    return first[0], last[0]
