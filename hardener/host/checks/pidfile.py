"""Files that name the process that wrote them: it runs, and is still the same."""

import re

from hardener.host.accounts.users import uid_of
from hardener.host.door.processes import arguments, running, user

TICKS = 100.0  # a second, on every architecture: proc(5), USER_HZ
SLACK = 5  # seconds that a file may be older than its process: who starts it may write it first
LONGEST = 64


def check(params, system):
    """`params`: path, name (of the program) or pattern (for the command line), user, required."""
    info = system.lstat(params.path)
    if not info:
        return "%s is not there" % params.path if params.required else None
    text = system.read(params.path)[:LONGEST].decode("ascii", "replace").strip()
    if not re.match(r"[0-9]+\Z", text):
        return "%s does not hold the number of a process: %r" % (params.path, text)
    process = next((each for each in running(system) if each.pid == int(text)), None)
    if process is None:
        return "%s was left behind: process %s has ended" % (params.path, text)
    if began(system, process) > info.st_mtime + SLACK:
        return "%s was left behind: process %s is another one by now" % (params.path, text)
    return who(system, process, params)


def began(system, process):
    """Return when a process was started, in seconds since 1970."""
    up = float(system.read("/proc/uptime").split()[0])
    return system.now() - up + process.started / TICKS


def who(system, process, params):
    """Say why it is not the one that is meant; None if it is."""
    if params.name and process.name != params.name:
        return "process %d of %s is %s, not %s" % (
            process.pid,
            params.path,
            process.name,
            params.name,
        )
    line = " ".join(arguments(system, process.pid))
    if params.pattern and not re.search(params.pattern, line):
        return "process %d of %s is `%s`" % (process.pid, params.path, line)
    if params.user and user(system, process.pid) != uid_of(system, params.user):
        return "process %d of %s is not %s's" % (process.pid, params.path, params.user)
    return None
