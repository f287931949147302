"""What is done to a running program after its inputs changed: a reload, an update, a restart.

An effect is state: it wants the generation (a digest) of its inputs; the last
generation that it was fired for is recorded on the host. So a crash loses
none, a second run fires none, and a rollback fires it again.
"""

from hardener.host.kinds.base import Kind
from hardener.host.typed import NamedTuple


class Fired(NamedTuple):
    """The generation of the inputs that the running program has last been told of.

    None: this host has no record, so whatever is there counts as known to it.
    """

    generation: str


class Effect(Kind):
    """Base of all effects; a kind of its own for each, with `fire(id)`."""

    State = Fired
    effect = True

    def __init__(self, system, store):
        super().__init__(system, store)
        self._told = {}

    def read(self, ids):
        known = self.store.generations()
        return {id: self._told.get(id) or Fired(known.get("%s:%s" % (self.name, id))) for id in ids}

    def recall(self, id, state):
        """It may have been fired, and killed before that could be recorded."""
        self._told[id] = state

    def write(self, id, before, after):
        if self.system.live:
            self.fire(id)
        self.store.record_generation("%s:%s" % (self.name, id), after.generation)
        self._told.pop(id, None)

    def fire(self, id):
        """Tell the running program; raise StepError with its words if it refuses."""
        raise NotImplementedError(self.name)

    def diff(self, id, before, after):
        return ["+ " + self.words(id)]

    def words(self, id):
        """One line that says what will be done."""
        return "%s %s" % (self.name.replace("_", " "), id)
