"""Edit /etc/login.defs: names of any case, blanks, and a value; the last one wins (login.defs(5))."""

import re

from hardener.host.errors import Refused
from hardener.host.text.newlines import Lines, bare, ending, insert

SETTING = re.compile(r'([ \t]*)([^ \t#][^ \t]*)([ \t]+"?|$)([^"]*?)("[^\n]*|[ \t\r]*)$')


class LoginDefs(Lines):
    """The settings of one file; an edit gives a new one."""

    def get(self, key):
        """The value that counts, or None."""
        at = self.index_of(key)
        return None if at is None else SETTING.match(bare(self.lines[at])).group(4)

    def index_of(self, key):
        """The index of the line that counts, or None."""
        found = [at for at, line in enumerate(self.lines) if name_of(line) == key.upper()]
        return found[-1] if found else None

    def set(self, key, value):
        """Change the line that counts, or add one: below an example of it, else at the end."""
        if re.search(r'["\s]', value) or not value:
            raise Refused("%s %s can't be written in one line" % (key, value))
        at = self.index_of(key)
        if at is None:
            return LoginDefs(insert(list(self.lines), self._place(key), [key + "\t" + value]))
        lines = list(self.lines)
        lines[at] = with_value(lines[at], value)
        return LoginDefs(lines)

    def _place(self, key):
        """Behind the last line such as `# SHA_CRYPT_MIN_ROUNDS 5000`."""
        example = re.compile(r"#[ \t]*%s[ \t]+\S+[ \t]*$" % re.escape(key))
        found = [at for at, line in enumerate(self.lines) if example.match(bare(line).rstrip("\r"))]
        return found[-1] + 1 if found else len(self.lines)


def name_of(line):
    match = SETTING.match(bare(line))
    return match.group(2).upper() if match else None


def with_value(line, value):
    match = SETTING.match(bare(line))
    gap = match.group(3) or "\t"
    return match.group(1) + match.group(2) + gap + value + match.group(5) + ending(line)
