"""A resource is one part of a host; a want is the state that a step asks for."""

from hardener.host.typed import Any, NamedTuple, Optional, Tuple


class Resource(NamedTuple):
    """One part of a host, shown everywhere as `kind:id`."""

    kind: str
    id: str

    def __str__(self):
        return "%s:%s" % (self.kind, self.id)


def parse(text):
    """Read `kind:id` back into a Resource."""
    kind, _, id = text.partition(":")
    return Resource(kind, id)


class Want(NamedTuple):
    """What a step yields: this resource shall have this (whole) state.

    `opinion` names a validator (hardener/host/validators) and its parameters;
    it is asked about the candidate before the change goes live. What is `secret` is shown nowhere,
    as if the step said `no_log`.
    """

    resource: Resource
    state: Any
    opinion: Optional[Tuple[str, Any]] = None
    secret: bool = False
