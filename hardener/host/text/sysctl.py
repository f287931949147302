"""Edit sysctl.conf and the files of sysctl.d: names in any spelling, the last one wins.

sysctl.conf(5), sysctl.d(5). A value goes to the end of the line: there are no
comments behind it.
"""

import re
from collections import OrderedDict

from hardener.host.errors import Refused
from hardener.host.text.newlines import bare, ending, insert, split
from hardener.host.typed import NamedTuple, Optional

ASSIGNMENT = re.compile(
    r"([ \t]*)(-?)([ \t]*)([^=\s][^=]*?)([ \t]*=[ \t]*)(.*?)([ \t\r]*)$", re.DOTALL
)
SWAP = str.maketrans("./", "/.")


class Setting(NamedTuple):
    """One `key = value`."""

    line: int  # from 1
    key: str  # normalised
    value: str  # as written
    ignore_errors: bool  # `-key`: a kernel without it is no error


class SysctlConf:
    """A file of kernel parameters; edits give a new one. `settings` in order of the file."""

    def __init__(self, text):
        self.lines = split(text)
        parsed = (parse_line(line, at) for at, line in enumerate(self.lines, 1))
        self.settings = [setting for setting in parsed if setting]

    @classmethod
    def parse(cls, text):
        return cls(text)

    def __str__(self):
        return "".join(self.lines)

    def values(self):
        """{normalised key: value with its blanks folded}, the last of each."""
        return OrderedDict((s.key, folded(s.value)) for s in self.settings)

    def get(self, key, default=None):
        return self.values().get(normalised(key), default)

    def line_of(self, key):
        """The line, from 1, of the setting that wins, or None."""
        lines = [s.line for s in self.settings if s.key == normalised(key)]
        return lines[-1] if lines else None

    def set(self, key, value):
        """Change the setting that wins, or add one at the end of the file."""
        at = self.line_of(key)
        if self.get(key) == folded(value) and at:
            return self
        if not at:
            new = "%s%s%s" % (key, self._style(), value)
            return self._proved(insert(self.lines, len(self.lines), [new]), key, value)
        lines = list(self.lines)
        lines[at - 1] = with_value(lines[at - 1], value)
        return self._proved(lines, key, value)

    def remove(self, key):
        """Remove every setting of this key: an earlier one would come into force."""
        gone = {s.line for s in self.settings if s.key == normalised(key)}
        return SysctlConf("".join(x for at, x in enumerate(self.lines, 1) if at not in gone))

    def _style(self):
        styles = [ASSIGNMENT.match(bare(self.lines[s.line - 1])).group(5) for s in self.settings]
        return styles[-1].replace("\t", " ") if styles and len(styles[-1]) <= 3 else " = "

    def _proved(self, lines, key, value):
        new = SysctlConf("".join(lines))
        expected = self.values()
        expected[normalised(key)] = folded(value)
        if new.values() != expected or not folded(value):
            raise Refused("%s = %s can't be written in one line" % (key, value))
        return new


def parse_line(line, at) -> Optional[Setting]:
    match = ASSIGNMENT.match(bare(line))
    if not match or line.lstrip()[:1] in ("#", ";"):
        return None
    return Setting(at, normalised(match.group(4)), match.group(6), bool(match.group(2)))


def with_value(line, value):
    match = ASSIGNMENT.match(bare(line))
    return line[: match.start(6)] + value + match.group(7) + ending(line)


def normalised(key):
    """`net/ipv4/conf/eth0.1/x` is `net.ipv4.conf.eth0/1.x`: sysctl.d(5), the first
    separator says which of the two the name is written with.
    """
    first = re.search(r"[./]", key)
    return key.translate(SWAP) if first and first.group() == "/" else key


def path_of(key):
    """Where below /proc/sys the parameter is."""
    return normalised(key).translate(SWAP)


def folded(value):
    """Values of several numbers compare so: the kernel prints tabs between them."""
    return " ".join(value.split())


def same(one, other):
    """Do these two values mean the same?"""
    return folded(one) == folded(other)
