"""Lines that may belong to an option, where the file alone does not tell.

Below a value they may go on with it: changing it would leave them behind as something else.
With a colon they may be the option: adding it would have it there twice.
"""

import re

from hardener.host.errors import Refused
from hardener.host.text.ini_lines import BLANK, COMMENT, OPTION, OTHER, goes_on


def ask_for_dialect(lines, option, dialect):
    """Raise Refused where a line may go on with the value of this option."""
    at = doubtful(lines, option, dialect)
    if at is not None:
        raise Refused(
            "line %d may go on with the value of %s" % (at + 1, lines[option.lines[0]].name),
            why="a %s file does not tell, and half a value would stay behind" % dialect.name,
            hint="name the program's `dialect` (`dialect: python`: indented lines go on),"
            " or mend the lines by hand",
        )


def ask_for_delimiter(lines, parts, key, dialect):
    """Raise Refused where a line in these parts may be this option, with a colon: only some read it so."""
    if dialect.more != "maybe":
        return
    colon = re.compile(r"%s\s*:(\s|[^=]*$)" % re.escape(key))
    for at in (at for start, stop in parts for at in range(start, stop)):
        if lines[at].kind in (OPTION, OTHER) and colon.match(str(lines[at]).strip()):
            raise Refused(
                "line %d may be the option %s" % (at + 1, key),
                why="some programs take a colon for an equals sign, and the file does not tell",
                hint="name the program's `dialect` (`dialect: python`: colons are equals signs),"
                " or mend the line by hand",
            )


def doubtful(lines, option, dialect):
    """The number, from 0, of the first such line, or None."""
    below = option.lines[-1] + 1
    if below == len(lines):
        return None
    if dialect.more == "quote":
        return below if has_open_quote(lines[below - 1].value, dialect.quotes) else None
    return below_in_doubt(lines, option, below) if dialect.more == "maybe" else None


def below_in_doubt(lines, option, below):
    if goes_on(lines[below - 1].value):
        return below
    numbers = range(below, len(lines))
    at = next((at for at in numbers if lines[at].kind not in (BLANK, COMMENT)), None)
    if at is None or lines[at].kind not in (OPTION, OTHER):
        return None
    return at if depth(lines[at]) > depth(lines[option.lines[0]]) else None


def depth(line):
    text = str(line)
    return len(text) - len(text.lstrip())


def has_open_quote(value, quotes):
    closed = "|".join(r"%s(?:[^%s\\]|\\.)*%s" % (quote, quote, quote) for quote in quotes)
    return any(quote in re.sub(closed, "", value) for quote in quotes)
