"""Who may do what with sets of files: by path, by pattern, or by a search below folders."""

import fnmatch

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want

SHOWN = 20  # paths of a report that are named one by one
RETURNED = 1000  # that other steps may look at
SETS, STICKY, BY_ALL = 0o6000, 0o1000, 0o002


def plan(params, view):
    found = sorted(chosen(params, view))
    if not found:
        view.note("nothing of the kind is there")
    elif asked(params):
        yield from changed(params, found, view)
    else:
        report(found, view.complain if params.only else view.note)
    return {"found": [path for path, _ in found[:RETURNED]], "count": len(found)}


def changed(params, found, view):
    wanted = asked_of(params, view)
    changes = [path for path, state in found if wanted(path, state) != state]
    if len(changes) > params.most:
        raise StepError(
            "%d files would change, and `most` is %d" % (len(changes), params.most),
            why="the first is %s" % changes[0],
            hint="narrow the search, name what is as it should be in `leave_out`, or raise `most`",
        )
    if params.below and not changes:
        view.note("of %d found below %s, none is to change" % (len(found), ", ".join(params.below)))
    # Of a search only what changes: the rest is too much to look at, and evidence of nothing.
    for path in changes if params.below else [path for path, _ in found]:
        now = view.read(File(path)).without_content()  # a log is written to meanwhile
        if now.type in params.types:  # else it has gone, or become something else, since the search
            yield Want(File(path), wanted(path, now))


# which files


def chosen(params, view):
    """Return {(path, state)} of what is there and meant."""
    picked = picker(params, view)
    return {
        (path, state)
        for path, state in listed(params, view)
        if state.type in params.types
        and picked(state)  # before the patterns, which take longer
        and not any(fnmatch.fnmatchcase(path, each) for each in params.leave_out or ())
    }


def listed(params, view):
    for pattern in params.paths or ():
        found = {view.place(path) for path in view.glob(pattern)}
        if not found:
            view.unless_arriving(File(pattern))
        for path in found:
            yield path, view.attributes(path)
    for folder in params.below or ():
        if asked(params):
            view.unless_arriving(File(folder))
        yield from view.tree(folder)


def picker(params, view):
    """Return what says of a state whether it is one of those that `only` means."""
    if params.only == "world_writable":
        return lambda state: state.mode & BY_ALL and not protected(state)
    if params.only == "setuid":
        return lambda state: state.type == "file" and state.mode & SETS
    if params.only == "unowned":
        return unowned(view)
    return lambda state: True


def protected(state):
    """In a folder with the sticky bit only the owner of a file can take it away: unlink(2)."""
    return state.type == "directory" and state.mode & STICKY


def unowned(view):
    """Return what says of a state whether no account or group has its number."""
    known = {}

    def foreign(what, number):
        if (what, number) not in known:
            known[what, number] = number in numbers(what, view) or view.elsewhere(what, number)
        return not known[what, number]

    return lambda state: foreign("user", state.uid) or foreign("group", state.gid)


def numbers(what, view):
    path = {"user": "/etc/passwd", "group": "/etc/group"}[what]
    lines = [line.split(":") for line in view.read(File(path)).text().splitlines()]
    return {int(fields[2]) for fields in lines if len(fields) > 2 and fields[2].isdigit()}


# what of them


def asked(params):
    given = (params.mode, params.at_most, params.owner, params.group)
    return params.sticky or any(each is not None for each in given)


def asked_of(params, view):
    """Return what gives for a path and its state the state that it should have."""
    uid, gid = view.uid(params.owner), view.gid(params.group)

    def wanted(path, state):
        mode = allowed(params, state)
        if state.type == "directory" and state.mode & 0o100 and not mode & 0o100:
            raise StepError(
                "%s is a folder, and with %04o nobody could enter it" % (path, mode),
                hint="`types: [file]` means files alone",
            )
        return state._replace(
            mode=mode,
            uid=state.uid if uid is None else uid,
            gid=state.gid if gid is None else gid,
        )

    return wanted


def allowed(params, state):
    """The mode that a file should have; `at_most` takes bits away and gives none."""
    mode = int(params.mode, 8) if params.mode is not None else state.mode
    if params.at_most is not None:
        mode &= int(params.at_most, 8)
    if params.sticky and state.type == "directory" and mode & BY_ALL:
        mode |= STICKY
    return mode


def report(found, say):
    for path, state in found[:SHOWN]:
        say("%s is %04o, of %d:%d" % (path, state.mode, state.uid, state.gid))
    if len(found) > SHOWN:
        say("and %d more of the kind" % (len(found) - SHOWN))
