"""The processes of a user, who may not be removed while there are some (userdel(8)). Only looked at.

The id is the user's number.
"""

from hardener.host.door import processes
from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Tuple


class RunningState(NamedTuple):
    """Each as `NUMBER NAME`; in a tree that is not booted none."""

    processes: Tuple[str, ...] = ()


def RunningAs(uid):  # noqa: N802 - reads as the thing that it names
    return Resource("running_as", str(uid))


class RunningAsKind(Kind):
    name = "running_as"
    State = RunningState

    def read(self, ids):
        if not self.system.live:
            return {id: RunningState() for id in ids}
        found = {}
        for each in processes.running(self.system):
            words = "%d %s" % (each.pid, each.name)
            found.setdefault(str(processes.user(self.system, each.pid)), []).append(words)
        return {id: RunningState(tuple(found.get(id, ()))) for id in ids}


KIND = RunningAsKind
