"""The .git folder of a work tree: that it is there, where it fetches from, and what it has fetched.

git itself writes it, as the owner of the repository (hardener/host/git.py), with no hook and no
garbage collection. Files of objects never change, so rollback removes those that came and
puts all else back as bytes. Where anybody has made a ref since, it is left: what that ref
names may hang on what was fetched.
"""

import posixpath
import re
import stat

from hardener.host import git
from hardener.host.door import owner
from hardener.host.door.content import Content
from hardener.host.door.tree import below
from hardener.host.errors import StepError
from hardener.host.git import remote as git_remote
from hardener.host.git import survey as git_survey
from hardener.host.kinds.base import Kind
from hardener.host.kinds.file import FileKind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional, Tuple

REMOTE = re.compile(r"^remote\.(.*)\.url$")
STILL = ["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.writeCommitGraph=false"]
WRITTEN = ("config", "FETCH_HEAD", "shallow", "packed-refs")
BROKEN = (("?", ""),)  # the refs of what git can't read


class RepositoryState(NamedTuple):
    """What is compared comes first; `objects`, paths ended by NUL, and how it is fetched do not count."""

    exists: bool = False
    uid: Optional[int] = None
    remotes: Tuple[Tuple[str, str], ...] = ()
    refs: Tuple[Tuple[str, str], ...] = ()
    objects: Optional[Content] = None
    user: Optional[Tuple] = None  # (uid, gid, groups) of who makes it
    remote: str = "origin"  # by which name what is new is fetched
    key: Optional[str] = None
    accept_new: bool = False
    depth: Optional[int] = None

    def __eq__(self, other):
        return isinstance(other, RepositoryState) and tuple(self)[:4] == tuple(other)[:4]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(tuple(self)[:4])

    def having(self, ref, value):
        """The same with this ref."""
        return self._replace(refs=tuple(sorted(dict(self.refs, **{ref: value}).items())))


def GitRepository(top):  # noqa: N802 - reads as the thing that it names
    """The resource of what lies in TOP/.git."""
    return Resource("git_repository", top)


