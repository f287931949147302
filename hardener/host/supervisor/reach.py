"""How far an [include] is followed: to nothing that who wrote it could not write as well.

Whoever may write a main file chooses by its [include] which other files are edited, by root too.
"""

import posixpath
import stat

from hardener.host.door import paths
from hardener.host.errors import Refused
from hardener.host.kinds.file import File


def require(main, path, view):
    """Refuse to edit `path` for a main file that somebody may write who may not write `path`."""
    if writers(main, view) - writers(path, view):
        raise Refused(
            "%s is not edited by way of %s" % (path, main),
            where=path,
            why="who may write the latter chooses by its [include] what is edited, but may not"
            " write the former",
            hint="name %s itself (`ini`), or keep both in the same hands" % path,
        )


def writers(path, view):
    """Return the users (or paths.ANYBODY), root and we aside, who may change what is at this path."""
    real = view.resolve(path)
    found = {writer(view.read(File(real)))} if view.exists(real) else set()
    folder = posixpath.dirname(real)
    found.add(writer(view.read(File(folder))))
    while folder != "/":
        folder = posixpath.dirname(folder)
        state = view.read(File(folder))
        if not (writer(state) == paths.ANYBODY and state.mode & stat.S_ISVTX):
            found.add(writer(state))  # else only the owner of the next folder can rename that
    return found - {None}


def writer(state):
    return paths.keeper(state.uid, state.gid, state.mode) if state.exists else None
