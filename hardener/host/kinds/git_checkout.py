"""The work tree of a git repository: which commit is checked out, on which branch, and what was edited.

git itself writes it, as the owner of the repository, without hooks. Files that git does not track
are never touched: git refuses to check out over them, ignored ones too. Rollback puts back
as bytes what the checkout wrote: files, index, HEAD, the branch, their reflogs.
"""

from hardener.host import git
from hardener.host.errors import Refused
from hardener.host.kinds.base import Kind
from hardener.host.kinds.git_repository import GitRepositoryKind, upwards, whole
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Tuple

STATUS = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no"]
WRITTEN = ("HEAD", "index", "ORIG_HEAD", "config", "logs/HEAD")
LOCKS = ("index.lock", "HEAD.lock", "config.lock")
FIELDS = {"1": 8, "2": 9, "u": 10}  # how many stand before the path: git-status(1)


class CheckoutState(NamedTuple):
    """The full hash ("" where nothing is checked out yet), and `XY path` of what differs from it."""

    commit: str = ""
    branch: str = ""
    modified: Tuple[str, ...] = ()


class Unpushed(NamedTuple):
    """How many commits of HEAD has no remote, as far as was fetched?"""


class Submodules(NamedTuple):
    """Which paths of a commit are repositories of their own? None where the commit is not here yet."""

    commit: str


def GitCheckout(top):  # noqa: N802 - reads as the thing that it names
    """The resource of the work tree at `top`."""
    return Resource("git_checkout", top)


class GitCheckoutKind(Kind):
    name = "git_checkout"
    State = CheckoutState
    lies_in_files = True

    # reading

    def read(self, ids):
        return {id: self._read(id) for id in ids}

    def _read(self, top):
        if not whole(self.system, top):
            return CheckoutState()
        return parsed(self._git(top, STATUS, changes=False).split("\0"))

    def _git(self, top, argv, **more):
        return git.run(
            self.system, GitRepositoryKind(self.system, self.store).repository(top), argv, **more
        )

    def ask(self, id, question, view):
        if isinstance(question, Unpushed):
            argv = [
                "rev-list",
                "--count",
                "HEAD",
                "--not",
                "--remotes",
                "--tags",
                "--glob=refs/hardener",
            ]
            return int(self._git(id, argv, changes=False))
        if not self._has(id, question.commit):
            return None
        listed = self._git(id, ["ls-tree", "-r", "-z", question.commit], changes=False).split("\0")
        return [line.partition("\t")[2] for line in listed if line.startswith("160000 ")]

    def _has(self, id, commit):
        if not whole(self.system, id):
            return False
        argv = ["rev-parse", "--quiet", "--verify", commit + "^{commit}"]
        return bool(self._git(id, argv, changes=False, fine=(0, 1, 128)).strip())

    # writing

    def check(self, id, before, after, view, opinion=None):
        for lock in LOCKS:
            if self.system.lstat("%s/.git/%s" % (id, lock)) is not None:
                raise Refused(
                    "another git works on %s" % id,
                    why="%s/.git/%s is there" % (id, lock),
                    hint="if that git is dead, remove the file: step git_maintenance",
                )

    def write(self, id, before, after):
        if not after.commit:
            raise Refused("%s is not as it was, although its files are" % id)
        if before.modified:
            self._git(id, ["reset", "--quiet", "--hard"])
        how = ["--no-track", "-B", after.branch] if after.branch else ["--detach"]
        self._git(id, ["checkout", "--quiet", "--no-overwrite-ignore"] + how + [after.commit, "--"])

    def tidy(self, id):
        """What a killed git has left of its locks; nobody else's is there, or it was refused."""
        for lock in LOCKS:
            path = "%s/.git/%s" % (id, lock)
            if self.system.lstat(path) is not None:
                self.system.unlink(path)

    # what it touches

    def footprint(self, id, before, after):
        names = set(WRITTEN)
        if after.branch:
            ref = "refs/heads/" + after.branch
            names |= {ref, ref + ".lock", "logs/" + ref}
        paths = self._differing(id, before, after) | {entry[3:] for entry in before.modified}
        found = set().union(*[upwards(id + "/.git", n) for n in names])
        return tuple(sorted(found.union(*[upwards(id, path) for path in paths])))

    def _differing(self, id, before, after):
        if not before.commit:
            argv = ["ls-tree", "-r", "-z", "--name-only", after.commit]
        else:
            argv = [
                "diff-tree",
                "-r",
                "-z",
                "--name-only",
                "--no-renames",
                before.commit,
                after.commit,
            ]
        return set(self._git(id, argv, changes=False).split("\0")) - {""}

    def retold(self, id, before, after, now):
        """`git status` alone writes the index anew: it may be put back where nothing is staged since."""
        staged = [entry for entry in now.modified if entry[0] != "."]
        same = now[:2] == after[:2] and set(staged) <= set(after.modified)
        return (id + "/.git/index",) if same else ()

    def halfway(self, before, after, now):
        return True  # it is git's own work: only what its footprint names is put back

    def merge(self, id, before, after, now):
        """Edits that nobody has staged stay, where the files themselves can be merged."""
        if now[:2] != after[:2] or not self.retold(id, before, after, now):
            return None
        return before._replace(modified=tuple(sorted(set(before.modified) | set(now.modified))))

    def predict(self, overlay, id, before, after):
        """Which files come into the folder is known when they were fetched."""
        overlay.put(self.name, id, after)
        overlay.unknown("file", id + "/", "git has checked out %s" % after.commit[:12])

    def exists(self, state):
        return bool(state.commit)

    def diff(self, id, before, after):
        old, new = lines(before), lines(after)
        return ["- " + x for x in old if x not in new] + ["+ " + x for x in new if x not in old]


def parsed(entries):
    """Read what `git status --porcelain=v2 --branch -z` printed."""
    state, entries = CheckoutState(), iter(entries)
    modified = []
    for entry in entries:
        sort, _, rest = entry.partition(" ")
        if rest.startswith("branch.oid ") and "(initial)" not in rest:
            state = state._replace(commit=rest[11:])
        elif rest.startswith("branch.head ") and "(detached)" not in rest:
            state = state._replace(branch=rest[12:])
        elif sort in FIELDS:
            fields = entry.split(" ", FIELDS[sort])
            modified.append("%s %s" % (fields[1], fields[-1]))
            if sort == "2":
                modified.append("%s %s" % (fields[1], next(entries)))
    state = state if state.commit else CheckoutState()
    return state._replace(modified=tuple(sorted(modified)))


def lines(state):
    if not state.commit:
        return []
    where = "on %s" % state.branch if state.branch else "on no branch"
    return ["commit %s, %s" % (state.commit, where)] + [
        "edited: %s" % m[3:] for m in state.modified
    ]


KIND = GitCheckoutKind
