"""The index of a git repository: which files git tracks, at which version, with which flags.

Touches `.git/index` (by `git update-index` on a copy, as the owner of the
repository, under git's own lock) and no file of the work tree. Rollback brings
back the entries, and the very bytes of the index where nobody has written it
since.
"""

import hashlib
import re
import stat

from hardener.host import git
from hardener.host.door.content import Content
from hardener.host.errors import Refused
from hardener.host.git import rules
from hardener.host.kinds.base import Kind
from hardener.host.kinds.file import FileKind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple

LISTED = re.compile(
    r"(\d{6}) ([0-9a-f]+) (\d)\t([^\0]*)\0(?:  ctime: .*\n  mtime: .*\n  dev: .*\n  uid: .*\n"
    r"  size: \d+\tflags: ([0-9a-f]+)\n)"
)
INDEX, COPY, LOCK = "/index", "/index.hardener", "/index.lock"
OURS = "hardener"  # the target of our lock
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


def busy(repository):
    return Refused(
        "another git works on %s" % repository.top,
        why="%s is there" % (repository.folder + LOCK),
        hint="if that git is dead, remove the file",
    )


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

    def __init__(self, system, store):
        super().__init__(system, store)
        self._answers = {}  # digest of all that git was given → {path: Rule}

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
        """Which rule decides about each path? None where git can't be asked. See git.rules.Question."""
        if not (self.system.can_run("git") and self.system.writes):
            return None
        if not question.paths:
            return {}
        given = rules.texts(question, git.find(id, view.read), view)
        # It sees nothing else: the convergence and the apply, which ask the same, have it from the preview.
        key = hashlib.sha256(repr((question.paths, sorted(given.items()))).encode()).digest()
        if key not in self._answers:
            with rules.Rules(self.system, self.store, given) as laid:
                self._answers[key] = laid.answer(question.paths)
        return self._answers[key]

    def check(self, id, before, after, view, opinion=None):
        repository = self._repository(id)
        if self._holder(repository.folder + LOCK) not in (None, OURS):
            raise busy(repository)

    def write(self, id, before, after):
        repository = self._repository(id)
        self.tidy(id)
        self._lock(repository)
        try:
            old, new = before.by_path(), after.by_path()
            changed = {path for path in set(old) | set(new) if old.get(path) != new.get(path)}
            nothing = "0" * digest_length(old, new)
            self._replace(repository, {path: new.get(path, ()) for path in changed}, nothing)
        finally:
            self.tidy(id)

    def tidy(self, id):
        """Remove our copy and our lock; a lock of somebody else's git stays."""
        folder = self._repository(id).folder
        for path in (folder + COPY, folder + COPY + ".lock"):
            if self.system.lstat(path) is not None:
                self.system.unlink(path)
        if self._holder(folder + LOCK) == OURS:
            self.system.unlink(folder + LOCK)

    def _holder(self, lock):
        """Whose lock is it? None where there is none, "" where it does not say."""
        info = self.system.lstat(lock)
        if info is None:
            return None
        return self.system.readlink(lock) if stat.S_ISLNK(info.st_mode) else ""

    def _lock(self, repository):
        """Hold git's own lock, by a link that says whose it is: it can be told from others' after a crash."""
        try:
            self.system.claim(repository.folder + LOCK, OURS)
        except FileExistsError:
            raise busy(repository)

    def _replace(self, repository, entries, nothing):
        """Have git write a copy of the index, and put that in place: whole, as the owner's, at once."""
        index, copy = repository.folder + INDEX, repository.folder + COPY
        there = self.system.lstat(index) is not None
        if there:
            self.system.copy(index, copy)
        self._put(repository, entries, nothing)
        self._give_back(copy, index if there else copy, git.user(self.system, repository)[0])
        self.system.take_place(copy, index)

    def _give_back(self, copy, like, writer):
        """git made a new file: give it the attributes that the old one had."""
        now, old, xattrs = self.system.stat(copy), self.system.stat(like), self.system.xattrs(like)
        was = (now.st_mode, writer, now.st_gid)
        self.system.set_attributes(copy, was, old.st_mode & 0o777, old.st_uid, old.st_gid, xattrs)

    def _put(self, repository, entries, nothing):
        stdin = "".join(_index_info(path, entries[path], nothing) for path in sorted(entries))
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
            data, copy = text.encode("utf-8", "surrogateescape"), repository.folder + COPY
            git.run(self.system, repository, arguments, data, index=copy)

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


def digest_length(*indexes):
    """How long this repository's digests are: 40 letters for SHA-1, 64 for SHA-256."""
    return max(
        (len(entry[1]) for index in indexes for each in index.values() for entry in each),
        default=40,
    )


def _index_info(path, entries, nothing):
    """Lines for `git update-index --index-info`: mode 0 takes the path out, then what it shall have."""
    lines = "0 %s\t%s\0" % (nothing, path)
    for mode, digest, stage, flags in entries:
        if "intent-to-add" not in flags:
            lines += "%s %s %s\t%s\0" % (mode, digest, stage, path)
    return lines


def _having(flag, entries):
    return "".join(
        path + "\0" for path in sorted(entries) if any(flag in e[3] for e in entries[path])
    )


KIND = GitIndexKind
