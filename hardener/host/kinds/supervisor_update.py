"""supervisord reads its files again and restarts the groups that differ.

The id is its main file; after ` -` come the groups that are left as they are: those that must
keep running, and those with a program that somebody has stopped, which an update would start.

Where supervisord has read something else than its files hold now, it was never told of them,
whatever we have recorded: the state is UNREAD.

What runs under other groups is not touched. Rollback does the same once more over the
files as they were; what a program did in between cannot be undone.
"""

from hardener.host.errors import HostError, StepError
from hardener.host.kinds.effect import Effect, Fired
from hardener.host.resource import Resource
from hardener.host.supervisor import groups, hosts, loaded, running, server
from hardener.host.supervisor.config import load
from hardener.host.supervisor.update import Update

KEPT = " -"
UNREAD = Fired("other files")
MISREAD = "supervisor_misread:"


class SupervisorUpdate(Effect):
    name = "supervisor_update"

    @classmethod
    def of(cls, config, kept=()):
        return Resource(cls.name, config + (KEPT + " ".join(sorted(kept)) if kept else ""))

    def __init__(self, system, store):
        super().__init__(system, store)
        self._found = {}  # main file → the Running that the last read has found
        self._after = {}  # main file → the Running after an update, for its proof
        self._judged = {}  # id → a Running, and whether it has read something else than there is

    def seen(self, id, view):
        """Go by what is known of the supervisord where it has just been looked at."""
        if view.overlay and view.overlay.find(Resource(self.name, id)):
            return None
        config = id.partition(KEPT)[0]
        try:
            known = self._after.pop(config, None) or view.read(Resource("supervisord", config))
        except HostError:
            return None
        if not known.server and not known.why:
            return None  # nobody has looked: there is no file, or nothing runs here
        self._found[config] = known
        if self._judged.get(id, ("",))[0] is not known:
            self._judged[id] = known, self._unread(id, known)
        return self._told_or(id, self._judged[id][1])

    def read(self, ids):
        self._found.clear()
        self._after.clear()
        return {id: self._told_or(id, id not in self._told and self._unread(id)) for id in ids}

    def _told_or(self, id, unread):
        told = super().read([id])[id]
        return UNREAD if unread and id not in self._told else told

    def write(self, id, before, after):
        super().write(id, before, after)
        if self.system.live:
            config = id.partition(KEPT)[0]
            self._after[config] = self._found[config]

    def canonical(self, id, state):
        """After a rollback it has read what is there, and we know of no update."""
        return Fired(None) if state == UNREAD else state

    def _unread(self, id, known=None):
        """Is there something that it was never told of, and that is no misunderstanding of ours?"""
        config, _, kept = id.partition(KEPT)
        try:
            unread = self._look(config, set(kept.split()), known)
        except HostError:
            return False  # its files can't be read, or it can't be asked: who fires will say so
        return bool(unread) and loaded.digest(unread) != self.store.generations().get(
            MISREAD + config
        )

    def _look(self, config, kept, known=None):
        """What it has not read, but of the groups that an update leaves as they are (loaded.unread).

        `known` is the Running where it is known.
        """
        host = hosts.as_it_is(self.system, self.store)
        found = self._found[config] = known or running.look(self.system, config, host)
        if found.why or not self.system.live:
            return []
        unread = self.unread(load(config, host, dict(found.environment)), found, host)
        return [each for each in unread if each[0] not in kept.union(found.resting)]

    @staticmethod
    def unread(config, found, host):
        known = server.names(dict(found.environment), host)
        return loaded.unread(config, found, known, host.uid)

    def fire(self, id):
        config, _, kept = id.partition(KEPT)
        host = hosts.as_it_is(self.system, self.store)
        # Whoever fires it has just read it, unless the journal told that it may have been fired.
        found = self._found.pop(config, None) or running.look(self.system, config, host)
        if found.why:
            raise StepError("supervisord can't be told", why=found.why)
        self.system.announce("supervisor", config)
        # One that was broken off may itself have stopped what rests now.
        again = id in self._told
        left = set(kept.split()).union(() if again else found.resting)
        whole = self._whole(config, host, found)
        Update(self.system, found.server, left, whole, again, found.user).run()
        # What differs still although it has just read its files, we understand otherwise than it.
        unread = self._look(config, left)
        if unread or MISREAD + config in self.store.generations():
            self.store.record_generation(MISREAD + config, loaded.digest(unread))

    def _whole(self, config, host, found):
        environment = dict(found.environment)
        known = server.names(environment, host)
        return groups.stopped_whole(load(config, host, environment), known)

    def words(self, id):
        config, _, kept = id.partition(KEPT)
        line = "supervisorctl -c %s reread, and update the groups that differ" % config
        return "%s, but not %s" % (line, kept.replace(" ", ", ")) if kept else line


KIND = SupervisorUpdate
