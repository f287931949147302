"""Processes that run: how many, by name or command line, of which user."""

import re

from hardener.host.checks import least
from hardener.host.users import uid_of

ZOMBIE = "Z"  # has ended; only its parent has not asked how


def check(params, system):
    """`params`: name (of the program) or pattern (for the command line), user, min, max."""
    uid = uid_of(system, params.user) if params.user else None
    count = sum(1 for process in processes(system) if fits(process, params, uid))
    what = params.name or params.pattern
    if count < least(params):
        return "%d processes %s run, at least %d should" % (count, what, least(params))
    if params.max is not None and count > params.max:
        return "%d processes %s run, at most %d should" % (count, what, params.max)
    return None


def fits(process, params, uid):
    name, line, owner = process
    if uid is not None and owner != uid:
        return False
    return name == params.name if params.name else re.search(params.pattern, line) is not None


def processes(system):
    """Yield (name, command line, uid) of what runs (proc(5)); those that end meanwhile are left out."""
    for pid in filter(str.isdigit, system.listdir("/proc")):
        try:
            owner = system.lstat("/proc/" + pid).st_uid
            name, state = name_and_state(system.read("/proc/%s/stat" % pid))
            line = system.read("/proc/%s/cmdline" % pid).replace(b"\0", b" ")
        except (OSError, AttributeError):
            continue
        if state != ZOMBIE:
            yield name, line.decode("utf-8", "replace").strip(), owner


def name_and_state(stat):
    """Take both out of /proc/PID/stat, where a name may hold spaces and brackets."""
    head, _, rest = stat.decode("utf-8", "replace").rpartition(")")
    return head.partition("(")[2], rest.split()[0]
