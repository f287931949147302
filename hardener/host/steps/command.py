"""A command, run unless its guards say that there is no need."""

from hardener.host.kinds.command import CommandState
from hardener.host.kinds.probe import Probe, shown
from hardener.host.resource import Resource, Want


def plan(params, view):
    spared = no_need(params, view)
    if spared:
        view.note("not run: " + spared)
        return {"spared": spared}
    state = wanted(params, view)
    resource = Resource("command", named(state, view))
    if params.query:
        return view.ask(resource, state)
    yield Want(resource, state)
    return view.outcome(resource)


def named(state, view):
    """The id: the step's number, and what it runs unless that is secret."""
    if view.secret:
        return "%s.%s ********" % (view.number, view.item + 1)
    return "%s %s" % (view.number, shown(state.argv)[:60])


def no_need(params, view):
    """Say which guard holds the command back; "" if none does."""
    if params.creates and view.glob(params.creates):
        return "%s exists" % params.creates
    if params.removes and not view.glob(params.removes):
        return "%s does not exist" % params.removes
    if params.unless and succeeds(params.unless, view):
        return "`%s` succeeds" % params.unless
    if params.only_if and not succeeds(params.only_if, view):
        return "`%s` fails" % params.only_if
    return ""


def succeeds(command, view):
    if view.overlay is not None and not view.overlay.empty:
        view.note("the guard `%s` was asked of the host as it is now" % command)
    return view.read(Probe(command)).code == 0


def wanted(params, view):
    return CommandState(
        run=view.token,
        argv=tuple(params.argv or ("/bin/sh", "-c", params.cmd)),
        chdir=params.chdir,
        stdin=params.stdin or "",
        environment=tuple(sorted((k, str(v)) for k, v in params.environment.items())),
        user=view.user,
        timeout=params.timeout,
        touches=tuple(params.touches or ()),
        undo=params.undo,
        harmless=bool(params.harmless),
    )
