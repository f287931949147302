"""A unit of systemd runs and is enabled (systemctl(1))."""

from hardener.host import units
from hardener.host.facts.system import systemd

SHOWN = ("LoadState", "ActiveState", "SubState", "UnitFileState", "Result")


def check(params, system):
    """`params`: name, running, enabled; what is None is not asked."""
    if not systemd(system):
        return "systemd does not run here"
    unit = units.full(params.name)
    argv = ["systemctl", "show", "--property=" + ",".join(SHOWN), "--", unit]
    ran = system.run(argv, changes=False)
    if not ran.ok:
        return "systemctl show failed: %s" % ran.why()
    shown = dict(line.partition("=")[::2] for line in ran.out.splitlines())
    if shown["LoadState"] == "not-found":
        return "there is no unit %s" % unit
    return running(unit, params.running, shown) or enabled(unit, params.enabled, shown)


def running(unit, wanted, shown):
    if wanted is None or (shown["ActiveState"] in ("active", "reloading", "refreshing")) == wanted:
        return None
    result = "" if shown["Result"] == "success" else ", %s" % shown["Result"]
    state = "%s (%s%s)" % (shown["ActiveState"], shown["SubState"], result)
    return "%s is %s, it should %s" % (unit, state, "run" if wanted else "not run")


def enabled(unit, wanted, shown):
    is_enabled = shown["UnitFileState"] in ("enabled", "enabled-runtime", "linked", "alias")
    if wanted is None or is_enabled == wanted:
        return None
    return "%s is %s, it should%s be enabled" % (
        unit,
        shown["UnitFileState"],
        "" if wanted else " not",
    )
