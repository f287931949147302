"""A unit of systemd runs and is enabled (systemctl(1))."""

from hardener.host.facts.system import systemd
from hardener.host.kinds.service import ServiceKind
from hardener.host.systemd import units

RUNS = ("active", "reloading", "refreshing")


def check(params, system):
    """`params`: name, running, enabled; what is None is not asked."""
    if not systemd(system):
        return "systemd does not run here"
    kind, unit = ServiceKind(system, None), units.full(params.name)
    shown = kind.show([unit])[unit]
    if shown["LoadState"] == "not-found" and (params.running or params.enabled):
        return "there is no unit %s" % unit
    return running(unit, params.running, shown) or enabled(
        unit, params.enabled, kind.enabled(shown), shown["UnitFileState"]
    )


def running(unit, wanted, shown):
    if wanted is None or (shown["ActiveState"] in RUNS) == wanted:
        return None
    result = "" if shown.get("Result", "success") == "success" else ", %s" % shown["Result"]
    state = "%s (%s%s)" % (shown["ActiveState"], shown["SubState"], result)
    return "%s is %s, it should %s" % (unit, state, "run" if wanted else "not run")


def enabled(unit, wanted, is_enabled, word):
    if wanted is None or bool(is_enabled) == wanted:
        return None
    return "%s is %s, it should%s be enabled" % (unit, word, "" if wanted else " not")
