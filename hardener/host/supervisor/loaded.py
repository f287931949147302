"""What a running supervisord has read last, held against its files: who edits them need not reread.

It tells most options, but neither `environment` nor `umask`, and not whether what it reread was
taken over by an update as well: only a reread would tell, and that is no question any more.
"""

import hashlib

from hardener.host.supervisor.groups import groups, processes
from hardener.host.supervisor.options import SECTIONS, kind

OPTIONS = {"process_prio": "priority", "uid": "user"}  # where getAllConfigInfo has its own word
ANY = "auto"  # supervisor takes it for equal to whatever path it has (ProcessConfig.__eq__)
IN_USE = "in use"


def unread(config, running, known, uid):
    """Return what it knows otherwise than it is written: [(group, process, what, written, told)].

    `known` are names for `%(name)s`; `uid` gives the number of a user, or None.
    """
    written = dict(expected(config, known, uid))
    read = {(told["group"], told["name"]): told for told in map(dict, running.loaded)}
    found = [key + ("", key in written, key in read) for key in set(written) ^ set(read)]
    for key in set(written) & set(read):
        found += [key + each for each in otherwise(written[key], read[key])]
    for group in {group for group, _ in read} ^ set(running.groups):
        found.append((group, "", IN_USE, group not in running.groups, group in running.groups))
    return sorted(found, key=repr)


def groups_of(unread):
    return {each[0] for each in unread}


def digest(unread):
    return hashlib.sha256(repr(unread).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def otherwise(written, told):
    """Yield (option, written, told) for what differs."""
    for key, value in told.items():
        option = OPTIONS.get(key, key)
        if option in written and written[option] not in (value, ANY):
            yield option, written[option], value


def expected(config, known, uid):
    """Yield ((group, process), {option: value as it is told})."""
    for group, parts in groups(config).items():
        for section, options, _ in [part for part in parts if isinstance(part, tuple)]:
            for process, names in processes(section, options, dict(known, group_name=group)):
                yield (group, process), told_as(config, section, options, names, uid)


def told_as(config, section, options, known, uid):
    """A program's options as it would tell them; None is `none`. What can't be known is left out."""
    given, found = config.options(section), {"directory": "none", "user": None}
    for option, value in options.items():
        try:
            found[option] = plain(section, option, value, given.get(option) or "", known)
        except (KeyError, ValueError, TypeError):
            continue  # it may know names that we don't: no reason to doubt it
    found["user"] = "none" if found["user"] is None else uid(found["user"])
    if found.get("redirect_stderr") is True:
        found["stderr_logfile"] = "none"
    return {option: value for option, value in found.items() if value is not None}


def plain(section, option, value, given, known):
    if "%" in given:
        value = SECTIONS[kind(section)][option][0](given % known)
    if option.endswith("_logfile") and value in ("off", "syslog"):
        value = "none"
    return "none" if value is None else value
