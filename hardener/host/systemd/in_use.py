"""Who uses a unit that runs: units that need it, and who is connected to where it listens (proc(5))."""

import re

from hardener.host.access.login import session
from hardener.host.checks.port import LISTEN, readable
from hardener.host.door import processes
from hardener.host.kinds.service import Service
from hardener.host.typed import NamedTuple

NEEDS = ("RequiredBy", "RequisiteOf", "BoundBy", "UpheldBy")  # systemd.unit(5), the other way round
WANTS = "WantedBy"
GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd")  # cgroup v2, and systemd's own of v1
SERVICE = re.compile(r"/([^/\n]+\.service)")
ESTABLISHED, CONNECTED = "01", "03"  # of /proc/net/tcp, and of /proc/net/unix


class Row(NamedTuple):
    """One socket of /proc/net/tcp; both ends are (address, port)."""

    local: tuple
    remote: tuple
    state: str
    inode: str


def users(system, unit, view):
    """Return a sentence for each who uses it."""
    said = asked(system, unit)
    inodes = sockets(system, said["ControlGroup"])
    return needing(said, view) + by_tcp(system, inodes, view) + by_unix(system, inodes)


def asked(system, unit):
    words = NEEDS + (WANTS, "TriggeredBy", "ControlGroup")
    argv = ["systemctl", "show", "--property=" + ",".join(words), "--", unit]
    lines = system.run(argv, changes=False).out.splitlines()
    return dict(dict.fromkeys(words, ""), **dict(line.partition("=")[::2] for line in lines))


# units


def needing(said, view):
    """Those that run, and would still run as the play leaves them; a target is but a name for others."""
    passed = set(said["TriggeredBy"].split())
    found = []
    for word in NEEDS + (WANTS,):
        for name in said[word].split():
            if name in passed or name.endswith(".target"):
                continue
            passed.add(name)
            if view.read(Service(name)).running:
                found.append("%s %s it" % (name, "wants" if word == WANTS else "needs"))
    return sorted(found)


# sockets


def sockets(system, group):
    """Return the inodes of all sockets that its processes have open."""
    found = set()
    for base in GROUPS if group.strip("/") else ():
        for path, _ in system.tree(base + group):
            if path.endswith("/cgroup.procs"):
                for pid in system.read(path).split():
                    found |= processes.sockets(system, int(pid))
    return found


def by_tcp(system, inodes, view):
    rows = list(tcp(system))
    ports = {row.local[1] for row in rows if row.state == LISTEN and row.inode in inodes}
    ends = {(row.local, row.remote): row.inode for row in rows}
    ours = own(session(system).get("SSH_CONNECTION", ""))
    counts = {}
    for row in rows:
        other = ends.get((row.remote, row.local))  # where it comes from this host
        if row.state != ESTABLISHED or row.local[1] not in ports or row.remote == ours:
            continue
        unit = unit_of(system, other)
        if other in inodes or (unit and not view.read(Service(unit)).running):
            continue
        key = row.remote[0] + (" (%s)" % unit if unit else ""), row.local[1]
        counts[key] = counts.get(key, 0) + 1
    return [
        "%s from %s to its port %d" % (many(count), place, port)
        for (place, port), count in sorted(counts.items())
    ]


def tcp(system):
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        lines = system.read(path).decode("ascii").splitlines()[1:] if system.lstat(path) else ()
        for fields in map(str.split, lines):
            yield Row(end(fields[1]), end(fields[2]), fields[3], fields[9])


def end(text):
    address, _, port = text.partition(":")
    shown = readable(address)
    return shown[7:] if shown.startswith("::ffff:") else shown, int(port, 16)


def own(connection):
    """The end of our own login: SSH_CONNECTION, ssh(1)."""
    words = connection.split()
    return (words[0], int(words[1])) if len(words) == 4 else None


def unit_of(system, inode):
    """Return the service whose process has this socket; "" where it is another host's, or no unit's."""
    for pid in processes.numbers(system) if inode not in (None, "0") else ():
        if inode in processes.sockets(system, pid):
            try:
                groups = system.read("/proc/%d/cgroup" % pid).decode("utf-8", "replace")
            except OSError:
                return ""
            return (SERVICE.findall(groups) or [""])[-1]
    return ""


def by_unix(system, inodes):
    """Both ends of a connection are listed: that which was accepted has the listener's path."""
    path = "/proc/net/unix"
    lines = system.read(path).decode("utf-8", "replace").splitlines()[1:]
    rows = [fields for fields in (line.split(None, 7) for line in lines) if len(fields) == 8]
    places = {row[7] for row in rows if row[3] == "00010000" and row[6] in inodes}
    counts = {
        place: sum(row[7] == place and row[5] == CONNECTED for row in rows) for place in places
    }
    return ["%s to its %s" % (many(n), place) for place, n in sorted(counts.items()) if n]


def many(count):
    return "1 connection" if count == 1 else "%d connections" % count
