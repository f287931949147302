"""What a rollback does again, last of all: reloads and handlers, told of what is there once more."""

from hardener.host.run.walk import Failed, Walk


class Again:
    """The stage of a handler that is run again: what it tells others, not what it wrote.

    What it wrote was put back.
    """

    def __init__(self, stage):
        self._stage = stage

    def __getattr__(self, name):
        return getattr(self._stage, name)

    def settle(self, call, want, undoes=None, work=None):
        if self._stage.kinds.of(want.resource).again(want.state):
            return self._stage.settle(call, want, undoes)
        return None


def run(calls, stage, report, extra):
    """Run the steps of a handler again; raises HostError. `extra` is what every call carries."""

    def told(event):
        report(event)  # whoever listens or not: a rollback goes on

    walk = Walk(
        {"steps": calls}, Again(stage), lambda call, results: [], lambda call, result: {}, told
    )
    walk.extra = extra
    try:
        walk.run()
    except Failed as failed:
        raise failed.error


def split(changes, again):
    """Return (changes to put back, effects to fire again as [(change, all that it makes up for)]).

    `again(change)` tells what can be done again; the steps of a handler are done by the handler.
    """
    handlers = {change["resource"] for change in changes if change.get("calls")}
    plain, groups = [], {}
    for change in changes:
        handler = "handler:%s" % change.get("handler")
        if again(change, handler in handlers):
            groups.setdefault(handler if handler in handlers else change["resource"], []).append(
                change
            )
        else:
            plain.append(change)
    return plain, [(_first(name, group), group) for name, group in groups.items()]


def _first(name, group):
    return next(change for change in group if change["resource"] == name)
