"""`reread` and `update` as supervisorctl does them, and the proof that the programs run again."""

from hardener.host.errors import NotProven
from hardener.host.supervisor.daemon import call

SPARE = 15  # seconds beyond startsecs: a start is tried again after 1, 2, 3… seconds
SETTLED = ("RUNNING", "STOPPED", "EXITED", "FATAL")


def update(system, server, kept=()):
    """Have it read its files again and restart the groups that differ, but for those kept."""
    before = states(system, server)
    added, changed, removed = call(system, server, "reloadConfig")[0]
    changed = [group for group in changed if group not in kept]
    for group in removed + changed:
        call(system, server, "stopProcessGroup", group)
        call(system, server, "removeProcessGroup", group)
    for group in changed + added:
        call(system, server, "addProcessGroup", group)
    prove(system, server, set(changed + added), before)


def states(system, server):
    """{(group, program): state}."""
    return {
        (p["group"], p["name"]): p["statename"] for p in call(system, server, "getAllProcessInfo")
    }


def prove(system, server, groups, before):
    """Wait until every program of these groups runs, or is as it was."""
    configs = {
        (c["group"], c["name"]): c
        for c in call(system, server, "getAllConfigInfo")
        if c["group"] in groups
    }
    deadline = system.clock() + SPARE + max([c["startsecs"] for c in configs.values()] or [0])
    while True:
        programs = [p for p in call(system, server, "getAllProcessInfo") if p["group"] in groups]
        waiting = [p for p in programs if not fine(p, configs, before)]
        if (
            not waiting
            or system.clock() > deadline
            or any(p["statename"] == "FATAL" for p in waiting)
        ):
            break
        system.sleep(0.2)
    if waiting:
        raise NotProven(
            "supervisord was updated, but not every program runs",
            why="\n".join(map(words, waiting)),
            hint="its logs say more: supervisorctl tail %s stderr" % full_name(waiting[0]),
        )


def fine(program, configs, before):
    """Does it run, or rest as it may: stopped without autostart, ended well, or as it was before?"""
    key, state = (program["group"], program["name"]), program["statename"]
    config = configs.get(key, {})
    if state == "RUNNING":
        return True
    if state == "STOPPED":
        return not config.get("autostart", True)
    if state == "EXITED":
        return before.get(key) == "EXITED" or program["exitstatus"] in config.get("exitcodes", [0])
    return state == before.get(key) and state in ("FATAL", "BACKOFF")


def full_name(program):
    group, name = program["group"], program["name"]
    return name if group == name else "%s:%s" % (group, name)


def words(program):
    reason = program.get("spawnerr") or program.get("description") or ""
    return "%s is %s%s" % (full_name(program), program["statename"], reason and ": " + reason)
