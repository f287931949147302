"""A checkout of a git repository: this version in this folder."""

from hardener.host.door import owner
from hardener.host.errors import Refused, StepError
from hardener.host.git import remote
from hardener.host.kinds.file import File
from hardener.host.kinds.git_checkout import CheckoutState, GitCheckout, Submodules, Unpushed
from hardener.host.kinds.git_repository import GitRepository, RepositoryState
from hardener.host.resource import Want


def plan(params, view):
    top = view.resolve(params.dest)
    repository, checkout = GitRepository(top), GitCheckout(top)
    there, now = view.read(repository), view.read(checkout)
    if there.exists and not params["update"]:  # dict has a method of that name
        return told(now, now)
    owner.same(top, there, view.user, "a repository", "git")
    spared(top, now, params)
    if not there.exists:
        yield from room(top, view)
    found = view.ask(repository, source(params, view, top))
    wanted = CheckoutState(found.commit, found.branch, ())
    if now.commit and now.commit != found.commit and not params.force:
        pushed(top, view.ask(checkout, Unpushed()))
    yield Want(repository, fetched(params, there, found, view, top))
    whole(params, top, view.ask(checkout, Submodules(found.commit)))
    yield Want(checkout, wanted)
    return told(now, wanted)


def told(before, after):
    """What `register` gets."""
    return {"before": before.commit, "after": after.commit, "branch": after.branch}


def spared(top, now, params):
    """Raise Refused where somebody has edited what git tracks."""
    if now.modified and not params.force:
        raise Refused(
            "%s was edited: what git tracks there differs from its commit" % top,
            why=", ".join(entry[3:] for entry in now.modified[:10]),
            hint="commit or revert it, or say `force: true`; a rollback brings it back",
        )


def pushed(top, count):
    """Raise Refused where commits are on the host alone."""
    if count:
        raise Refused(
            "%s has %d commits that were never pushed" % (top, count),
            hint="push them, or say `force: true`; a rollback brings them back",
        )


def room(top, view):
    """Want the folder, empty and the user's: git makes a repository of no other."""
    now = view.read(File(top))
    if now.type == "directory":
        if view.listdir(top):
            raise Refused("%s is there already, is not empty, and is no git repository" % top)
        return
    uid, gid = (view.user or (None, None))[:2]
    yield Want(File(top), now.as_directory(uid=uid, gid=gid))


def source(params, view, top):
    return remote.Source(
        params.repo,
        params.version,
        params.remote,
        view.user,
        view.read(File(top)).owner,
        params.key_file,
        params.accept_newhostkey,
    )


def fetched(params, there, found, view, top):
    """The repository with what the version needs."""
    base = there if there.exists else made(view, view.read(File(top)))
    remotes = tuple(sorted(dict(base.remotes, **{params.remote: params.repo}).items()))
    base = base._replace(
        remotes=remotes,
        remote=params.remote,
        key=params.key_file,
        accept_new=params.accept_newhostkey,
        depth=params.depth,
    )
    here = found.ref == remote.PINNED and view.ask(GitCheckout(top), Submodules(found.commit))
    return base if here not in (False, None) else base.having(found.ref, found.value)


def made(view, folder):
    return RepositoryState(True, view.user[0] if view.user else folder.uid, user=view.user)


def whole(params, top, submodules):
    """Raise StepError where a part of the version would be empty folders."""
    if submodules and params.submodules == "refuse":
        raise StepError(
            "this version of %s has submodules, which are not checked out" % top,
            why=", ".join(submodules[:10]),
            hint="`submodules: leave` leaves their folders empty",
        )
