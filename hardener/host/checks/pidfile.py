"""Files that name the process that wrote them: it runs, and is still the same."""

from hardener.host.accounts.users import uid_of
from hardener.host.kinds.pidfile import PidFileKind


def check(params, system):
    """`params`: path, name (of the program) or pattern (for the command line), user, required."""
    path = params.path
    told = PidFileKind(system, None).read([path])[path]
    if not told.exists:
        return "%s is not there" % path if params.required else None
    if told.wrong is not None:
        return "%s does not hold the number of a process: %r" % (path, told.wrong)
    if told.gone:
        return "%s was left behind: process %d %s" % (path, told.pid, told.gone)
    uid = uid_of(system, params.user) if params.user else None
    another = told.another(params, uid)
    return "process %d of %s %s" % (told.pid, path, another) if another else None
