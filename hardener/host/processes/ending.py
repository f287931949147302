"""Processes that are to end: which may not, and how they are ended (signal(7)).

SIGTERM first, which a program may heed; SIGKILL, which none can, only where that is asked for.
"""

import contextlib
import signal

from hardener.host.access.login import session
from hardener.host.door import processes
from hardener.host.errors import StepError
from hardener.host.nft import listeners
from hardener.host.processes import ourselves, unit
from hardener.host.processes.birth import born
from hardener.host.processes.choice import Choice, of_kernel
from hardener.host.typed import NamedTuple

PAUSE = 0.05  # seconds between two looks
LAST = 5  # seconds that the kernel has to take away what was killed


class Ending(NamedTuple):
    """Who of these is there to be ended? Answered by `doomed`."""

    choice: Choice


class Doomed(NamedTuple):
    """`born` tells it from a later one of its number, `unit` is the service that it is of.

    `spared` says why it may not be ended, "" where it may.
    """

    pid: int
    name: str
    born: str
    spared: str
    unit: str


def doomed(system, choice):
    """Return a Doomed for each that is meant but ourselves, the oldest first: it may start others anew."""
    found = [
        each
        for each in processes.running(system)
        if each.pid != system.pid
        and choice.fits(system, each)
        and not ourselves.guards(system, each)
    ]
    holding = holders(system) if found else {}
    return [
        Doomed(
            each.pid,
            each.name,
            born(system, each),
            spared(each, holding),
            unit.service(system, each.pid),
        )
        for each in sorted(found, key=lambda each: (each.started, each.pid))
    ]


def spared(process, holding):
    if process.pid == ourselves.INIT:
        return "it is the first, and all the others' end"
    return "it is a thread of the kernel" if of_kernel(process) else holding.get(process.pid, "")


def holders(system):
    """Return {pid: why} of those without which this run, or the next login, would break off."""
    doors = way_in(system)
    found = {
        each.pid: "it lets in who logs in as this run did"
        for each in processes.running(system)
        if processes.sockets(system, each.pid) & doors
    }
    found.update(dict.fromkeys(ourselves.ancestors(system), "this very run hangs on it"))
    return found


def way_in(system):
    """Return the inodes of the sockets that the login of this run came in by."""
    port = session(system).get("SSH_CONNECTION", "").split()[3:]
    return {
        inode
        for protocol, _, number, inode in (listeners.listed(system) if port else ())
        if protocol == "tcp" and [str(number)] == port
    }


def end(system, pid, lives, timeout, force):
    """End one process; `lives` says whether it still is that one. Raises StepError if it outlives that."""
    if ended(system, pid, signal.SIGTERM, lives, timeout):
        return
    if not force:
        raise StepError(
            "process %d still runs %d s after SIGTERM" % (pid, timeout),
            hint="a longer `timeout`, or `force: true`, which has the kernel end it by SIGKILL",
        )
    if not ended(system, pid, signal.SIGKILL, lives, LAST):
        raise StepError("process %d still runs after SIGKILL: the kernel waits for a device" % pid)


def ended(system, pid, number, lives, seconds):
    """Send a signal; say whether the process has ended in that time."""
    with contextlib.suppress(ProcessLookupError):
        if lives():
            system.signal(pid, number)
    until = system.now() + seconds
    while lives():
        if system.now() >= until:
            return False
        system.sleep(PAUSE)
    return True
