"""supervisord reads its files again and restarts the groups that differ; the id is its main file.

What runs under other groups is not touched. Rollback does the same once more over the
files as they were; what a program did in between cannot be undone.
"""

from hardener.host.errors import StepError
from hardener.host.kinds.effect import Effect
from hardener.host.supervisor import hosts, server, update


class SupervisorUpdate(Effect):
    name = "supervisor_update"

    def fire(self, id):
        found = server.find(id, hosts.as_it_is(self.system, self.store))
        if found is None:
            raise StepError("%s names no server by which its supervisord can be told" % id)
        self.system.announce("supervisor", id)
        update.update(self.system, found)

    def words(self, id):
        return "supervisorctl -c %s reread, and update the groups that differ" % id


KIND = SupervisorUpdate
