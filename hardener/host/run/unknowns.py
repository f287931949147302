"""What a preview could not foretell: steps, and the handlers that they may notify."""

from hardener.host.resource import Resource


class Unknowns:
    """Filled by a walk as it goes; empty after an apply, which knows everything."""

    def __init__(self):
        self._numbers = set()
        self._tellers = {}  # name of a handler → title of the step that may notify it
        self._handlers = set()

    def add(self, call):
        """Take down a step of which only the apply can tell what it changes."""
        self._numbers.add(call["number"])
        for name in call.get("notify", ()):
            self._tellers.setdefault(name, call["title"])

    def why(self, handler):
        """Say why a handler may run although nothing that is known notifies it; empty if it may not."""
        titles = [self._tellers[name] for name in handler["names"] if name in self._tellers]
        if not titles:
            return ""
        self._handlers.add(Resource("handler", handler["name"]))
        return "only if «%s» changes something" % titles[0]

    def hold(self, change):
        """Is this change the doing of one of them?"""
        return change.number in self._numbers or change.resource in self._handlers


def leaves(steps):
    """Yield the steps, those within blocks too."""
    for step in steps:
        if "block" in step:
            yield from leaves(step["block"] + step["rescue"] + step["always"])
        else:
            yield step
