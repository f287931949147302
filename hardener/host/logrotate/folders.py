"""Would logrotate rotate in the folders of these logs?"""

import posixpath

from hardener.host.errors import Refused
from hardener.host.kinds.file import File


def check(draft, view, global_su):
    """Refuse what logrotate skips; tell what its manual advises against."""
    for folder in sorted({posixpath.dirname(path) for path in draft["paths"]}):
        for path in view.glob(folder):
            state = view.read(File(view.resolve(path)))
            if state.type == "directory":
                _check(path or "/", state, draft.get("su"), view, global_su)


def _check(path, state, su, view, global_su):
    if su:
        if not may_write(state, su):
            user = name(su["user"], "/etc/passwd", view)
            view.note("%s may not write to %s: logrotate could not rotate there" % (user, path))
    elif global_su:
        return
    elif insecure(state):
        raise Refused(
            "logrotate would skip every log in %s" % path,
            why="its mode is %04o: a group other than root's, or everybody, may write to it"
            % state.mode,
            hint="add %s" % su_line(state, view),
        )
    elif state.uid != 0:
        view.note("%s is not root's: logrotate(8) advises %s" % (path, su_line(state, view)))


def insecure(state):
    """As logrotate.c, findNeedRotating: writable by others, or by a group that is not root's."""
    return bool(state.mode & 0o002 or (state.mode & 0o020 and state.gid != 0))


def may_write(state, su):
    """Without supplementary groups, which logrotate does not take; ACLs are not judged."""
    bits = [(0o002, True), (0o020, state.gid == su["group"]), (0o200, state.uid == su["user"])]
    acl = any(name == "system.posix_acl_access" for name, _ in state.xattrs)
    return su["user"] == 0 or acl or any(state.mode & bit and applies for bit, applies in bits)


def su_line(state, view):
    user, group = name(state.uid, "/etc/passwd", view), name(state.gid, "/etc/group", view)
    return "su: {user: %s, group: %s}" % (user, group)


def name(number, path, view):
    """The name of a user or group; its number where it has none."""
    for line in view.read(File(path)).text().splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2] == str(number):
            return fields[0]
    return str(number)
