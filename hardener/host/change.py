"""One change: a resource, what it was, what it is to be."""

from hardener.host.resource import Resource
from hardener.host.typed import Any, NamedTuple


class Change(NamedTuple):
    """What a stage found to do, or did."""

    resource: Resource
    before: Any
    after: Any
    action: str
    reverse: str
    risk: str = ""
    secret: bool = False
    number: Any = None  # of the step that makes it

    @classmethod
    def of(cls, kinds, call, resource, before, after):
        """Ask the kind what there is to say of it; a step may call itself a risk, or secret."""
        kind, id = kinds.of(resource), resource.id
        risk = call.get("risk") or kind.risk(id, before, after)
        return cls(
            resource,
            before,
            after,
            kind.action(before, after),
            kind.reversible(id, before, after),
            risk,
            bool(call.get("no_log")) or kinds.secrecy.holds(resource),
            call.get("number"),
        )

    def shown(self, kind):
        """The change as data for the controller; a secret one shows that it changes, not what."""
        return {
            "resource": str(self.resource),
            "action": self.action,
            "reverse": self.reverse,
            "risk": self.risk,
            "diff": ["  ********"] if self.secret else self._diff(kind),
        }

    def _diff(self, kind):
        return kind.diff(self.resource.id, self.before, self.after)
