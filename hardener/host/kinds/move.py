"""A file or folder that changes its place by one rename(2): nothing is copied, whatever its size.

The id is `SOURCE -> TARGET`. Rollback is the reverse rename; what was edited
below it in between comes along.
"""

import posixpath
from typing import NamedTuple

from hardener.host import access
from hardener.host.errors import Refused
from hardener.host.kinds.base import Kind
from hardener.host.kinds.file import File
from hardener.host.resource import Resource

ARROW = " -> "


class MoveState(NamedTuple):
    """Where it is: source, target, both or neither."""

    at: str


def Move(source, target):  # noqa: N802 - reads as the thing that it names
    return Resource("move", source + ARROW + target)


class MoveKind(Kind):
    name = "move"
    State = MoveState
    at_rest = True

    def read(self, ids):
        return {id: MoveState(self._where(*id.split(ARROW, 1))) for id in ids}

    def _where(self, source, target):
        found = [
            name
            for name, path in (("source", source), ("target", target))
            if self.system.lstat(path)
        ]
        return found[0] if len(found) == 1 else ("both" if found else "neither")

    def risk(self, id, before, after):
        return max(map(access.by_path, id.split(ARROW, 1)))

    def check(self, id, before, after, view, opinion=None):
        source, target = ends(id, after)
        if before.at in ("both", "neither"):
            raise Refused("%s: %s of the two is there" % (id, before.at))
        parent = posixpath.dirname(target)
        if view.read(File(view.resolve(parent))).type != "directory":
            raise Refused(
                "the folder %s is not there" % parent, hint="make it in a step before this one"
            )
        self._check_same_disk(source, parent)

    def _check_same_disk(self, source, parent):
        ours, theirs = self.system.lstat(source), self.system.lstat(parent)
        if ours and theirs and ours.st_dev != theirs.st_dev:
            raise Refused(
                "%s and %s are on different file systems" % (source, parent),
                hint="a move is one rename: copy with `file: {src: …}` or `command:` instead",
            )

    def write(self, id, before, after):
        self.system.rename(*ends(id, after))

    def merge(self, id, before, after, now):
        return None

    def predict(self, overlay, id, before, after):
        overlay.move(*ends(id, after))
        overlay.put(self.name, id, after)

    def action(self, before, after):
        return "move"

    def diff(self, id, before, after):
        source, target = ends(id, after) if after.at in ("source", "target") else id.split(ARROW, 1)
        return ["- " + source, "+ " + target]


def ends(id, after):
    """Return (from, to) for the state that is to be reached."""
    source, target = id.split(ARROW, 1)
    return (source, target) if after.at == "target" else (target, source)


KIND = MoveKind
