"""How a new option looks in an ini file, and where it goes: as its neighbours do."""

from hardener.host.text.ini_lines import BLANK, COMMENT, MORE, OPTION, SECTION
from hardener.host.text.newlines import bare, ending_near


def blocks(lines, section, dialect):
    """[(start, stop)] of each part of this section; "" is what stands before any header."""
    heads = [at for at, line in enumerate(lines) if line.kind == SECTION]
    if not section:
        return [(0, heads[0] if heads else len(lines))]
    stops = heads[1:] + [len(lines)]
    fold = dialect.fold_section
    return [b for b in zip(heads, stops) if fold(lines[b[0]].name) == fold(section)]


def last_used(lines, start, stop):
    """Just after the last option of a block, or after its header."""
    used = [at for at in range(start, stop) if lines[at].kind in (OPTION, MORE)]
    head = start + 1 if start < stop and lines[start].kind == SECTION else start
    return used[-1] + 1 if used else head


def whole(lines, start, stop):
    """Where the text of a block ends: comments that touch its last option are its own,
    unless they touch the next header too; of the blank lines after it, all are.
    """
    end = last_used(lines, start, stop)
    comments = end
    while comments < stop and lines[comments].kind == COMMENT:
        comments += 1
    if comments < stop or stop == len(lines):
        end = comments
    while end < stop and lines[end].kind == BLANK:
        end += 1
    return end


def new_option(lines, at, key, value, dialect):
    """Lines without endings for an option that goes in at `at`."""
    above = [line for line in lines[:at] if line.kind == OPTION]
    styled = [line for line in above if line.value] or [
        x for x in lines if x.kind == OPTION and x.value
    ]
    model = styled[-1] if styled else None
    delimiter = aligned(model, key) if model else dialect.style
    before = (
        above[-1].before if at and lines[at - 1].kind in (OPTION, MORE) else next_depth(lines[at:])
    )
    return written(before, key, delimiter, value, before + "    ")


def next_depth(lines):
    """As deep as the next header: a deeper one would go on with the new option."""
    below = [line.before for line in lines if line.kind in (OPTION, SECTION)]
    return below[0].partition("[")[0] if below else ""


def aligned(model, key):
    """The model's delimiter, kept in its column where the model pads its keys."""
    text = model.delimiter
    pad = len(text) - len(text.lstrip(" "))
    if pad < 2:
        return text
    return " " * max(1, len(model.name) + pad - len(key)) + text[pad:]


def written(before, key, delimiter, value, indent):
    """The lines of an option; the value's own lines after the first are indented."""
    if value is None:
        return [before + key]
    first, *rest = value.split("\n")
    return [before + key + delimiter + first] + [line and indent + line for line in rest]


def with_value(lines, numbers, value, dialect):
    """The text of all lines, with another value in the option at these line numbers.

    Spacing and inline comment of its first line stay; so do comments between its lines.
    """
    first = lines[numbers[0]]
    more = [lines[number] for number in numbers[1:]]
    indent = more[0].before if more and more[0].before else first.before + "    "
    delimiter, after = spacing(first, (value or "").partition("\n")[0], dialect)
    head, *rest = written(first.before, first.name, delimiter, value, indent)
    end = ending_near([str(line) for line in lines], numbers[0] + 1)
    if rest and bare(after) == after:
        after += end
    text = [str(line) if at not in numbers else "" for at, line in enumerate(lines)]
    text[numbers[0]] = "".join([head, after] + [line + end for line in rest])
    return text


def spacing(line, value, dialect):
    """(delimiter, what follows the value) once the line has this value."""
    delimiter, after = line.delimiter or dialect.style, line.after
    if line.value or not line.delimiter or not value:
        return delimiter, after
    if not after.strip():  # `key = ` ends in a space that was never part of the delimiter
        after = after.lstrip(" \t")
    return delimiter + (
        " " if delimiter[:1].isspace() and not delimiter[-1:].isspace() else ""
    ), after
