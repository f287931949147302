"""A unit of systemd: enabled, running, masked; in a tree that is not booted the links alone."""

import posixpath

from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.resource import Resource, Want
from hardener.host.systemd import units

RUNNING = {"started": True, "restarted": True, "reloaded": True, "stopped": False}
LOOKS = ("skip", "refuse")
EFFECTS = {"restarted": "service_restart", "reloaded": "service_reload"}


def plan(params, view):
    unit = units.full(params.name)
    running = RUNNING.get(params.state, params.running)
    if view.facts["system"]["init"] == "systemd":
        yield from booted(unit, running, params, view)
        return
    if view.live and running is not None:
        raise NotApplicable("systemd does not run here, so nothing can be started or stopped by it")
    if running is not None:
        view.note("%s: whether it runs does not apply to a tree that is not booted" % unit)
    yield from stored(unit, params, view)


def booted(unit, running, params, view):
    resource = Service(unit)
    yield reload(unit, params, view)
    now = view.read(resource)
    if not now.exists:
        now = new(unit, view, now)
    if params.enabled is not None and now.enabled is None and now.exists:
        raise StepError(
            "%s can't be enabled or disabled: it has no [Install]" % unit,
            hint="leave `enabled` out, or name the unit that pulls it in (a socket, a timer)",
        )
    asked = {"enabled": params.enabled, "masked": params.masked}
    asked = {name: value for name, value in asked.items() if value is not None}
    wanted = now._replace(exists=True, running=running, **asked)
    if params.if_used in LOOKS and spared(now, wanted, resource, params, view):
        return
    if params.enabled not in (None, now.enabled):
        yield from along(unit, params.enabled, view)
    yield Want(resource, wanted)
    if params.state in EFFECTS:
        yield view.once(Resource(EFFECTS[params.state], resource.id))


def spared(now, wanted, resource, params, view):
    """Is it left as it is, since somebody uses what was to be switched off?"""
    off = now.running and (
        wanted.running is False
        or (now.enabled and not wanted.enabled)
        or (wanted.masked > now.masked)
    )
    users = view.ask(resource, "users") if off else []
    if users and params.if_used == "refuse":
        raise StepError(
            "%s is in use" % resource.id,
            why="\n".join(users),
            hint="`if_used: stop` switches it off all the same, `skip` leaves it",
        )
    if users:
        view.note("%s is left as it is: %s" % (resource.id, "; ".join(users)))
    return bool(users)


def along(unit, enabled, view):
    """Want what systemctl would do with the units in `Also=`, each as a change of its own."""
    for other in units.taken_along(view, unit):
        now = view.read(Service(other))
        if not now.exists and units.find(view, other):
            now = new(other, view, now)
        if now.enabled is not None and not now.masked:
            yield Want(Service(other), now._replace(enabled=enabled, running=None))


def reload(unit, params, view):
    """Want systemd to know the unit's files as they are (systemctl daemon-reload)."""
    path = units.find(view, unit)
    resource = Resource("daemon_reload", unit)
    if params.daemon_reload:
        return view.once(resource)
    return view.effect(
        resource, [File(p) for p in units.drop_ins(view, unit) + ([path] if path else [])]
    )


def new(unit, view, now):
    """The state of a unit whose file an earlier step has written, or will have installed."""
    path = units.find(view, unit)
    if path is None:
        view.unless_arriving(Service(unit))
        view.note("there is no unit %s" % unit)
        return now
    return now._replace(
        exists=True, enabled=False if units.install(view.read(File(path)).text()) else None
    )


def stored(unit, params, view):
    """Want the links that systemctl would make, or none of them."""
    path = units.find(view, unit)
    if path is None:
        view.unless_arriving(Service(unit))
        raise StepError("there is no unit %s in this tree" % unit)
    mask = File(posixpath.join(units.ETC, unit))
    if params.masked is False and view.read(mask).target == "/dev/null":
        yield Want(mask, ABSENT)
    if params.enabled is not None:
        yield from linked(unit, path, params.enabled, view)
    if params.masked:
        yield Want(mask, view.read(mask).as_link("/dev/null"))


def linked(unit, path, enabled, view, seen=()):
    """Want the links of one unit and of those that go with it (`Also=`)."""
    text = view.read(File(path)).text()
    links = units.links(unit, path, text)
    if not links and not units.also(unit, text):
        raise StepError("%s can't be enabled or disabled: it has no [Install]" % unit)
    for link, target in links:
        yield from one_link(link, target, enabled, view)
    for other in units.also(unit, text):
        found = units.find(view, other)
        if found and other not in seen + (unit,):
            yield from linked(other, found, enabled, view, seen + (unit,))


def one_link(link, target, enabled, view):
    folder = File(posixpath.dirname(link))
    now = view.read(File(link))
    if enabled and now.type != "link":
        yield Want(folder, view.read(folder).as_directory())
        yield Want(File(link), now.as_link(target))
    if not enabled and now.exists:
        yield Want(File(link), ABSENT)
