"""What there is to tidy in a git repository: locks of a git that is dead, loose objects, big files."""

from hardener.host import git
from hardener.host.door import processes
from hardener.host.door.tree import below
from hardener.host.typed import NamedTuple, Tuple

LOCKS = ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock")
SIZES = "--batch-check=%(objecttype) %(objectsize) %(objectname)"


class Question(NamedTuple):
    """`age` is in seconds, `size` in bytes."""

    age: int
    size: int


class Survey(NamedTuple):
    """`busy` tells why each other lock stays; `big` are (bytes, path), the biggest first."""

    stale: Tuple[str, ...]
    busy: Tuple[str, ...]
    loose: int
    packs: int
    big: Tuple[Tuple[int, str], ...]


def survey(system, repository, question):
    """Return the Survey of a repository; reads only."""
    stale, busy = [], []
    for path in locks(system, repository):
        why = alive(system, repository, path, question.age)
        busy.append("%s: %s" % (path, why)) if why else stale.append(path)
    said = git.run(system, repository, ["count-objects", "-v"], changes=False)
    counts = dict(each.split(": ", 1) for each in said.splitlines())
    big = tuple(biggest(system, repository, question.size))
    return Survey(tuple(stale), tuple(busy), int(counts["count"]), int(counts["packs"]), big)


def locks(system, repository):
    """Those that git takes, of branches and tags too: gitrepository-layout(5)."""
    folder = repository.common
    paths = ["%s/%s" % (folder, name) for name in LOCKS] + [repository.folder + "/index.lock"]
    refs = [path for path in below(system, folder + "/refs") if path.endswith(".lock")]
    return sorted({path for path in paths if system.lstat(path) is not None}.union(refs))


def alive(system, repository, path, age):
    """Say why a lock may be in use; "" where its git is dead."""
    holders = system.holders(path)
    if holders:
        return "process %d has it open" % holders[0]
    # One that waits for an editor has not got its lock open.
    for process in processes.running(system):
        if process.name == "git" and inside(processes.folder(system, process.pid), repository):
            return "git runs here as process %d" % process.pid
    info = system.lstat(path)
    old = system.now() - info.st_mtime if info else 0
    return "" if old >= age else "it is only %d seconds old" % max(0, old)


def inside(folder, repository):
    """Is a working directory in the repository? One that may not be seen could be; None is of nobody."""
    if folder is None:
        return False
    tops = (repository.top, repository.folder, repository.common)
    return not folder or any(folder == t or folder.startswith(t + "/") for t in tops)


def biggest(system, repository, size):
    """Yield (bytes, path) of the blobs in all of the history that are at least so big."""
    argv = ["cat-file", "--batch-all-objects", "--buffer", SIZES]
    lines = [e.split() for e in git.run(system, repository, argv, changes=False).splitlines()]
    found = {
        name: int(count) for sort, count, name in lines if sort == "blob" and int(count) >= size
    }
    if not found:
        return
    listed = git.run(system, repository, ["rev-list", "--objects", "--all"], changes=False)
    paths = dict(each.partition(" ")[::2] for each in listed.splitlines())
    for name in sorted(found, key=found.get, reverse=True):
        yield found[name], paths.get(name) or "%s, of no branch" % name[:12]
