"""Processes that run: how many, by name or command line, of which user."""

import re

from hardener.host.accounts.users import uid_of
from hardener.host.checks import least
from hardener.host.door.processes import arguments, running


def check(params, system):
    """`params`: name (of the program) or pattern (for the command line), user, min, max."""
    uid = uid_of(system, params.user) if params.user else None
    count = sum(1 for process in running(system) if fits(system, process, params, uid))
    what = params.name or params.pattern
    if count < least(params):
        return "%d processes %s run, at least %d should" % (count, what, least(params))
    if params.max is not None and count > params.max:
        return "%d processes %s run, at most %d should" % (count, what, params.max)
    return None


def fits(system, process, params, uid):
    if params.name:
        fit = process.name == params.name
    else:
        fit = re.search(params.pattern, " ".join(arguments(system, process.pid))) is not None
    return fit and uid in (None, owner(system, process))


def owner(system, process):
    """Return the uid that it runs as; None where it has just ended."""
    info = system.lstat("/proc/%d" % process.pid)
    return info and info.st_uid
