"""A port that nobody listens on, by switching off the unit that does; or one that somebody must listen on."""

from hardener.host.checks.port import plain, serves
from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.port import Port
from hardener.host.kinds.service import Service
from hardener.host.processes.foretold import unless_begun, unless_ended
from hardener.host.steps import Params, service


def plan(params, view):
    if not view.live:
        raise NotApplicable("nobody listens in a tree that is not booted")
    resource = Port(params.protocol, params.port)
    found = listening(resource, params, view)
    words = ", ".join(map(str, found)) or "nobody"
    why = "%s listens on it" % words
    if params.state == "open":
        unless_ended(resource, view, why)
        require(found, words, params)
    else:
        if found and view.read(resource).way_in:
            raise StepError("%s is the port by which this run came in" % params.port)
        if not all(each.units for each in found):
            unless_ended(resource, view, why)
        unless_begun(resource, view, why)
        yield from closed(found, params, view)
        prove(resource, params, view)
    return {"listeners": [str(each) for each in found]}


def listening(resource, params, view):
    """Return the Listeners that are meant."""
    address = params.address and plain(params.address)
    found = view.read(resource).listeners
    return [each for each in found if not address or serves(each.address, address)]


def prove(resource, params, view):
    """Raise StepError where somebody listens whom the end of a unit has left behind: KillMode=process."""
    left = [each for each in listening(resource, params, view) if not each.units]
    if left:
        raise StepError(
            "%s listens on %s port %d although its unit is off"
            % (", ".join(map(str, left)), params.protocol, params.port)
        )


def require(found, words, params):
    """Raise StepError unless somebody listens, and nobody but `name`."""
    others = [each for each in found if params.name and each.name != params.name]
    if not found or others:
        raise StepError(
            "%s listens on %s port %d" % (words, params.protocol, params.port),
            why="%s should" % (params.name or "somebody"),
        )


def closed(found, params, view):
    """Want the units off that hold it open: sockets first, else they wake their services again."""
    for each in found:
        if not each.units:
            raise StepError(
                "%s port %d is held open by no unit of systemd" % (params.protocol, params.port),
                why=str(each),
                hint="end it where it is started: by the step `supervisor`, `cron` or a `command`"
                + "".join("; or %s, with all that it has started" % name for name in each.within),
            )
        for unit in each.units:
            yield from off(unit, params, view)


def off(unit, params, view):
    """Want it stopped now, and not started at boot where that is its own to say."""
    enabled = None if view.read(Service(unit)).enabled is None else False
    given = Params(name=unit, running=False, enabled=enabled, if_used=params.if_used)
    yield from service.plan(given, view)
