"""The index of a git repository: which files git tracks, at which version, with which flags.

Touches `.git/index` (by `git update-index`, as the owner of the repository) and
no file of the work tree. Rollback brings back the entries, and the very bytes
of the index where nobody has written it since.
"""

import re
from typing import NamedTuple

from hardener.host import git
from hardener.host.content import Content
from hardener.host.git_rules import Rules
from hardener.host.kinds.base import Kind
from hardener.host.kinds.file import FileKind
from hardener.host.resource import Resource

LISTED = re.compile(
    r"(\d{6}) ([0-9a-f]+) (\d)\t([^\0]*)\0(?:  ctime: .*\n  mtime: .*\n  dev: .*\n  uid: .*\n"
    r"  size: \d+\tflags: ([0-9a-f]+)\n)"
)
# The bits that `git ls-files --debug` prints (read-cache-ll.h), and our letter for each.
FLAGS = ((0x8000, "assume-unchanged"), (1 << 30, "skip-worktree"), (1 << 29, "intent-to-add"))


class Index(NamedTuple):
    """All entries, `MODE HASH STAGE FLAGS<tab>PATH`, each ended by NUL, in git's order."""

    entries: Content

    def paths(self):
        return sorted(self.by_path())

    def by_path(self):
        """Return {path: tuple of its entries}; an unmerged path has up to three."""
        found = {}
        for entry in self.entries.bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]:
            head, _, path = entry.partition("\t")
            found[path] = found.get(path, ()) + (tuple(head.split(" ")),)
        return found

    def without(self, paths):
        """The index that tracks these paths no longer."""
        left = {path: entries for path, entries in self.by_path().items() if path not in set(paths)}
        return of(left)


def of(entries):
    """Build an Index from {path: entries}; git orders by bytes of the path."""
    ordered = sorted(entries.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"))
    text = "".join("%s\t%s\0" % (" ".join(e), path) for path, each in ordered for e in each)
    return Index(Content.of(text.encode("utf-8", "surrogateescape")))


def GitIndex(top):  # noqa: N802 - reads as the thing that it names
    """The resource of one repository's index; the id is the top of its work tree."""
    return Resource("git_index", top)


class GitIndexKind(Kind):
    name = "git_index"
    State = Index
    container = "file"

    def read(self, ids):
        return {id: self._read(self._repository(id)) for id in ids}

    def _repository(self, id):
        return git.find(id, lambda file: FileKind(self.system, self.store).read([file.id])[file.id])

    def _read(self, repository):
        arguments = ["ls-files", "-z", "--stage", "--debug"]
        out = git.run(self.system, repository, arguments, changes=False)
        entries = {}
        for mode, digest, stage, path, bits in LISTED.findall(out):
            flags = ",".join(word for bit, word in FLAGS if int(bits, 16) & bit) or "-"
            entries[path] = entries.get(path, ()) + ((mode, digest, stage, flags),)
        return of(entries)

    def ask(self, id, question, view):
        """Which rule decides about each path? None where git can't run. See git_rules.Question."""
        if not self.system.can_run("git"):
            return None
        with Rules(self.system, self.store, self._repository(id), view) as rules:
            return rules.answer(question)

    def write(self, id, before, after):
        repository = self._repository(id)
        index = repository.folder + "/index"
        owned = self.system.lstat(index)
        old, new = before.by_path(), after.by_path()
        self._put(
            repository,
            {
                path: new.get(path, ())
                for path in set(old) | set(new)
                if old.get(path) != new.get(path)
            },
        )
        if owned is not None:
            self.system.set_attributes(
                index, owned.st_mode & 0o7777, owned.st_uid, owned.st_gid, self.system.xattrs(index)
            )

    def _put(self, repository, entries):
        stdin = "".join(_index_info(path, entries[path]) for path in sorted(entries))
        self._git(repository, ["update-index", "-z", "--index-info"], stdin)
        for flag in ("assume-unchanged", "skip-worktree"):
            self._git(
                repository, ["update-index", "-z", "--" + flag, "--stdin"], _having(flag, entries)
            )
        names = _having("intent-to-add", entries)
        self._git(
            repository,
            ["add", "--force", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul"],
            names,
        )

    def _git(self, repository, arguments, text):
        if text:
            git.run(self.system, repository, arguments, text.encode("utf-8", "surrogateescape"))

    def footprint(self, id, before, after):
        return (self._repository(id).folder + "/index",)

    def merge(self, id, before, after, now):
        """Path by path: what others added or removed since stays."""
        old, new, found = before.by_path(), after.by_path(), now.by_path()
        for path in set(old) | set(new):
            if old.get(path) != new.get(path) and found.get(path) != old.get(path):
                if found.get(path) != new.get(path):
                    return None
                found[path] = old.get(path, ())
        return of(found)

    def diff(self, id, before, after):
        old, new = (before.by_path() if before else {}), after.by_path()
        gone = ["- tracked: %s" % path for path in sorted(old) if path not in new]
        changed = ["+ tracked: %s" % path for path in sorted(new) if old.get(path) != new[path]]
        return gone + changed

    def action(self, before, after):
        return "change"


def _index_info(path, entries):
    """Lines for `git update-index --index-info`: mode 0 takes the path out, then what it shall have."""
    lines = "0 %s\t%s\0" % ("0" * 40, path)
    for mode, digest, stage, flags in entries:
        if "intent-to-add" not in flags:
            lines += "%s %s %s\t%s\0" % (mode, digest, stage, path)
    return lines


def _having(flag, entries):
    return "".join(
        path + "\0" for path in sorted(entries) if any(flag in e[3] for e in entries[path])
    )


KIND = GitIndexKind
