"""A private copy of a host's logrotate configuration, as it will be, to let `logrotate -d` read it.

Nothing live is touched. `createolddir` is left out of the copy: even with -d logrotate
makes that folder (config.c calls mkpath without a look at debug).
"""

import posixpath
import re

from hardener.host.kinds.file import File

MAIN = "/etc/logrotate.conf"
INCLUDE = re.compile(r"(?m)^([ \t]*include[ \t=]+)(/\S+)[ \t]*$")
OLDDIR = re.compile(r"(?m)^[ \t]*(?:create)?olddir\b")


class Copy:
    """`others` holds {path: text} of all files but the candidate."""

    def __init__(self, candidate, main):
        self.system, self.view = candidate.system.scratch(), candidate.view
        self.base = candidate.folder + "/logrotate"
        self.main = main.text()
        self.included = [path for _, path in INCLUDE.findall(self.main)]
        states = {path: self._state(path) for path in self._files() if path != candidate.path}
        self.others = {path: state.text() for path, state in states.items() if state.type == "file"}
        self.rights = {path: (state.mode, state.uid, state.gid) for path, state in states.items()}
        self.ours = self.system.lstat(candidate.folder)
        self.said = []

    def _state(self, path):
        return self.view.read(File(self.view.resolve(path)))

    def _files(self):
        for path in self.included:
            if self._state(path).type == "directory":
                for name in self.view.listdir(path):
                    yield path + "/" + name
            else:
                yield path

    def complaints(self, files):
        """The errors of logrotate over these files {path: text}; they name the live paths."""
        if self.system.lstat(self.base) is not None:
            self.system.clear(self.base)
        self._lay(files)
        ran = self.system.run(
            ["logrotate", "-d", "-s", "/dev/null", self.base + "/conf"], changes=False
        )
        self.said = [self._named(line, files) for line in ran.err.splitlines()]
        errors = [line for line in self.said if line.startswith("error:")]
        return errors if errors or ran.ok else ["error: " + ran.why()]

    def read(self, path):
        """Did logrotate, when it was last asked, read this file?"""
        return "reading config file " + path in self.said

    def _lay(self, files):
        self._mkdir(self.base)
        for path in set(self.included):
            if self._state(path).type == "directory":
                self._mkdir(self._staged(path))
        for path, text in files.items():
            if path in self.included or posixpath.dirname(path) in self.included:
                self._put(self._staged(path), text, *self.rights.get(path, (0o644, *self._owner())))
        main = INCLUDE.sub(lambda found: found.group(1) + self._staged(found.group(2)), self.main)
        self._put(self.base + "/conf", main, 0o644, *self._owner())

    def _owner(self):
        return self.ours.st_uid, self.ours.st_gid

    def _mkdir(self, path):
        self.system.mkdir(path, 0o700, *self._owner())

    def _put(self, path, text, mode, uid, gid):
        if "createolddir" in text:
            text = OLDDIR.sub("#", text)
        self.system.replace(path, [text.encode("utf-8", "surrogateescape")], mode, uid, gid)

    def _staged(self, path):
        """Where the copy of an included file or folder, or of a file in one, lies."""
        if path in self.included:
            return "%s/%d" % (self.base, self.included.index(path))
        return self._staged(posixpath.dirname(path)) + "/" + posixpath.basename(path)

    def _named(self, line, files):
        """Copies are named by their whole path, or within a folder by their name alone."""
        line = line.replace(self.base + "/conf", MAIN)
        for at, path in enumerate(self.included):
            line = re.sub(re.escape("%s/%d" % (self.base, at)) + r"\b", path, line)
        for path in files:
            name = re.escape(posixpath.basename(path))
            line = re.sub(
                r"^(error: |reading config file )%s(?=[:, ]|$)" % name, r"\g<1>" + path, line
            )
        return line