class GitRepositoryKind(Kind):
    name = "git_repository"
    State = RepositoryState
    lies_in_files = True
    merges = False

    def __init__(self, system, store):
        super().__init__(system, store)
        self._found = {}

    # reading

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, top):
        info = self.system.lstat(top + "/.git")
        if info is None:
            return RepositoryState()
        state = RepositoryState(True, info.st_uid, objects=self._objects(top))
        if not whole(self.system, top):
            return state._replace(refs=BROKEN)
        repository = self.repository(top)
        return state._replace(remotes=self._remotes(repository), refs=self._refs(repository))

    def repository(self, top):
        found = self._any(top)
        if found.folder != top + "/.git" or found.common != found.folder:
            raise StepError("%s is a linked work tree or a submodule" % top)
        return found

    def _any(self, top):
        files = FileKind(self.system, self.store)
        return git.find(top, lambda file: files.read([file.id])[file.id])

    def _remotes(self, repository):
        argv = ["config", "--local", "-z", "--get-regexp", r"^remote\..*\.url$"]
        said = git.run(self.system, repository, argv, changes=False, fine=(0, 1))
        pairs = [entry.split("\n", 1) for entry in said.split("\0") if "\n" in entry]
        return tuple(sorted((REMOTE.match(name).group(1), url) for name, url in pairs))

    def _refs(self, repository):
        argv = ["for-each-ref", "--format=%(refname) %(objectname)"]
        said = git.run(self.system, repository, argv, changes=False)
        return tuple(sorted(tuple(line.split(" ", 1)) for line in said.splitlines()))

    def _objects(self, top):
        names = below(self.system, top + "/.git/objects")
        return Content.of("".join(n + "\0" for n in names).encode("utf-8", "surrogateescape"))

    def ask(self, id, question, view):
        """Return the git_remote.Found of a Source, asked once, or the git_survey.Survey for a Question."""
        if isinstance(question, git_survey.Question):
            return git_survey.survey(self.system, self._any(id), question)
        if question not in self._found:
            user = question.user or self._owner(id) or question.keeper
            self._found[question] = git_remote.ask(self.system, question._replace(user=user))
        return self._found[question]

    def _owner(self, id):
        """Who owns the repository, or the folder that it is to be made in; None where there is neither."""
        there = [path for path in (id + "/.git", id) if self.system.lstat(path) is not None]
        return owner.identity(self.system, there[0]) if there else None

    # writing

    def write(self, id, before, after):
        if not (after.exists and after.refs != BROKEN):
            raise StepError("%s/.git is not as it was, although its files are" % id)
        if not before.exists:
            self._make(id, after)
        repository, there = self.repository(id), dict(self._read(id).remotes)
        for remote, url in after.remotes:
            if there.get(remote) != url:
                word = ["set-url"] if remote in there else ["add"]
                self._git(repository, after, ["remote"] + word + ["--", remote, url])
        new = sorted(set(after.refs) - set(before.refs))
        for ref, value in new:
            self._fetch(repository, after, ref, value)

    def _make(self, id, after):
        env = {"HOME": owner.home(self.system, after.uid)}
        argv = ["-c", "init.defaultBranch=main", "init", "--quiet", "--template=", id]
        identity = (after.user or self._owner(id)) if self.system.privileged else None
        git.call(self.system, argv, b"", env, id, True, identity)

    def _fetch(self, repository, after, ref, value):
        remote = after.remote
        argv = STILL + ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]
        argv += ["--depth=%d" % after.depth] if after.depth else []
        self._git(repository, after, argv + [remote, git_remote.refspec(remote, ref, value)])
        # What the remote has got since it was asked comes the next time.
        self._git(repository, after, ["update-ref", ref, value])

    def _git(self, repository, state, argv):
        more = git_remote.environment(state.key, state.accept_new, looking=False)
        git.run(self.system, repository, argv, more=more, timeout=git_remote.WAIT, idle=None)

    # what it touches

    def footprint(self, id, before, after):
        folder = id + "/.git"
        if not before.exists:
            return tuple(below(self.system, folder)) or (folder,)
        old = set(before.objects.bytes().decode("utf-8", "surrogateescape").split("\0"))
        new = [path for path in below(self.system, folder + "/objects") if path not in old]
        refs = [ref for ref, _ in set(after.refs) - set(before.refs)]
        names = list(WRITTEN) + refs + ["logs/" + ref for ref in refs]
        return tuple(sorted(set(new).union(*[upwards(folder, n) for n in names])))

    def retold(self, id, before, after, now):
        return (id + "/.git/FETCH_HEAD",) if now == after else ()

    def halfway(self, before, after, now):
        return True  # whatever a killed git left, its files tell what is theirs to put back

    def merge(self, id, before, after, now):
        return None

    def exists(self, state):
        return state.exists

    def diff(self, id, before, after):
        old, new = lines(before), lines(after)
        return ["- " + x for x in old if x not in new] + ["+ " + x for x in new if x not in old]


def whole(system, top):
    """Does git take it for a repository? It looks for these three: gitrepository-layout(5)."""
    info = system.lstat(top + "/.git")
    linked = info is not None and not stat.S_ISDIR(info.st_mode)
    return linked or all(system.lstat(top + "/.git/" + n) for n in ("HEAD", "objects", "refs"))


def upwards(folder, name):
    """The path of a name in a folder, and the folders between."""
    while name:
        yield folder + "/" + name
        name = posixpath.dirname(name)


def lines(state):
    found = ["repository of user %d" % state.uid] if state.exists else []
    found += ["remote %s: %s" % (name, git_remote.shown(url)) for name, url in state.remotes]
    return found + ["%s: %s" % pair for pair in state.refs]


KIND = GitRepositoryKind
