"""Merge two edits of one text, as `git merge-file` does: lists of lines, bytes or text.

Edits that touch (no unchanged line between them) are a conflict unless they are
the same: which of them comes first is not ours to say.
"""

from difflib import SequenceMatcher
from typing import NamedTuple, Tuple


class Conflict(NamedTuple):
    """A part that both sides changed, each in its own way."""

    start: int  # first line in base, counted from 0
    base: Tuple
    ours: Tuple
    theirs: Tuple


class Merge(NamedTuple):
    """The merged lines; in a conflict, base's. Only a clean merge may be written."""

    lines: Tuple
    conflicts: Tuple[Conflict, ...]

    @property
    def clean(self):
        return not self.conflicts


class Edit(NamedTuple):
    """base[start:stop] becomes `lines`."""

    start: int
    stop: int
    lines: Tuple


def merge(base, ours, theirs):
    """Both edits of base in one, and the parts where they can't be."""
    edits = {"ours": edits_of(base, ours), "theirs": edits_of(base, theirs)}
    lines, conflicts, done = [], [], 0
    for start, stop in regions(edits["ours"] + edits["theirs"]):
        lines += base[done:start]
        found = settle(base, start, stop, edits)
        conflicts += [found] if isinstance(found, Conflict) else []
        lines += found.base if isinstance(found, Conflict) else found
        done = stop
    return Merge(tuple(lines + list(base[done:])), tuple(conflicts))


def settle(base, start, stop, edits):
    """The lines of this region, or the conflict in it."""
    old = tuple(base[start:stop])
    ours, theirs = (
        applied(old, start, inside(edits[who], start, stop)) for who in ("ours", "theirs")
    )
    if theirs in (old, ours):
        return ours
    return theirs if ours == old else Conflict(start, old, ours, theirs)


def edits_of(base, new):
    """What was changed; equal lines at both ends are never part of it."""
    base, new = list(base), list(new)
    head = common(base, new)
    tail = common(base[head:][::-1], new[head:][::-1])
    match = SequenceMatcher(None, base[head : len(base) - tail], new[head : len(new) - tail], False)
    changed = [code for code in match.get_opcodes() if code[0] != "equal"]
    return [Edit(a + head, b + head, tuple(new[c + head : d + head])) for _, a, b, c, d in changed]


def common(one, other):
    """How many lines at the start are the same."""
    pairs = enumerate(zip(one, other))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def regions(edits):
    """Spans of base in which edits overlap or touch."""
    found = []
    for edit in sorted(edits):
        if found and edit.start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], edit.stop)
        else:
            found.append([edit.start, edit.stop])
    return found


def inside(edits, start, stop):
    return [edit for edit in edits if start <= edit.start and edit.stop <= stop]


def applied(old, start, edits):
    """The region's lines once these edits are made."""
    lines, done = [], 0
    for edit in edits:
        lines += old[done : edit.start - start] + edit.lines
        done = edit.stop - start
    return tuple(lines) + old[done:]
