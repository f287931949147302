"""A private copy of a host's logrotate configuration, as it will be, to let `logrotate -d` read it.

Nothing live is touched. `createolddir` is left out of the copy: even with -d logrotate
makes that folder (config.c calls mkpath without a look at debug).
"""

import posixpath
import re

from hardener.host.kinds.file import File
from hardener.host.text.logrotate import Directive, parse

MAIN = "/etc/logrotate.conf"
OLDDIR = re.compile(r"(?m)^[ \t]*(?:create)?olddir\b")
SHORT = re.compile(r"^(error: |reading config file )([^/:]+)(?=:|$)")
INCLUDING = "including "


class Copy:
    """`others` holds {path: text} of all files but the candidate, `included` what any of them includes."""

    def __init__(self, candidate, main):
        self.system, self.view = candidate.system.scratch(), candidate.view
        self.base = candidate.folder + "/logrotate"
        self.ours = self.system.lstat(candidate.folder)
        self.candidate = candidate.path
        self.main = main.text()
        self.included, self.others, self.rights = [], {}, {}
        self._gather(self.main)
        self.said = []

    def _gather(self, text):
        """Read what a file includes, and what that includes."""
        for place in includes(text):
            if place in self.included:
                continue
            self.included.append(place)
            for path in self._files(place):
                state = self._state(path)
                if path in (self.candidate, MAIN, *self.others) or state.type != "file":
                    continue
                self.others[path] = state.text()
                self.rights[path] = state.mode, state.uid, state.gid
                self._gather(state.text())

    def _state(self, path):
        return self.view.read(File(self.view.resolve(path)))

    def _is_folder(self, path):
        return self._state(path).type == "directory"

    def _files(self, place):
        """The files that an `include` of this place may read, in the order of their names."""
        if not self._is_folder(place):
            return [place]
        names = set(self.view.listdir(self.view.resolve(place)))
        if posixpath.dirname(self.candidate) == place:
            names.add(posixpath.basename(self.candidate))
        return [posixpath.join(place, name) for name in sorted(names)]

    def order(self, files):
        """Return [(path, Block or global Directive)] in the order in which logrotate reads them."""
        return list(self._order(MAIN, dict(files, **{MAIN: self.main}), ()))

    def _order(self, path, files, above):
        config = parse(files[path])
        for item in sorted(config.blocks + config.directives, key=lambda item: item.line):
            if not is_include(item):
                yield path, item
                continue
            for each in self._files(place_of(item)):
                if each in files and each not in (path, *above):
                    yield from self._order(each, files, (path, *above))

    def complaints(self, files):
        """The errors of logrotate over these files {path: text}; they name the live paths."""
        if self.system.lstat(self.base) is not None:
            self.system.clear(self.base)
        self._lay(files)
        ran = self.system.run(
            ["logrotate", "-d", "-s", "/dev/null", self.base + "/conf"], changes=False
        )
        self.said = list(self._told(ran.err.splitlines(), files))
        errors = [line for line in self.said if line.startswith("error:")]
        return errors if errors or ran.ok else ["error: " + ran.why()]

    def read(self, path):
        """Did logrotate, when it was last asked, read this file?"""
        return "reading config file " + path in self.said

    def _lay(self, files):
        self._mkdir(self.base)
        for place in filter(self._is_folder, self.included):
            self._mkdir(self._staged(place))
        for path, text in files.items():
            if path in self.included or posixpath.dirname(path) in self.included:
                self._put(self._staged(path), text, *self.rights.get(path, (0o644, *self._owner())))
        self._put(self.base + "/conf", self.main, 0o644, *self._owner())

    def _owner(self):
        return self.ours.st_uid, self.ours.st_gid

    def _mkdir(self, path):
        self.system.mkdir(path, 0o700, *self._owner())

    def _put(self, path, text, mode, uid, gid):
        lines = text.split("\n")
        for item in filter(is_include, parse(text).directives):
            lines[item.line - 1] = "include " + self._staged(place_of(item))
        text = "\n".join(lines)
        if "createolddir" in text:
            text = OLDDIR.sub("#", text)
        self.system.replace(path, [text.encode("utf-8", "surrogateescape")], mode, uid, gid)

    def _staged(self, path):
        """Where the copy of an included file or folder, or of a file in one, lies."""
        if path in self.included:
            return "%s/%d" % (self.base, self.included.index(path))
        return self._staged(posixpath.dirname(path)) + "/" + posixpath.basename(path)

    def _told(self, lines, files):
        """Name copies by their live paths: they are named whole, or within a folder by their name."""
        folder = ""
        for line in map(self._live, lines):
            if line.startswith(INCLUDING):
                folder = line[len(INCLUDING) :]
            short = SHORT.match(line)
            path = posixpath.join(folder, short.group(2)) if short else ""
            yield short.group(1) + path + line[short.end() :] if path in files else line

    def _live(self, line):
        line = line.replace(self.base + "/conf", MAIN)
        staged = re.escape(self.base) + r"/(\d+)"
        return re.sub(staged, lambda found: self.included[int(found.group(1))], line)


def is_include(item):
    """An `include` that we can follow: of the home of whoever runs logrotate nothing is known."""
    return isinstance(item, Directive) and item.name == "include" and plain(item.argument)


def plain(argument):
    """logrotate takes all to the end of the line as the path, quotes too."""
    return argument[:1] not in ("", "~", '"', "'")


def place_of(item):
    """The one name of what is included; a relative one counts from /, where cron and systemd start it."""
    return File("/" + item.argument).id


def includes(text):
    return [place_of(item) for item in parse(text).directives if is_include(item)]
