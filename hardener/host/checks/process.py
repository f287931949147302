"""Processes that run: how many, by name or command line, of which user."""

from hardener.host.accounts.users import uid_of
from hardener.host.checks import least
from hardener.host.door.processes import running
from hardener.host.processes.choice import Choice


def check(params, system):
    """`params`: name (of the program) or pattern (for the command line), user, min, max."""
    uid = uid_of(system, params.user) if params.user else None
    choice = Choice(params.name, params.pattern, uid)
    count = sum(1 for process in running(system) if choice.fits(system, process))
    if count < least(params):
        return "%d processes %s run, at least %d should" % (count, choice.words, least(params))
    if params.max is not None and count > params.max:
        return "%d processes %s run, at most %d should" % (count, choice.words, params.max)
    return None
