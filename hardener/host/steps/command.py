"""A command, run unless its guards say that there is no need."""

from hardener.host.errors import StepError
from hardener.host.kinds.command import CommandState, shown
from hardener.host.resource import Resource, Want

GUARDS = ("creates", "removes", "unless", "only_if")


def plan(params, view):
    state = wanted(params, view)
    resource = Resource("command", named(state, view))
    spared = no_need(params, state, resource, view)
    if spared:
        view.note("not run: " + spared)
        return {"spared": spared}
    if params.query:
        return view.ask(resource, state)
    yield Want(resource, state)
    return view.outcome(resource)


def named(state, view):
    """The id: which time of which step it is, and what it runs unless that is secret.

    Each item of a loop and each attempt ran by itself, and is undone by itself.
    """
    item = ".%s" % (view.item + 1) if view.item or view.secret else ""
    attempt = " attempt %s:" % (view.attempt + 1) if view.attempt else ""
    told = "********" if view.secret else shown(state.argv)[:60]
    return "%s%s%s %s" % (view.number, item, attempt, told)


def no_need(params, state, resource, view):
    """Say which guard holds the command back; "" if none does."""
    if params.creates and view.glob(params.creates):
        return "%s exists" % params.creates
    if params.removes and not view.glob(params.removes):
        return "%s does not exist" % params.removes
    if params.unless and not why_not(params.unless, state, resource, view):
        return "`%s` succeeds" % params.unless
    reason = params.only_if and why_not(params.only_if, state, resource, view)
    return "`%s` fails: %s" % (params.only_if, reason) if reason else ""


def why_not(guard, state, resource, view):
    """Say why a guard does not succeed, which is run as the command would be; "" if it does."""
    try:
        view.ask(resource, state._replace(argv=("/bin/sh", "-c", guard), stdin=""))
    except StepError as error:
        return error.why
    return ""


def wanted(params, view):
    environment = {k: str(v) for k, v in params.environment.items()}
    environment = dict(view.environment, **environment)
    return CommandState(
        run=view.token,
        argv=tuple(params.argv or ("/bin/sh", "-c", params.cmd)),
        chdir=params.chdir,
        stdin=params.stdin or "",
        environment=tuple(sorted(environment.items())),
        user=view.user,
        timeout=params.timeout,
        touches=tuple(params.touches or ()),
        undo=params.undo,
        harmless=bool(params.harmless),
    )
