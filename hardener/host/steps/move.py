"""Files and folders moved to another place by rename; rollback moves them back."""

import posixpath

from hardener.host.door.paths import below
from hardener.host.errors import StepError
from hardener.host.kinds.move import Move, MoveState
from hardener.host.resource import Want


def plan(params, view):
    pattern, dest = is_pattern(params.src), view.place(params.dest)
    # A pattern may name the folder that all else goes into.
    named = view.glob(params.src) if pattern else [params.src]
    found = [path for path in map(view.place, named) if not (pattern and below(dest, path))]
    for path in found:
        into = pattern or params.dest.endswith("/")
        target = posixpath.join(dest, posixpath.basename(path)) if into else dest
        yield from moved(path, view.place(target), params, view)
    if not found:
        view.note("nothing matches %s" % params.src)


def moved(source, target, params, view):
    at = view.read(Move(source, target)).at
    if at == "both":
        raise StepError(
            "%s is there already" % target,
            where=source,
            hint="a move overwrites nothing: remove one of them first, "
            "or end `dest` with a / to move into a folder",
        )
    if at == "neither" and not params.missing_ok:
        raise StepError("there is no %s to move" % source, hint="`missing_ok: true` accepts that")
    if at == "source":
        yield Want(Move(source, target), MoveState("target"))


def is_pattern(path):
    return any(sign in path for sign in "*?[")
