"""supervisord reads its files again and restarts the groups that differ.

The id is its main file; after ` -` come the groups that keep running as they are.

What runs under other groups is not touched. Rollback does the same once more over the
files as they were; what a program did in between cannot be undone.
"""

from hardener.host.errors import StepError
from hardener.host.kinds.effect import Effect
from hardener.host.resource import Resource
from hardener.host.supervisor import hosts, server, update

KEPT = " -"


class SupervisorUpdate(Effect):
    name = "supervisor_update"

    @classmethod
    def of(cls, config, kept=()):
        return Resource(cls.name, config + (KEPT + " ".join(sorted(kept)) if kept else ""))

    def fire(self, id):
        config, _, kept = id.partition(KEPT)
        found = server.find(config, hosts.as_it_is(self.system, self.store))
        if found is None:
            raise StepError("%s names no server by which its supervisord can be told" % config)
        self.system.announce("supervisor", config)
        update.update(self.system, found, kept.split())

    def words(self, id):
        config, _, kept = id.partition(KEPT)
        line = "supervisorctl -c %s reread, and update the groups that differ" % config
        return "%s, but not %s" % (line, kept.replace(" ", ", ")) if kept else line


KIND = SupervisorUpdate
