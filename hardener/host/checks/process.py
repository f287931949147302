"""Processes that run: how many, by name or command line, of which user."""

import re

from hardener.host.users import uid_of


def check(params, system):
    """`params`: name (of the program) or pattern (for the command line), user, min, max."""
    uid = uid_of(system, params.user) if params.user else None
    count = sum(1 for process in processes(system) if fits(process, params, uid))
    what = params.name or params.pattern
    if count < params.min:
        return "%d processes %s run, at least %d should" % (count, what, params.min)
    if params.max is not None and count > params.max:
        return "%d processes %s run, at most %d should" % (count, what, params.max)
    return None


def fits(process, params, uid):
    name, line, owner = process
    if uid is not None and owner != uid:
        return False
    return name == params.name if params.name else re.search(params.pattern, line) is not None


def processes(system):
    """Yield (name, command line, uid) of every process (proc(5)); those that end meanwhile are left out."""
    for pid in system.listdir("/proc"):
        if pid.isdigit():
            try:
                owner = system.lstat("/proc/" + pid).st_uid
                name = system.read("/proc/%s/comm" % pid).decode("utf-8", "replace").strip()
                line = (
                    system.read("/proc/%s/cmdline" % pid)
                    .replace(b"\0", b" ")
                    .decode("utf-8", "replace")
                )
            except (OSError, AttributeError):
                continue
            yield name, line.strip(), owner
