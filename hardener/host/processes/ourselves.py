"""The processes of this very run: their numbers come and go with it, so no step means them."""

from hardener.host.door import processes
from hardener.host.processes import unit

INIT = 1


def guards(system, process):
    """Is it the guard of a run, which has to outlive whatever a play ends?"""
    from hardener.host.guard.unit import NAME  # only where a step looks at processes

    return unit.service(system, process.pid) == NAME


def of_run(system):
    """Return our own pid and those that we were started by: sudo, a shell, sshd's part for one login.

    Not the daemon from which all these come (sshd, cron): it was there before, and stays.
    """
    line = [system.pid] + [pid for pid in ancestors(system) if pid != INIT]
    return set(line[:2] + line[:-1])


def ancestors(system):
    """Return the pids of our parent, its parent and so on."""
    found = []
    process = next(processes.running(system, [system.pid]), None)
    while process and process.parent and process.parent not in found:
        found.append(process.parent)
        process = next(processes.running(system, [process.parent]), None)
    return found
