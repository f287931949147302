"""What this host makes new accounts of: /etc/login.defs (login.defs(5)) and /etc/default/useradd."""

import re

from hardener.host.kinds.file import File

LOGIN_DEFS, USERADD = "/etc/login.defs", "/etc/default/useradd"
SETTING = re.compile(r"(?m)^[ \t]*([A-Z_]+)[ \t]*(?:=|[ \t])[ \t]*\"?([^\"\n]*?)\"?[ \t]*$")
# What shadow-utils takes where login.defs is silent (lib/getdef.c, libmisc/find_new_sub_uids.c).
NUMBERS = {
    "UID_MIN": 1000,
    "UID_MAX": 60000,
    "SYS_UID_MIN": 101,
    "GID_MIN": 1000,
    "GID_MAX": 60000,
    "SYS_GID_MIN": 101,
    "SUB_UID_MIN": 100000,
    "SUB_UID_MAX": 600100000,
    "SUB_UID_COUNT": 65536,
    "SUB_GID_MIN": 100000,
    "SUB_GID_MAX": 600100000,
    "SUB_GID_COUNT": 65536,
    "GROUP": 100,
    "INACTIVE": -1,
}


class Defaults:
    """Both files at once: no word of the one is one of the other."""

    def __init__(self, view):
        self.view = view
        self._words = dict(self._read(USERADD), **self._read(LOGIN_DEFS))

    def _read(self, path):
        lines = self.view.read(File(self.view.resolve(path))).text()
        return dict(SETTING.findall(lines))

    def word(self, name, otherwise=""):
        return self._words.get(name, otherwise)

    def number(self, name, otherwise=None):
        """Return a number, which may be written as for C: 022 is octal."""
        value = self.word(name)
        if re.match(r"-?\d+\Z", value):
            return int(value, 8 if re.match(r"0\d", value) else 10)
        return NUMBERS.get(name) if otherwise is None else otherwise

    def says(self, name):
        return self.word(name).lower() == "yes"

    def ids(self, letter, system):
        """Return the range (lowest, highest) of new uids (letter U) or gids (G)."""
        least = self.number(letter + "ID_MIN")
        if not system:
            return least, self.number(letter + "ID_MAX")
        return self.number("SYS_%sID_MIN" % letter), self.number("SYS_%sID_MAX" % letter, least - 1)

    @property
    def home_mode(self):
        """The permission bits of a new home (HOME_MODE, else what UMASK leaves)."""
        return self.number("HOME_MODE", 0o777 & ~self.number("UMASK", 0o022))
