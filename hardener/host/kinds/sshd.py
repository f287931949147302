"""What sshd makes of its configuration, with all the files that it includes. It is only asked.

The id is the path of the main file. Candidates are read by sshd from copies in the state folder.
"""

from hardener.host.access.sshd.said import effective
from hardener.host.door import staging
from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.sshd.copy import Copy, Unheard, can_be_asked, connection, version
from hardener.host.sshd.order import MAIN
from hardener.host.typed import NamedTuple

NOW = "what counts now"


class Program(NamedTuple):
    """Which sshd is there; "" for none that could be asked."""

    version: str


def Sshd():  # noqa: N802 - reads as the thing that it names
    return Resource("sshd", MAIN)


class SshdKind(Kind):
    name = "sshd"
    State = Program

    def read(self, ids):
        there = self.system.which("sshd") and self.system.can_run("sshd")
        return {id: Program(version(self.system) if there else "") for id in ids}

    def ask(self, id, question, view):
        """Return what counts instead of these options ({keyword: values}), where they do not.

        Raises Refused where sshd refuses its configuration; None where it can't be asked.
        Of NOW return all that counts as it lies there, {} where that can't be asked.
        """
        if question == NOW:
            return self._now()
        if not can_be_asked(self.system):
            return None
        with staging.folder(self.store) as folder:
            try:
                copy = Copy(self.system, view, folder, {})
                copy.complaints()
                return copy.overridden(question)
            except Unheard as unheard:
                view.note(unheard.what)
                return None

    def _now(self):
        if not (self.system.live and self.system.privileged and self.system.can_run("sshd")):
            return {}
        argv = [self.system.which("sshd"), "-T", "-C", connection(self.system)]
        return effective(self.system.run(argv, changes=False).out)


KIND = SshdKind
