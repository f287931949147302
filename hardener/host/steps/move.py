"""Files and folders moved to another place by rename; rollback moves them back."""

import posixpath

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.move import Move, MoveState
from hardener.host.resource import Want


def plan(params, view):
    found = view.glob(params.src) if is_pattern(params.src) else [params.src.rstrip("/")]
    into = is_pattern(params.src) or params.dest.endswith("/")
    for source in found:
        target = posixpath.join(params.dest, posixpath.basename(source)) if into else params.dest
        yield from moved(source, target, params, view)
    if not found:
        view.note("nothing matches %s" % params.src)


def moved(source, target, params, view):
    here, there = view.read(File(source)).exists, view.read(File(target)).exists
    if here and there:
        raise StepError(
            "%s is there already" % target,
            where=source,
            hint="remove one of them first; a move overwrites nothing",
        )
    if here:
        yield Want(Move(source, target), MoveState("target"))
    elif not there and not params.missing_ok:
        raise StepError("there is no %s to move" % source, hint="`missing_ok: true` accepts that")


def is_pattern(path):
    return any(sign in path for sign in "*?[")
