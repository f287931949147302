"""The groups that supervisor makes of its sections, and which of them an update restarts."""

from collections import OrderedDict

from hardener.host.supervisor.options import PROGRAMS, effective, kind, name
from hardener.host.supervisor.values import names


def groups(config):
    """{group: all that supervisor compares}, as process_groups_from_parser in options.py."""
    sections = [section for section in config.sections() if ":" in section]
    found, grouped = OrderedDict(), set()
    for section in [each for each in sections if kind(each) == "group"]:
        options = config.options(section)
        members = [
            member_section(program, sections) for program in names(options.get("programs") or "")
        ]
        grouped.update(members)
        found[name(section)] = [effective(section, options)] + [
            program_of(each, config) for each in members
        ]
    for section in [each for each in sections if kind(each) in PROGRAMS and each not in grouped]:
        found[name(section)] = [program_of(section, config)]
    return found


def member_section(program, sections):
    fcgi = "fcgi-program:" + program
    return fcgi if fcgi in sections else "program:" + program


def program_of(section, config):
    """A program's options, and the daemon's environment, which every program gets."""
    shared = effective("supervisord", config.options("supervisord"))["environment"]
    return section, effective(section, config.options(section)), shared


def differ(before, after, chosen):
    """Which of these groups are there before and after, and otherwise than they were?"""
    old, new = groups(before), groups(after)
    return [g for g in new if g in chosen and g in old and new[g] != old[g]]


def told(before, after, leave_out=()):
    """One line: what `update` will do with the groups; "" if nothing."""
    old, new = groups(before), groups(after)
    others = [group for group in new if group not in leave_out]
    parts = [
        ("restart", differ(before, after, others)),
        ("start", [group for group in new if group not in old]),
        ("stop", [group for group in old if group not in new]),
    ]
    return ", ".join("%s %s" % (verb, " ".join(found)) for verb, found in parts if found)
