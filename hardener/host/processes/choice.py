"""Which processes are meant: by the name of the program or by the command line, and of which user."""

import re

from hardener.host.door import processes
from hardener.host.errors import StepError
from hardener.host.processes import ourselves
from hardener.host.typed import NamedTuple, Optional


class Choice(NamedTuple):
    """`name` as in /proc/PID/comm, or `pattern` for the command line; `uid` None: anybody's."""

    name: Optional[str] = None
    pattern: Optional[str] = None
    uid: Optional[int] = None

    @property
    def words(self):
        return self.name or self.pattern or ""

    def fits(self, system, process):
        if self.name:
            fit = process.name == self.name
        else:
            line = " ".join(processes.arguments(system, process.pid))
            fit = matches(self.pattern, line)
        return fit and self.uid in (None, processes.user(system, process.pid))


def chosen(system, choice):
    """Return the Processes that are meant, the oldest first; not this run's, nor threads of the kernel."""
    run = ourselves.of_run(system)
    found = [
        each
        for each in processes.running(system)
        if each.pid not in run
        and not of_kernel(each)
        and choice.fits(system, each)
        and not ourselves.guards(system, each)
    ]
    return sorted(found, key=lambda each: (each.started, each.pid))


def of_kernel(process):
    """Is it kthreadd, or one of its threads (kernel/kthread.c)?"""
    return 2 in (process.pid, process.parent) and not process.group


def matches(pattern, text):
    """Does a regular expression match somewhere? The host's Python may know fewer than the controller's."""
    try:
        return re.search(pattern, text) is not None
    except re.error as error:
        raise StepError("%r is no regular expression: %s" % (pattern, error))
