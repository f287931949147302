"""supervisord reads its files again and restarts the groups that differ.

The id is its main file; after ` -` come the groups that are left as they are: those that must
keep running, and those with a program that somebody has stopped, which an update would start.

What runs under other groups is not touched. Rollback does the same once more over the
files as they were; what a program did in between cannot be undone.
"""

from hardener.host.errors import StepError
from hardener.host.kinds.effect import Effect
from hardener.host.resource import Resource
from hardener.host.supervisor import groups, hosts, running, server
from hardener.host.supervisor.config import load
from hardener.host.supervisor.update import Update

KEPT = " -"


class SupervisorUpdate(Effect):
    name = "supervisor_update"

    @classmethod
    def of(cls, config, kept=()):
        return Resource(cls.name, config + (KEPT + " ".join(sorted(kept)) if kept else ""))

    def fire(self, id):
        config, _, kept = id.partition(KEPT)
        host = hosts.as_it_is(self.system, self.store)
        found = running.look(self.system, config, host)
        if found.why:
            raise StepError("supervisord can't be told", why=found.why)
        self.system.announce("supervisor", config)
        # One that was broken off may itself have stopped what rests now.
        again = id in self._told
        left = set(kept.split()).union(() if again else found.resting)
        Update(self.system, found.server, left, self._whole(config, host, found), again).run()

    def _whole(self, config, host, found):
        environment = dict(found.environment)
        known = server.names(environment, host)
        return groups.stopped_whole(load(config, host, environment), known)

    def words(self, id):
        config, _, kept = id.partition(KEPT)
        line = "supervisorctl -c %s reread, and update the groups that differ" % config
        return "%s, but not %s" % (line, kept.replace(" ", ", ")) if kept else line


KIND = SupervisorUpdate
