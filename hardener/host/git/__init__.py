"""Git repositories: where their parts lie, whose they are, and how git is called.

git runs as the owner of the repository, because it refuses others'
(safe.directory, git-config(1)) and because what it runs for a repository
belongs to that owner, never to root. Hooks and file system monitors stay off.
"""

import posixpath

from hardener.host.door import owner, paths, programs
from hardener.host.errors import Denied, StepError
from hardener.host.kinds.file import File
from hardener.host.typed import NamedTuple

# Without splitIndex=false a rewritten index may leave a new file beside it.
OFF = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.splitIndex=false"]
QUIET = ["git"] + [part for setting in OFF for part in ("-c", setting)]
WHOLE = 256 << 20  # bytes of output: the list of a very large index


class Repository(NamedTuple):
    """A work tree, the folder where git keeps its index, and the one that all work trees share.

    gitrepository-layout(5)
    """

    top: str
    folder: str
    common: str


def find(top, read):
    """Return the Repository at `top`; `read(resource)` gives file states. Raises StepError."""
    top = posixpath.normpath(top)
    path = paths.real(top + "/.git", lambda each: read(File(each)))
    dot = read(File(path))
    if dot.type == "directory":
        return _kept_in(top, path, read)
    if dot.type == "file" and dot.text().startswith("gitdir:"):
        return _kept_in(top, _below(posixpath.dirname(path), dot.text()[7:]), read)
    if not read(File(top)).exists:
        raise StepError("there is no folder %s" % top)
    if _bare(top, read):
        raise StepError("%s is a bare repository: it has no work tree, so nothing to ignore" % top)
    raise StepError("%s is not a git repository" % top, hint=_advice(top, read))


def _kept_in(top, folder, read):
    common = read(File(folder + "/commondir")).text()  # "" but for a linked work tree
    return Repository(top, folder, _below(folder, common))


def _below(folder, path):
    return posixpath.normpath(posixpath.join(folder, path.strip()))


def _bare(top, read):
    parts = [read(File(top + name)).type for name in ("/HEAD", "/objects", "/refs")]
    return parts == ["file", "directory", "directory"]


def _advice(top, read):
    above = posixpath.dirname(top)
    while above not in ("/", ""):
        if read(File(above + "/.git")).exists:
            return "it lies in the repository %s: `repo: %s`, `file: %s/.gitignore`" % (
                above,
                above,
                posixpath.relpath(top, above),
            )
        above = posixpath.dirname(above)
    return "`git init %s` makes one" % top


def run(system, repository, arguments, stdin=b"", changes=True, index=None, more=None, **how):
    """Run git on a repository (or another `index` of it) as its owner; raise StepError with git's words.

    `more` is environment; `how` is as for call().
    """
    owns = user(system, repository)
    if not system.may_be(owns[0]):
        raise Denied("git runs as the owner of a repository, and that is user %d" % owns[0])
    env = {
        "HOME": owner.home(system, owns[0]),
        "GIT_DIR": repository.folder,
        "GIT_WORK_TREE": repository.top,
    }
    env.update({"GIT_INDEX_FILE": index} if index else {})
    env.update(GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", GIT_NO_LAZY_FETCH="1")
    env.update(more or {})
    identity = owns if system.privileged else None
    return call(system, arguments, stdin, env, repository.top, changes, identity, **how)


def user(system, repository):
    """Whom git runs as: (uid, gid, groups)."""
    return owner.identity(system, repository.folder)


def call(
    system,
    arguments,
    stdin,
    env,
    folder,
    changes,
    user,
    fine=(0,),
    timeout=300,
    idle=programs.STUCK,
):
    """Run git; `fine` are the exit codes that are no failure."""
    if not system.can_run("git"):
        raise StepError("git is not installed here", where=folder, hint="install git on the host")
    ran = system.run(
        QUIET + arguments,
        stdin,
        env,
        timeout=timeout,
        cwd=folder,
        user=user,
        changes=changes,
        limit=WHOLE,
        idle=idle,
    )
    if ran.code not in fine:
        raise StepError("git %s failed" % word(arguments), where=folder, why=ran.why())
    return ran.out


def word(arguments):
    """The command among the arguments, which settings (`-c x=y`) may go before."""
    rest = iter(arguments)
    for each in rest:
        if each != "-c":
            return each
        next(rest)
    return ""
