"""What running processes have: nice value, oom_score_adj, limits; or that they are ended."""

from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.process import Process, ProcessState
from hardener.host.processes import limits
from hardener.host.processes.choice import Choice
from hardener.host.processes.ending import Ending
from hardener.host.processes.foretold import STARTING, unless_ended
from hardener.host.resource import Want


def plan(params, view):
    choice = Choice(params.name, params.pattern, view.uid(params.user))
    if params.state == "absent":
        found = yield from ended(choice, params, view)
    else:
        found = yield from changed(choice, params, view)
    return {"pids": [each[0] for each in found]}


def changed(choice, params, view):
    """Want what they shall have of each; return (pid, name) of those."""
    if params.required and not view.live:
        raise NotApplicable("nothing runs in a tree that is not booted")
    table = limits.wanted(params.limits)
    found = view.ask(Process(0, choice.words), choice)
    foretold(found, choice, view)
    if not found and params.required:
        raise StepError(
            "no process %s runs" % choice.words,
            hint="a step before this one may start it; `required: false` passes over it",
        )
    for pid, name in found:
        resource = Process(pid, name)
        now = view.read(resource)
        if now.born is not None:  # it may just have ended
            nice = None if params.nice is None else (params.nice,)
            yield Want(
                resource,
                now._replace(
                    nice=nice, oom_score_adj=params.oom_score_adj, limits=table, threads=()
                ),
            )
    return found


def ended(choice, params, view):
    """Want each of them gone; return the Doomed."""
    found = view.ask(Process(0, choice.words), Ending(choice)) if view.live else []
    foretold(found, choice, view)
    for each in found:
        if each.spared:
            raise StepError(
                "process %d, %s, can't be ended: %s" % (each.pid, each.name, each.spared),
                hint="a `pattern` or a `user` that does not mean it",
            )
        if each.unit:
            view.note(
                "process %d is of %s, which may start it again: the step `service` stops that"
                % (each.pid, each.unit)
            )
    for each in found:
        how = each.born, params.timeout, params.force
        yield Want(Process(each.pid, each.name), ProcessState(patience=how))
    return found


def foretold(found, choice, view):
    why = "%d processes %s run" % (len(found), choice.words)
    unless_ended(Process(0, choice.words), view, why, STARTING)
