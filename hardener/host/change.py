"""One change: a resource, what it was, what it is to be."""

from typing import Any, NamedTuple

from hardener.host.resource import Resource


class Change(NamedTuple):
    """What a stage found to do, or did."""

    resource: Resource
    before: Any
    after: Any
    action: str
    reverse: str

    def shown(self, kind, secret=False):
        """The change as data for the controller; a secret one shows that it changes, not what."""
        return {
            "resource": str(self.resource),
            "action": self.action,
            "reverse": self.reverse,
            "risk": kind.risk or "",
            "diff": ["  ********"] if secret else self._diff(kind),
        }

    def _diff(self, kind):
        return kind.diff(self.resource.id, self.before, self.after)
