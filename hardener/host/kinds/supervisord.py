"""The supervisord that runs with a configuration: its process and environment. It is only looked at.

The id is the path of the main file, read as it lies on the host: that is what it was started with.
"""

from hardener.host.kinds.base import Kind
from hardener.host.supervisor import hosts, running


class Supervisord(Kind):
    name = "supervisord"
    State = running.Running

    def read(self, ids):
        return {id: self._look(id) for id in ids}

    def _look(self, id):
        host = hosts.as_it_is(self.system, self.store)
        if not self.system.live or host.text(id) is None:
            return running.Running()
        return running.look(self.system, id, host)


KIND = Supervisord
