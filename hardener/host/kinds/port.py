"""Who listens on a port, and which units of systemd hold it open (proc(5): /proc/net). Only looked at.

The id is `PROTOCOL NUMBER`. A unit holds a port whose main process does, or that is its socket; what a
program listens on that some unit's main process has started by itself (supervisord, dockerd, a login)
is not that unit's to close.
"""

from hardener.host.access.login import session
from hardener.host.door import processes
from hardener.host.facts.system import systemd
from hardener.host.kinds.base import Kind
from hardener.host.nft import listeners
from hardener.host.processes import unit
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Tuple

STREAMS = {"tcp": "Stream", "udp": "Datagram"}


class Listener(NamedTuple):
    """One socket; `pid` 0 and `name` "": whose it is cannot be seen, or the kernel's own.

    `within` are services whose main process has started who listens there.
    """

    address: str
    pid: int = 0
    name: str = ""
    units: Tuple[str, ...] = ()
    within: Tuple[str, ...] = ()

    def __str__(self):
        who = "%s, process %d" % (self.name, self.pid) if self.pid else "nobody that can be seen"
        return "%s (%s)" % (self.address, who)


class PortState(NamedTuple):
    """`way_in`: the login of this very run came by it."""

    listeners: Tuple[Listener, ...] = ()
    way_in: bool = False


def Port(protocol, number):  # noqa: N802 - reads as the thing that it names
    return Resource("port", "%s %d" % (protocol, number))


class PortKind(Kind):
    name = "port"
    State = PortState

    def read(self, ids):
        return {id: self._read(*id.split()) for id in ids}

    def _read(self, protocol, number):
        if not self.system.live:
            return PortState()
        at = [each for each in listeners.listed(self.system) if each[0] == protocol]
        found = {inode: address for _, address, port, inode in at if port == int(number)}
        holders = self._holders(set(found))
        sockets = self._sockets(protocol, number) if found else ()
        listening = [
            self._listener(address, holders.get(inode, []), sockets)
            for inode, address in found.items()
        ]
        own = session(self.system).get("SSH_CONNECTION", "").split()[3:]
        return PortState(tuple(sorted(set(listening))), protocol == "tcp" and own == [number])

    def _holders(self, inodes):
        """Return {inode: Processes that have it open, the oldest first}."""
        found = {}
        running = processes.running(self.system) if inodes else ()
        for process in sorted(running, key=lambda each: (each.started, each.pid)):
            for inode in processes.sockets(self.system, process.pid) & inodes:
                found.setdefault(inode, []).append(process)
        return found

    def _listener(self, address, holders, sockets):
        if not holders:
            return Listener(address)
        pids = [each.pid for each in holders]
        services = {unit.service(self.system, pid) for pid in pids} - {""}
        units = {each for each in services if self._main(each) in pids}
        shown = holders[-1] if pids[0] == 1 else holders[0]
        known = sockets if 1 in pids else []
        units = tuple(known + sorted(units - set(known)))
        return Listener(address, shown.pid, shown.name, units, tuple(sorted(services - set(units))))

    def _main(self, service):
        said = self._show(["MainPID"], service)
        return int(said[0]["MainPID"] or 0) if said else 0

    def _sockets(self, protocol, number):
        """Return the socket units that listen there, and the services that they wake (systemd.socket(5))."""
        end = ":%s (%s)" % (number, STREAMS[protocol])
        words = ["Id", "ActiveState", "Listen", "Triggers"]
        said = [each for each in self._show(words, "*.socket") if each["ActiveState"] == "active"]
        mine = [
            each for each in said if any(one.endswith(end) for one in each["Listen"].split("\n"))
        ]
        woken = [name for each in mine for name in each["Triggers"].split() if "@." not in name]
        return [each["Id"] for each in mine] + woken

    def _show(self, words, units):
        if not systemd(self.system):
            return []
        argv = ["systemctl", "show", "--property=" + ",".join(words), "--", units]
        parts = self.system.run(argv, changes=False).out.strip("\n").split("\n\n")
        return [shown(part, words) for part in parts if part]


def shown(part, words):
    """What systemctl says of one unit; a line each, of which there may be several for `Listen`."""
    found = dict.fromkeys(words, "")
    for line in part.splitlines():
        word, _, value = line.partition("=")
        found[word] = "%s\n%s" % (found[word], value) if found.get(word) else value
    return found


KIND = PortKind
