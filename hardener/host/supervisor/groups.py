"""The groups that supervisor makes of its sections, and which of them an update restarts."""

import functools
from collections import OrderedDict

from hardener.host.supervisor.options import (
    NEED_RESTART,
    NOT_COMPARED,
    PROGRAMS,
    effective,
    kind,
    name,
)
from hardener.host.supervisor.server import once
from hardener.host.supervisor.values import names


@functools.lru_cache(maxsize=8)
def groups(config):
    """{group: all that supervisor compares}, as process_groups_from_parser in options.py.

    A Config never changes, and one step asks for its groups again and again.
    """
    sections = [section for section in config.sections() if ":" in section]
    shared = effective("supervisord", config.options("supervisord"))["environment"]
    found, grouped = OrderedDict(), set()
    for section in [each for each in sections if kind(each) == "group"]:
        options = config.options(section)
        members = [
            member_section(program, sections) for program in names(options.get("programs") or "")
        ]
        grouped.update(members)
        found[name(section)] = [effective(section, options)] + [
            program_of(each, config, shared) for each in members
        ]
    for section in [each for each in sections if kind(each) in PROGRAMS and each not in grouped]:
        found[name(section)] = [program_of(section, config, shared)]
    return found


def member_section(program, sections):
    fcgi = "fcgi-program:" + program
    return fcgi if fcgi in sections else "program:" + program


def program_of(section, config, shared):
    """A program's options, and the daemon's environment, which every program gets."""
    options = effective(section, config.options(section))
    compared = {key: value for key, value in options.items() if key not in NOT_COMPARED}
    return section, compared, shared


def by_restart(before, after):
    """What differs and supervisord takes over at its start only, as `[section]` or `[section] option`."""
    daemon = [s for s in after.sections() if kind(s) in NEED_RESTART]
    found = ["[%s]" % s for s in daemon if after.options(s) != before.options(s)]
    fcgi = [s for s in after.sections() if kind(s) == "fcgi-program"]
    return found + [
        "[%s] %s" % (s, key)
        for s in fcgi
        for key in NOT_COMPARED
        if after.options(s).get(key) != before.options(s).get(key)
    ]


def differ(before, after, chosen):
    """Which of these groups are there before and after, and otherwise than they were?"""
    if before is after:
        return []
    old, new = groups(before), groups(after)
    return [g for g in new if g in chosen and g in old and new[g] != old[g]]


def told(before, after, leave_out=(), used=None, unread=()):
    """One line: what `update` will do with the groups; "" if nothing.

    `used` are the groups that there are, where those are not the ones of `before`; `unread` those
    that supervisord has read otherwise than `after` has them.
    """
    used, new = groups(before) if used is None else used, groups(after)
    others = [group for group in new if group not in leave_out and group in used]
    otherwise = differ(before, after, others)
    parts = [
        ("restart", [group for group in others if group in otherwise or group in unread]),
        ("start", [group for group in new if group not in used]),
        ("stop", [group for group in used if group not in new]),
    ]
    return ", ".join("%s %s" % (verb, " ".join(found)) for verb, found in parts if found)


def stopped_whole(config, known):
    """The (group, process) pairs whose options say stopasgroup: nothing of them may outlive a stop."""
    return {
        (group, process)
        for group, parts in groups(config).items()
        for section, options in [part[:2] for part in parts if isinstance(part, tuple)]
        if options["stopasgroup"] is True
        for process, _ in processes(section, options, dict(known, group_name=group))
    }


def processes(section, options, known):
    """[(name, names that its values may use)] of a program's processes, as processes_from_section
    in options.py makes them.
    """
    first, count = options["numprocs_start"], options["numprocs"]
    if not isinstance(first, int) or not isinstance(count, int):
        return []
    shared = dict(known, program_name=name(section), numprocs=count)
    each = [dict(shared, process_num=number) for number in range(first, first + count)]
    return [(once(options["process_name"], names), names) for names in each]
