"""Can two patterns of gitignore(5) match the same path? Said from the patterns alone."""

import re

TOKEN = re.compile(r"\\(.)|(\*+)|(\?)|(\[(?:!|\^)?\]?(?:\\.|[^\]\\])*\])|(.)", re.DOTALL)
STAR, ANY = object(), object()
DEEP = (STAR,)  # a segment `**`: any number of folders


def meet(one, other):
    """May both match one path? A character class counts as any character."""
    return crossed(segments(one), segments(other), alike_segments)


def meet_below(folder, other):
    """May `other` match something below what `folder` matches?"""
    return crossed(segments(folder) + [segment("*"), DEEP], segments(other), alike_segments)


def is_anchored(pattern):
    """A slash anywhere but at the end: the pattern counts from the file's own folder."""
    return "/" in pattern[:-1]


def segments(pattern):
    """The pattern, cut at its slashes; an unanchored one may be in any folder."""
    parts = pattern.rstrip("/").lstrip("/").split("/")
    cut = [DEEP if part == "**" else segment(part) for part in parts]
    if cut[-1] is DEEP:  # `a/**` is what is in a, not a itself
        cut[-1:] = [segment("*"), DEEP]
    return cut if is_anchored(pattern) else [DEEP] + cut


def segment(text):
    """Letters, ANY and STAR, in a list; a list so that it never equals DEEP."""
    return [token_of(*match.groups()) for match in TOKEN.finditer(text)]


def token_of(escaped, star, any_one, one_of, letter):
    if star:
        return STAR
    return ANY if any_one or one_of else escaped or letter


def alike_segments(one, other):
    return crossed(one, other, lambda a, b: a == b or ANY in (a, b))


def crossed(one, other, alike):
    """Do two sequences, in which STAR or DEEP stand for any run, have one in common?"""
    seen, todo = set(), [(0, 0)]
    while todo:
        i, j = todo.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i == len(one) and j == len(other):
            return True
        todo += steps(one, other, i, j, alike)
    return False


def steps(one, other, i, j, alike):
    """The places in both sequences that can be reached from here."""
    left, right = one[i] if i < len(one) else None, other[j] if j < len(other) else None
    if is_run(left):
        yield i + 1, j
        if right is not None:
            yield i, j + 1
    if is_run(right):
        yield i, j + 1
        if left is not None:
            yield i + 1, j
    if None not in (left, right) and not is_run(left) and not is_run(right) and alike(left, right):
        yield i + 1, j + 1


def is_run(token):
    return token is STAR or token is DEEP
