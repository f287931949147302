"""A question asked of the host by a shell command that changes nothing: a guard's exit code."""

from typing import NamedTuple

from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource


class ProbeState(NamedTuple):
    """How the command ended just now."""

    code: int
    out: str


def Probe(command):  # noqa: N802 - reads as the thing that it names
    """The resource of one shell command line."""
    return Resource("probe", command)


class ProbeKind(Kind):
    name = "probe"
    State = ProbeState

    def read(self, ids):
        return {id: self._ask(id) for id in ids}

    def _ask(self, command):
        ran = self.system.run(["/bin/sh", "-c", command], changes=False)
        return ProbeState(ran.code, ran.out)

    def write(self, id, before, after):
        raise AssertionError("a probe is only read")


def shown(argv):
    """A command as a person would type it; what /bin/sh -c runs is shown bare."""
    if list(argv[:2]) == ["/bin/sh", "-c"]:
        return argv[2]
    return " ".join(argv)


KIND = ProbeKind
