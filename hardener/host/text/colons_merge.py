"""Take one change of a file of accounts out of what others made of it since: entry by entry, field by field.

Who adds a user writes at the end of six files, so by lines any two of them would be in conflict.
"""

from hardener.host.text import newlines
from hardener.host.text.colons import members
from hardener.host.typed import NamedTuple, Optional, Tuple


class Shape(NamedTuple):
    """Which field is the number that no two share, and which hold lists of names."""

    number: Optional[int] = None
    lists: Tuple[int, ...] = ()


SHAPES = {
    "/etc/passwd": Shape(2),
    "/etc/shadow": Shape(),
    "/etc/group": Shape(2, (3,)),
    "/etc/gshadow": Shape(None, (2, 3)),
    "/etc/subuid": Shape(1),
    "/etc/subgid": Shape(1),
}


class Clash(Exception):
    """Both changed the same."""


def merge(before, after, now, shape):
    """Return `now` without the change from `before` to `after`; None where that is a conflict."""
    tables = [entries(text) for text in (before, after, now)]
    if None in tables:
        return None
    was, made, found = tables
    try:
        kept = {name: line for name, line in _lines(was, made, found, shape) if line is not None}
        _unshared(kept, was, made, shape)
    except Clash:
        return None
    return "".join(kept[name] for name in _order(list(found), list(was), kept))


def entries(text):
    """Return {name: line} in their order; None where two have one name, or a line is none."""
    lines = newlines.split(text)
    table = {line.split(":")[0]: line for line in lines if ":" in line and line.endswith("\n")}
    return table if len(table) == len(lines) else None


def _lines(was, made, found, shape):
    for name in {**found, **was, **made}:
        yield name, _line(was.get(name), made.get(name), found.get(name), shape)


def _line(before, after, now, shape):
    if now == after:
        return before
    if before in (after, now):
        return now
    if None in (before, after, now):
        raise Clash
    rows = [line.split(":") for line in (before, after, now)]
    if len({len(row) for row in rows}) != 1:
        raise Clash
    return ":".join(_field(at, fields, shape) for at, fields in enumerate(zip(*rows)))


def _field(at, fields, shape):
    before, after, now = fields
    if now == after:
        return before
    if before in (after, now):
        return now
    if at not in shape.lists:
        raise Clash
    return _names(before, after, now)


def _names(before, after, now):
    """The list of now, without who came with our change, and with who went."""
    end = newlines.ending(now)
    old, new = (members(newlines.bare(field)) for field in (before, after))
    kept = [name for name in members(newlines.bare(now)) if name in old or name not in new]
    return ",".join(kept + [name for name in old if name not in new and name not in kept]) + end


def _unshared(kept, was, made, shape):
    """What comes back may not have a number that somebody has taken since."""
    if shape.number is None:
        return
    numbers = [line.split(":")[shape.number] for line in kept.values()]
    for name in was:
        number = was[name].split(":")[shape.number]
        if was[name] != made.get(name) and name in kept and numbers.count(number) > 1:
            raise Clash


def _order(found, was, kept):
    """The names in the order of now; what comes back stands behind whom it stood behind."""
    order = [name for name in found if name in kept]
    for at, name in enumerate(was):
        if name in kept and name not in order:
            above = [order.index(each) for each in was[:at] if each in order]
            order.insert(above[-1] + 1 if above else 0, name)
    return order
