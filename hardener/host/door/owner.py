"""Whom a path belongs to, as somebody that a program can run as, and users by name."""

from hardener.host.errors import Refused


def identity(system, path):
    """Return (uid, gid, groups) of the owner of a path, its group included.

    Refuse where somebody else could put another thing there: a program of that owner would work on it.
    """
    info = system.stat(path)
    others = system.keepers(path) - {info.st_uid}
    if others:
        raise Refused(
            "%s belongs to user %d, but others may write to a folder above it"
            % (path, info.st_uid),
            why="they could have a program work as that user on what they put there",
            hint="give it and its folder to one user",
        )
    account = _account(system, 2, str(info.st_uid)) or ["", "", "", ""]
    groups = {int(group) for group in _groups(system, account)}
    return info.st_uid, info.st_gid, tuple(sorted(groups | {info.st_gid}))


def account(system, name):
    """Return (uid, gid, groups) of a user by name; raises Refused."""
    found = _account(system, 0, name)
    if found is None:
        raise Refused("there is no user %s on this host" % name)
    return (
        int(found[2]),
        int(found[3]),
        tuple(sorted(int(group) for group in _groups(system, found))),
    )


def same(path, state, user, what, program):
    """Refuse where what is at `path` belongs to another user than a step is to be done as.

    state: has `exists` and `uid`; user: (uid, …) of `become_user`, or None; what: "a repository" or the like.
    """
    if state.exists and user and user[0] != state.uid:
        raise Refused(
            "%s belongs to user %d, and the step is to be done as user %d"
            % (path, state.uid, user[0]),
            hint="%s runs as the owner of %s: leave `become_user` out, or name that one"
            % (program, what),
        )


def home(system, uid):
    """Return the home of a user; a number without an account has /."""
    found = _account(system, 2, str(uid))
    return found[5] if found else "/"


def _account(system, field, value):
    for fields in _table(system, "/etc/passwd"):
        if len(fields) > 5 and fields[field] == value:
            return fields
    return None


def _groups(system, account):
    also = {
        f[2] for f in _table(system, "/etc/group") if len(f) > 3 and account[0] in f[3].split(",")
    }
    return also | {account[3]} - {""}


def _table(system, path):
    if system.lstat(path) is None:
        return []
    return [line.split(":") for line in system.read(path).decode("utf-8", "replace").splitlines()]
