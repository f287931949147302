"""Merge two edits of one text, as `git merge-file` does: lists of lines, bytes or text.

Edits that touch (no unchanged line between them) are a conflict unless they are
the same: which of them comes first is not ours to say. A line put in beside its equal,
or one of several equals taken out, could be any of them, so it touches what any would;
git takes the one that its diff happens to name.
"""

from hardener.host.typed import NamedTuple, Tuple


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
    """Both edits of base in one, and the parts where they can't be.

    Among many equal lines a diff has several readings. Read from the end it often
    takes another one: a merge that then comes out otherwise is a conflict as a whole.
    """
    forth = one_way(base, ours, theirs)
    back = one_way(base[::-1], ours[::-1], theirs[::-1])
    if forth.clean and (not back.clean or back.lines[::-1] != forth.lines):
        return Merge(tuple(base), (Conflict(0, tuple(base), tuple(ours), tuple(theirs)),))
    return forth


def one_way(base, ours, theirs):
    """The merge by one reading of both edits."""
    edits = {"ours": edits_of(base, ours), "theirs": edits_of(base, theirs)}
    lines, conflicts, done = [], [], 0
    spans = [span(base, edit) for edit in edits["ours"] + edits["theirs"]]
    for start, stop in regions(spans):
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
    from difflib import SequenceMatcher  # most runs merge nothing

    base, new = list(base), list(new)
    head = common(base, new)
    tail = common(base[head:][::-1], new[head:][::-1])
    match = SequenceMatcher(None, base[head : len(base) - tail], new[head : len(new) - tail], False)
    changed = [code for code in match.get_opcodes() if code[0] != "equal"]
    return [Edit(a + head, b + head, tuple(new[c + head : d + head])) for _, a, b, c, d in changed]


def span(base, edit):
    """Where the edit may as well be: one that only adds or removes slides along equals."""
    start, stop, lines = edit
    moved = list(lines) or list(base[start:stop])
    if lines and start != stop:
        return start, stop
    up = common(base[:start][::-1], repeated(moved[::-1], start))
    down = common(base[stop:], repeated(moved, len(base) - stop))
    return start - up, stop + down


def repeated(lines, length):
    """These lines over and over: what an edit meets as it slides past itself."""
    return (lines * (length // len(lines) + 1))[:length]


def common(one, other):
    """How many lines at the start are the same."""
    pairs = enumerate(zip(one, other))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def regions(spans):
    """Parts of base in which spans overlap or touch, as one each."""
    found = []
    for start, stop in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], stop)
        else:
            found.append([start, stop])
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
