"""Are supervisord's programs in the state that they should be in?"""

import fnmatch

from hardener.host.supervisor import hosts, running
from hardener.host.supervisor.daemon import call
from hardener.host.supervisor.update import full_name, words


def check(params, system):
    where = running.where(system, params.config, hosts.as_it_is(system))
    if where is None:
        return "%s names no server by which its supervisord can be asked" % params.config
    programs = call(system, where, "getAllProcessInfo")
    wanted = params.programs or {}
    if isinstance(wanted, list):
        wanted = dict.fromkeys(wanted, "RUNNING")
    troubles = [
        trouble
        for name, state in sorted(wanted.items())
        for trouble in of_name(name, state, programs)
    ]
    if params.all:
        others = [p for p in programs if not any(called(p, name) for name in wanted)]
        troubles += [amiss(p, params.all) for p in others if p["statename"] != params.all]
    return "; ".join(troubles) or None


def of_name(name, state, programs):
    chosen = [p for p in programs if called(p, name)]
    if not chosen:
        return ["supervisord has no program %s" % name]
    return [amiss(p, state) for p in chosen if p["statename"] != state]


def called(program, name):
    """By its name, by group:name, or by a glob of either."""
    return any(
        fnmatch.fnmatchcase(each, name)
        for each in (full_name(program), "%(group)s:%(name)s" % program)
    )


def amiss(program, state):
    return "%s instead of %s" % (words(program), state)
