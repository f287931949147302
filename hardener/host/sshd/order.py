"""In which order sshd reads its files, and so who has the say: sshd_config(5), Include and Match."""

import fnmatch
import posixpath

from hardener.host.kinds.file import File
from hardener.host.sshd.keywords import ADDED_UP, spelt
from hardener.host.text.sshd_config import SshdConfig
from hardener.host.typed import NamedTuple, Tuple

FOLDER = "/etc/ssh"
MAIN = FOLDER + "/sshd_config"
DEPTH = 16  # SERVCONF_MAX_DEPTH


class Said(NamedTuple):
    """One directive, where it stands; `within` are the criteria of its Match block, () for none."""

    path: str
    line: int
    keyword: str
    args: Tuple[str, ...]
    within: Tuple[str, ...]

    @property
    def place(self):
        return "%s:%d" % (self.path, self.line)

    @property
    def text(self):
        return " ".join((spelt(self.keyword) or self.keyword,) + self.args)


def config(path, view):
    return SshdConfig(view.read(File(view.resolve(path))).text())


def patterns(args):
    """The patterns of an Include, as whole paths."""
    return [posixpath.join(FOLDER, each) for each in args]


def read(view, path=MAIN, within=(), depth=0):
    """Yield all that is said, in the order in which sshd comes by it."""
    path = view.resolve(path)
    text = config(path, view)
    for each in text.directives:
        inside = within + text.criteria[each.block]
        if each.keyword == "include":
            yield from included(view, each.args, inside, depth)
        elif each.keyword != "match":
            yield Said(path, each.line, each.keyword, each.args, inside)


def included(view, args, within, depth):
    for pattern in patterns(args) if depth < DEPTH else ():
        for path in view.glob(pattern):
            yield from read(view, path, within, depth + 1)


def files(view, path=MAIN, depth=0):
    """Return the files that sshd reads, the main one first."""
    found = [view.resolve(path)]
    for each in config(path, view).directives if depth < DEPTH else ():
        if each.keyword == "include":
            paths = [p for pattern in patterns(each.args) for p in view.glob(pattern)]
            found += [file for p in paths for file in files(view, p, depth + 1)]
    return found


def includes(view, path):
    """Does the main file include this path, for every connection?"""
    found = config(MAIN, view).found("include")
    return any(fnmatch.fnmatchcase(path, p) for each in found for p in patterns(each.args))


def rivals(said, own, keyword, values):
    """Return those who keep `own`, a file, from having the say: the first, or all who add to it."""
    everywhere = [s for s in said if s.keyword == keyword and not s.within]
    if keyword == "subsystem":
        return []  # sshd itself refuses a second one of a name
    if keyword in ADDED_UP:
        wanted = {word for value in values for word in value}
        return [s for s in everywhere if s.path != own and not set(s.args) <= wanted]
    first = everywhere[:1]
    return [s for s in first if s.path != own and not same(s.args, values[0])]


def exceptions(said, keyword, values):
    """Return what Match blocks say otherwise for some connections."""
    inside = [s for s in said if s.keyword == keyword and s.within]
    return [s for s in inside if not same(s.args, values[0])]


def same(one, other):
    """Do these words mean the same to sshd, as far as can be told without asking it?"""
    return [meaning(word) for word in one] == [meaning(word) for word in other]


UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}  # «TIME FORMATS»


def meaning(word):
    word = word.lower()
    if word[:-1].isdigit() and word[-1:] in UNITS:
        return str(int(word[:-1]) * UNITS[word[-1]])
    return {"prohibit-password": "without-password"}.get(word, word)
