"""Units that start at boot, and those that are masked."""

from hardener.host.kinds.service import Service

LISTED = ["systemctl", "list-unit-files", "--no-legend", "--plain", "--no-pager"]
OF_TYPES = "--type=service,socket,timer,path"
STATES = "--state=enabled,masked"


def steps(view, system):
    if view.facts["system"]["init"] != "systemd":
        return
    for unit in units(system):
        state = view.read(Service(unit))
        name = Service(unit).id
        if state.masked:
            yield "No %s" % name, "service", {"name": name, "masked": True}
        elif state.enabled:
            running = {"running": True} if state.running else {}
            yield "Service %s" % name, "service", dict({"name": name, "enabled": True}, **running)


def units(system):
    """Return the names, without templates."""
    ran = system.run(LISTED + [OF_TYPES, STATES], changes=False)
    words = [line.split() for line in ran.out.splitlines()]
    return sorted(each[0] for each in words if each and "@." not in each[0])
