"""What a preview foretells: the states, moves and unknowns of the steps so far."""

import posixpath

from hardener.host.door.paths import along, below
from hardener.host.errors import Unknown
from hardener.host.resource import Resource


class Overlay:
    """Predicted states, moves and unknowns; newest last."""

    def __init__(self):
        self._states = {}
        self._moves = []
        self.links = 0  # goes up where folders or links change, so where a path may lead elsewhere
        self.folder = lambda path: path  # the view's: where a folder really lies
        self._arrived = set()  # where they have brought something
        self._unknown = {}
        self.arriving = []  # packages that will be installed: what they bring is not known yet
        self._writer = {}  # resource → the step that wrote it last
        self.step = ""

    def put(self, kind, id, state):
        resource = self.place(Resource(kind, id))
        self._states[resource] = state
        self._unknown.pop(resource, None)
        self.wrote(kind, id)
        self.links += kind == "file" and state.type != "file"

    def place(self, resource):
        """The same by its one name: a file may be named through links."""
        if resource.kind != "file":
            return resource
        folder, name = posixpath.split(resource.id)
        return Resource("file", posixpath.join(self.folder(folder), name))

    def wrote(self, kind, id):
        """Note whose work a resource is, where its state is told by others: see Kind.seen."""
        self._writer[self.place(Resource(kind, id))] = self.step

    def writer(self, resource):
        """The step that wrote it last."""
        return self._writer.get(self.place(resource), "an earlier step")

    def unknown(self, kind, id, because):
        """Say that this resource is only known after `because` has happened."""
        resource = self.place(Resource(kind, id))
        self._unknown[resource] = because
        self._states.pop(resource, None)

    def move(self, source, target):
        """Everything below `source` is below `target` from now on."""
        source, target = (self.place(Resource("file", path)).id for path in (source, target))
        for found in (self._states, self._writer):
            # What was foretold for the target's place, its absence, is over.
            for resource in [r for r in found if r.kind == "file" and below(r.id, target)]:
                del found[resource]
            for resource in [r for r in found if r.kind == "file" and below(r.id, source)]:
                new = Resource("file", along(resource.id, source, target))
                found[new] = found.pop(resource)
        self._arrived = {along(path, source, target) for path in self._arrived} | {target}
        self._moves.append((source, target))
        self.links += 1

    def find(self, resource):
        """Return the predicted state or None; raises Unknown."""
        resource = self.place(resource) if not self.empty else resource
        if resource in self._states:
            return self._states[resource]
        for other, because in self._unknown.items():
            if other == resource or (
                other.kind == resource.kind == "file" and below(resource.id, other.id)
            ):
                raise Unknown(resource, because)
        return None

    def origin(self, path):
        """Return the path on the real host that `path` comes from; None where it was moved away."""
        if not self.links:
            return path
        path = self.place(Resource("file", path)).id
        for source, target in reversed(self._moves):
            if below(path, target):
                path = source + path[len(target) :]
            elif below(path, source):
                return None
        return path

    def names(self, folder, real):
        """Return the set of names in a folder, given those in the real one that it comes from."""
        folder = self.place(Resource("file", folder)).id
        files = {r.id: s.exists for r, s in self._states.items() if r.kind == "file"}
        found = dict.fromkeys(self._arrived, True)
        found.update({posixpath.join(folder, n): True for n in real if self._stays(folder, n)})
        found.update(files)
        return {
            posixpath.basename(path)
            for path, there in found.items()
            if there and posixpath.dirname(path) == folder
        }

    def within(self, folder):
        """Return the paths in a folder whose states are foretold; raises Unknown where something is moved."""
        for source, target in self._moves:
            if below(source, folder) or below(target, folder):
                raise Unknown(Resource("file", target), "an earlier step moves it there")
        known = set(self._states) | set(self._unknown)
        return {r.id for r in known if r.kind == "file" and below(r.id, folder)}

    def _stays(self, folder, name):
        return self.origin(posixpath.join(folder, name)) is not None

    def folders(self):
        """Return the folders in which something will be otherwise, from the top down."""
        paths = {r.id for r in self._states if r.kind == "file"}
        paths.update(path for move in self._moves for path in move)
        return sorted({posixpath.dirname(path) for path in paths}, key=lambda p: (p.count("/"), p))

    def holds(self, kinds, but):
        """Is there a resource of one of these kinds that somebody has written, but to no such state?"""
        written = [resource for resource in self._writer if resource.kind in kinds]
        return any(not but(self._states.get(resource)) for resource in written)

    def unknowns(self):
        """Return the paths of the files of which only the apply will tell."""
        return [resource.id for resource in self._unknown if resource.kind == "file"]

    @property
    def empty(self):
        return not (self._states or self._moves or self._unknown)
