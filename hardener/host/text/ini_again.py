"""Read an ini file again after an edit: only what lies between two headers that have stayed.

A header starts a section whatever stood above it, unless it goes on with a value there; so from one
to the next lines are read alike whatever has become of the others.
"""

from hardener.host.text.ini_lines import SECTION, read_lines
from hardener.host.text.ini_options import Option, read_options


def again(lines, texts, found, new, dialect):
    """Return lines, texts and options of the file with the texts `new`; None where all of it must be read.

    `lines`, `texts` and `found` are of the file as it was: Line and text of each line, and Options.
    """
    above = alike(texts, new)
    below = alike(texts[:above:-1], new[:above:-1])
    headers = [at for at, line in enumerate(lines) if line.kind == SECTION]
    top = max((at for at in headers if at < above), default=None)
    bottom = min((at for at in headers if at >= len(texts) - below), default=None)
    if top is None or bottom is None:
        return None
    more = len(new) - len(texts)
    read = read_lines("".join(new[top : bottom + more + 1]), dialect)
    if read[-1] != lines[bottom]:
        return None
    moved = top + len(read) - 1 - bottom
    options = [option for option in found if option.lines[0] < top]
    options += shifted(read_options(read, dialect), top)
    options += shifted([option for option in found if option.lines[0] > bottom], moved)
    return (
        lines[:top] + read + lines[bottom + 1 :],
        texts[:top] + [str(line) for line in read] + texts[bottom + 1 :],
        options,
    )


def alike(some, others):
    """Return with how many equal ones both begin."""
    pairs = enumerate(zip(some, others))
    return next((at for at, (one, other) in pairs if one != other), min(len(some), len(others)))


def shifted(options, by):
    """The same options so many lines further down."""
    if not by:
        return options
    return [Option(*option.says(), tuple(at + by for at in option.lines)) for option in options]
