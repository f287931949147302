"""A file or folder that changes its place by one rename(2): nothing is copied, whatever its size.

The id is `SOURCE -> TARGET`. Rollback is the reverse rename; what was edited
below it in between comes along.
"""

import posixpath

from hardener.host import access
from hardener.host.door import tied
from hardener.host.door.paths import along, below
from hardener.host.errors import Refused
from hardener.host.kinds.base import Kind
from hardener.host.kinds.file import File
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple

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
        return {id: where(id, self.system.lstat) for id in ids}

    def seen(self, id, view):
        return where(id, view.exists)

    def follow(self, id, after, resource):
        source, target = ends(id, after)
        paths = resource.id.split(ARROW, 1)
        if any(below(path, target) for path in paths):
            return None
        return resource._replace(id=ARROW.join(along(path, source, target) for path in paths))

    def risk(self, id, before, after):
        return max(map(access.by_path, id.split(ARROW, 1)))

    def check(self, id, before, after, view, opinion=None):
        source, target = ends(id, after)
        if before.at == "both":
            raise Refused("%s is there already, and so is %s" % (target, source))
        if before.at == "neither":
            raise Refused("there is neither %s nor %s" % (source, target))
        if below(target, source):
            raise Refused("%s can't be moved into itself" % source)
        parent = posixpath.dirname(target)
        if view.read(File(view.resolve(parent))).type != "directory":
            raise Refused(
                "the folder %s is not there" % parent, hint="make it in a step before this one"
            )
        self._check_same_disk(source, parent)
        tied.check(source, self.system.ties(source), renamed=True, joined=False)
        for path in (source, target):
            tied.check_folder(path, self.system.ties(posixpath.dirname(path)))

    def _check_same_disk(self, source, parent):
        ours = self.system.lstat(source)
        while self.system.lstat(parent) is None:  # an earlier step will make it
            parent = posixpath.dirname(parent)
        if ours and ours.st_dev != self.system.disk(posixpath.join(parent, "x")).device:
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
        overlay.wrote(self.name, id)

    def action(self, before, after):
        return "move"

    def diff(self, id, before, after):
        source, target = ends(id, after) if after.at in ("source", "target") else id.split(ARROW, 1)
        return ["- " + source, "+ " + target]


def where(id, there):
    """The state of a move, by what is there of its two ends."""
    found = [name for name, path in zip(("source", "target"), id.split(ARROW, 1)) if there(path)]
    return MoveState(found[0] if len(found) == 1 else ("both" if found else "neither"))


def ends(id, after):
    """Return (from, to) for the state that is to be reached."""
    source, target = id.split(ARROW, 1)
    return (source, target) if after.at == "target" else (target, source)


KIND = MoveKind
