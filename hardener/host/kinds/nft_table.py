"""One table of the packet filter as it is in the kernel, apart from all others; the file is another resource.

The state is the text in nft's own form, without counters and what dynamic sets have gathered. It
is loaded as a whole, in one transaction of the kernel: at no moment is there half a table. What
form the host's nft gives it is tried in an empty network namespace. Rollback loads the earlier text.
"""

import re

from hardener.host import access
from hardener.host.errors import Denied, NotApplicable, Refused, StepError
from hardener.host.kinds.base import Kind
from hardener.host.nft import TABLE, listeners
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional

GATHERED = re.compile(r"\n\t\telements = \{[^}]*\}")  # of our sets, all of which are dynamic
TRIED = "nft -f - && nft -s list table %s"


class Rules(NamedTuple):
    """The table as nft prints it; None: there is no such table."""

    rules: Optional[str]


def Table():  # noqa: N802 - reads as the thing that it names
    return Resource("nft_table", TABLE)


class NftTable(Kind):
    name = "nft_table"
    State = Rules

    def __init__(self, system, store):
        super().__init__(system, store)
        self._forms = {}

    def read(self, ids):
        return {id: Rules(self._list(id)) for id in ids}

    def _list(self, id):
        ran = self.system.run(["nft", "-s", "list", "table"] + id.split(), changes=False)
        if ran.ok:
            return plain(ran.out)
        if "No such file or directory" in ran.err and self._may():
            return None
        lacking = NotApplicable if self.system.privileged else Denied
        raise lacking(
            "this host's packet filter can't be changed from here",
            why=ran.why(),
            hint="in a container it takes CAP_NET_ADMIN, and a kernel with nf_tables",
        )

    def _may(self):
        """Does the kernel let us see and set tables? Some containers are told of none."""
        tried = "add table inet hardener_try\n"
        return self.system.run(["nft", "-c", "-f", "-"], tried.encode("ascii"), changes=False).ok

    def canonical(self, id, state):
        if state.rules is None:
            return state
        if state.rules not in self._forms:
            self._forms[state.rules] = self._form(id, state.rules)
        return Rules(self._forms[state.rules])

    def _form(self, id, text):
        argv = ["unshare", "-n", "/bin/sh", "-c", TRIED % id]
        ran = self.system.run(argv, text.encode("utf-8"), changes=False)
        if not ran.ok:
            raise Refused("nft refuses the table %s" % id, why=ran.why())
        return plain(ran.out)

    def check(self, id, before, after, view, opinion=None):
        text = loaded(id, after).encode("utf-8")
        ran = self.system.run(["nft", "-c", "-f", "-"], text, changes=False)
        if not ran.ok:
            raise Refused("nft refuses the table %s" % id, why=ran.why())

    def write(self, id, before, after):
        ran = self.system.run(["nft", "-f", "-"], loaded(id, after).encode("utf-8"))
        if not ran.ok:
            raise StepError("nft could not load the table %s" % id, why=ran.why())

    def ask(self, id, question, view):
        """Return who listens on this host."""
        return listeners.found(self.system)

    def risk(self, id, before, after):
        return access.by_unit("nftables")

    def exists(self, state):
        return state.rules is not None

    def diff(self, id, before, after):
        import difflib

        old, new = ((state.rules or "").splitlines() for state in (before, after))
        return list(difflib.unified_diff(old, new, lineterm=""))[2:]


def loaded(id, state):
    """Return what nft loads to have the table so, whatever is there; in one transaction."""
    return "table %s\ndelete table %s\n%s" % (id, id, state.rules or "")


def plain(text):
    return GATHERED.sub("", text)


KIND = NftTable
