"""What every kind of resource offers: it reads, it writes, the engine does the rest."""

from hardener.host import merge
from hardener.host.door.space import Room
from hardener.host.typed import Any, Optional

EXACT = "exact"
BEST_EFFORT = "best effort"
IRREVERSIBLE = "irreversible"
SHORT = 80  # characters of a field that evidence shows


class Kind:
    """A lens on one part of a host.

    States are NamedTuples of plain data (and Content), canonical and complete;
    `State` is their class. `read` never changes anything; `write` is called
    with a `before` that was just read again under the lock.
    """

    name = ""
    State: Any = None
    reverse = EXACT
    container: Optional[str] = (
        None  # kind of the files in footprint() that hold the whole state: see Rollback
    )
    at_rest = False  # its state lies on the disk alone: it can be put back before anything runs
    lies_in_files = False  # its state is in the files of its footprint: with them it is back
    merges = True  # what others did to those files since is merged; else it is a conflict
    sweeps = False  # its write may make and remove files beside its footprint
    opaque = False  # its state says that it was done, not what came of it
    effect = False  # a reload or a handler: undone by firing it again, after everything else

    def __init__(self, system, store):
        self.system = system
        self.store = store

    def read(self, ids):
        """Return {id: state}; absent is a state; one batch for many ids."""
        raise NotImplementedError(self.name)

    def ahead(self, id, before, after):
        """Return what System.lay_ahead may lay beside its place before the write; None: nothing."""

    def write(self, id, before, after):
        """Make it so."""
        raise NotImplementedError(self.name)

    def seen(self, id, view):
        """The state where it is made of other resources, as `view` shows them; None: ask the host."""

    def follow(self, id, after, resource):
        """Return where another resource is once this one was written; None if no more is known of it.

        A move takes along what is in it, and comes to lie where something was removed before.
        """
        return resource

    def halfway(self, before, after, now):
        """Is `now` what our own write leaves where it is killed, and so nobody's edit?"""
        return False

    def tidy(self, id):
        """After a killed write: remove what it may have left beside the resource."""

    def recall(self, id, state):
        """Before a rollback: take from the journal what the host itself can't tell."""

    def canonical(self, id, state):
        """Return the one form of this state that `read` gives; idempotent."""
        return state

    def part(self, state, wanted):
        """Return as much of `state` as `wanted` speaks of: the rest is for others to write meanwhile."""
        return state

    def whole(self, state, known):
        """Return `state`, and what it does not speak of as it is `known`."""
        return state

    def check(self, id, before, after, view, opinion=None):
        """Raise Refused where the write can't or must not happen on this (predicted) host."""

    def redirects(self, before, after):
        """May paths lead elsewhere once this is written? Programs that it runs may do anything."""
        return True

    def joins(self, id, before, after):
        """Is its write one rename over what is stored already, which may be announced with others?"""
        return False

    def effective(self, id, state):
        """Say why the host uses something else than `state` although it is written; "" if it does."""
        return ""

    def footprint(self, id, before, after):
        """Paths that another program will write because of this change; kept as bytes too."""
        return ()

    def retold(self, id, before, after, now):
        """Paths of the footprint that tell no more than `now` does: others may write their bytes anew."""
        return ()

    def room(self, id, before, after):
        """Return what this change replaces on the disk, a space.Room each."""
        paths = [(path, self.system.lstat(path)) for path in self.footprint(id, before, after)]
        sizes = [(path, info and info.st_size) for path, info in paths]
        return [Room(path, size, size) for path, size in sizes]

    def ask(self, id, question, view):
        """Answer what only a program can tell, over the host that `view` shows; changes nothing."""
        raise NotImplementedError(self.name)

    def needs(self, id, before, after):
        """What undoing this change may take of the state folder beside its record: names in there."""
        return ()

    def stock(self):
        """Return {name in the state folder: bytes} of what this kind keeps there beside the blobs."""
        return {}

    def forget(self):
        """Some of what was kept is gone: drop what was noted of it."""

    def again(self, state):
        """Is this made up for by doing it again after the rollback, as a handler does it?"""
        return self.effect

    def remark(self, id):
        """Say what a rollback's write could not bring back although the state is there; "" if nothing."""
        return ""

    def doubt(self, id, state):
        """Say why a write that did not end well must not be undone; "" where it may."""
        return ""

    def reversible(self, id, before, after):
        """How this very change can be undone: EXACT, BEST_EFFORT or IRREVERSIBLE."""
        return self.reverse

    def risk(self, id, before, after):
        """Could this change cut the way in? ACCESS or "" (hardener/host/access)."""
        return ""

    def merge(self, id, before, after, now):
        """Take our change (before → after) out of `now`; None where that is a conflict."""
        return merge.states(before, after, now)

    def predict(self, overlay, id, before, after):
        """Note in the overlay what will be after the write."""
        overlay.put(self.name, id, after)

    def exists(self, state):
        """Is there something? Decides between the words create, change and remove."""
        return True

    def diff(self, id, before, after):
        """Return the lines that show the change, each beginning with `-`, `+`, ` ` or `@`."""
        return fields_diff(before, after)

    def evidence(self, id, state):
        """Return the lines that say how it is, for whoever wants to see why a control is fulfilled."""
        return fields(state) if self.exists(state) else ["not there"]

    def action(self, before, after):
        if not self.exists(before):
            return "create"
        return "change" if self.exists(after) else "remove"


def fields(state):
    """Return the fields of a state that are short and plain, a line each."""
    return [
        "%s: %s" % (name, value)
        for name, value in zip(state._fields, state)
        if isinstance(value, (bool, int, str)) and 0 < len(str(value)) <= SHORT
    ]


def fields_diff(before, after):
    """Show two states field by field; what is equal is left out."""
    lines = []
    for name in after._fields:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            if old not in (None, "", ()):
                lines.append("- %s: %s" % (name, old))
            if new not in (None, "", ()):
                lines.append("+ %s: %s" % (name, new))
    return lines
