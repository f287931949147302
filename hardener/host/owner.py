"""Whom a path belongs to, as somebody that a program can run as."""


def identity(system, path):
    """Return (uid, gid, groups) of the owner of a path, its group included."""
    info = system.lstat(path)
    account = _account(system, info.st_uid)
    groups = {int(f[2]) for f in _table(system, "/etc/group") if len(f) > 3 and account[0] in f[3].split(",")}
    groups |= {int(account[3])} if account[3] else set()
    return info.st_uid, info.st_gid, tuple(sorted(groups | {info.st_gid}))


def home(system, uid):
    """Return the home of a user; a number without an account has /."""
    return _account(system, uid)[5]


def _account(system, uid):
    for fields in _table(system, "/etc/passwd"):
        if len(fields) > 5 and fields[2] == str(uid):
            return fields
    return ["", "", str(uid), "", "", "/"]


def _table(system, path):
    if system.lstat(path) is None:
        return []
    return [line.split(":") for line in system.read(path).decode("utf-8", "replace").splitlines()]
