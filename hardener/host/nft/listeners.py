"""Who listens on this host, and what becomes of it behind the firewall (proc(5): /proc/net)."""

import re

from hardener.host.checks.port import readable
from hardener.host.door import processes
from hardener.host.nft import rules
from hardener.host.typed import NamedTuple

TABLES = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}  # state of those who listen
ESSENTIAL = {("udp", 68), ("udp", 546)}
FORWARDERS = ("docker-proxy",)  # what comes to them is forwarded, and never comes in


class Listener(NamedTuple):
    """One socket; `process` is its program's name, "" for the kernel's own."""

    proto: str
    address: str
    port: int
    process: str

    def __str__(self):
        shown = "[%s]" % self.address if ":" in self.address else self.address
        name = " (%s)" % self.process if self.process else ""
        return "%s %s:%d%s" % (self.proto, shown, self.port, name)


def found(system):
    """Return the Listeners, sorted."""
    sockets = list(listed(system))
    owners = names(system, {inode for *_, inode in sockets})
    return sorted({Listener(*socket, process=owners.get(inode, "")) for *socket, inode in sockets})


def listed(system):
    """Yield (proto, address, port, inode)."""
    for table, state in TABLES.items():
        path = "/proc/net/" + table
        lines = system.read(path).decode("ascii").splitlines()[1:] if system.lstat(path) else ()
        for fields in map(str.split, lines):
            address, _, port = fields[1].partition(":")
            if fields[3] == state:
                yield table[:3], readable(address), int(port, 16), fields[9]


def names(system, inodes):
    """Return {inode: name of the process}, as far as this user may see."""
    found = {}
    for process in processes.running(system):
        for inode in processes.sockets(system, process.pid) & inodes:
            found[inode] = process.name
    return found


def verdict(listener, policy, entries):
    """Say who will reach it."""
    if re.match(r"127\.|::1$", listener.address):
        return "is for this host alone"
    if listener.process in FORWARDERS:
        return "is forwarded to a container, which this table does not look at"
    if policy == "accept" or (listener.proto, listener.port) in ESSENTIAL:
        return "stays open to all"
    ways = [way(entry) for entry in entries if opens(entry, listener)]
    return "stays open to " + " and to ".join(ways) if ways else "will be closed"


def opens(entry, listener):
    if not entry.get("port"):
        return True
    return entry["proto"] == listener.proto and any(
        within(listener.port, each) for each in rules.ports(entry)
    )


def within(port, given):
    first, _, last = str(given).partition("-")
    return int(first) <= port <= int(last or first)


def way(entry):
    words = ", ".join(entry["from"]) if entry.get("from") else "all"
    words += " by %s" % entry["interface"] if entry.get("interface") else ""
    return words + (", %s for each" % entry["rate"] if entry.get("rate") else "")
