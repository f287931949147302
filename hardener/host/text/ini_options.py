"""What the options of an ini file say to the program that reads it."""

from hardener.host.text.ini_lines import COMMENT, MORE, OPTION, OTHER, SECTION, goes_on
from hardener.host.typed import NamedTuple, Optional, Tuple


class Option(NamedTuple):
    """One occurrence of an option; its names are folded as the dialect does."""

    section: str
    key: str
    value: Optional[str]  # None for a key that stands alone
    lines: Tuple[int, ...] = ()  # counted from 0

    def says(self):
        return self[:3]


def read_options(lines, dialect):
    """Every occurrence in order, with its continuation lines."""
    found, section = [], ""
    for at, line in enumerate(lines):
        if line.kind == SECTION:
            section = dialect.fold_section(line.name)
        elif line.kind == OPTION:
            numbers = continued(lines, at)
            value = joined(lines, numbers, dialect)
            found.append(Option(section, dialect.fold_key(line.name), value, numbers))
    return found


def continued(lines, at):
    """Numbers of the option's line and those that go on with it, over comments and blanks."""
    numbers = [at]
    for number in range(at + 1, len(lines)):
        if lines[number].kind == MORE:
            numbers.append(number)
        elif lines[number].kind in (SECTION, OPTION, OTHER):
            break
    return tuple(numbers)


def joined(lines, numbers, dialect):
    """The value of all its lines; blank ones between them count in Python's dialects."""
    first, indented = lines[numbers[0]], dialect.more in ("indent", "maybe")
    if not first.delimiter:
        return None
    if len(numbers) == 1 and dialect.more != "backslash":  # nearly all are so
        return first.value if indented else first.value.rstrip()
    if indented:
        kept = [x for x in lines[numbers[0] : numbers[-1] + 1] if x.kind != COMMENT]
        return dialect.glue.join(line.value for line in kept)
    parts = [lines[number].value for number in numbers]
    if dialect.more == "backslash":
        parts = [part[:-1] if goes_on(part) else part for part in parts]
    return dialect.glue.join(parts).rstrip()
