"""One chain of iptables or ip6tables (filter) as it is in the kernel; its file is another resource.

The state are its rules in iptables' own form, without counters. They are loaded as a whole by
`iptables-restore --noflush`: at no moment is there half a chain, and all other chains stay. What form
the host's iptables gives them is tried in an empty network namespace. Rollback loads the earlier ones;
what somebody else has put into the chain since stays.
"""

import re

from hardener.host import access
from hardener.host.errors import Denied, NotApplicable, Refused, StepError
from hardener.host.kinds.base import Kind
from hardener.host.resource import Resource
from hardener.host.text import diff3
from hardener.host.typed import NamedTuple, Optional

PROGRAMS = {"ip": "iptables", "ip6": "ip6tables"}
TRIED = "%s-restore && %s-save -t filter"
TARGET = re.compile(
    r"-[jg] ([^A-Z\s]\S*)"
)  # a chain, no target of iptables' own: those are in capitals


class Rules(NamedTuple):
    """A line `-A CHAIN …` for each rule; None: there is no such chain."""

    rules: Optional[str]


def Chain(protocol, name):  # noqa: N802 - reads as the thing that it names
    return Resource("iptables_chain", "%s %s" % (protocol, name))


class IptablesChain(Kind):
    name = "iptables_chain"
    State = Rules

    def __init__(self, system, store):
        super().__init__(system, store)
        self._forms = {}

    def read(self, ids):
        return {id: Rules(self._list(id)) for id in ids}

    def _list(self, id):
        program, chain = split(id)
        ran = self.system.run([program + "-save", "-t", "filter"], changes=False)
        if ran.ok:
            return of(chain, ran.out)
        lacking = NotApplicable if self.system.privileged else Denied
        raise lacking(
            "this host's packet filter can't be changed from here",
            why=ran.why(),
            hint="in a container it takes CAP_NET_ADMIN, and a kernel with nf_tables or ip_tables",
        )

    def canonical(self, id, state):
        if state.rules is None:
            return state
        if (id, state.rules) not in self._forms:
            self._forms[id, state.rules] = self._form(id, state.rules)
        return Rules(self._forms[id, state.rules])

    def _form(self, id, rules):
        program, chain = split(id)
        argv = ["unshare", "-n", "/bin/sh", "-c", TRIED % (program, program)]
        ran = self.system.run(argv, alone(chain, rules).encode("utf-8"), changes=False)
        if not ran.ok:
            raise Refused("%s refuses the chain %s" % (program, chain), why=ran.why())
        return of(chain, ran.out)

    def check(self, id, before, after, view, opinion=None):
        ran = self._restore(id, after, "--test")
        if not ran.ok:
            raise Refused("%s refuses the chain %s" % split(id), why=ran.why())

    def write(self, id, before, after):
        ran = self._restore(id, after)
        if not ran.ok:
            raise StepError("%s could not load the chain %s" % split(id), why=ran.why())

    def _restore(self, id, state, *words):
        argv, text = load(id, state)
        return self.system.run(argv + list(words), text.encode("utf-8"), changes=not words)

    def risk(self, id, before, after):
        return access.by_unit("iptables")

    def exists(self, state):
        return state.rules is not None

    def merge(self, id, before, after, now):
        texts = [state.rules for state in (after, now, before)]
        if None in texts:
            return super().merge(id, before, after, now)
        merged = diff3.merge(*[text.splitlines(True) for text in texts])
        return Rules("".join(merged.lines)) if merged.clean else None

    def diff(self, id, before, after):
        import difflib

        old, new = ((state.rules or "").splitlines() for state in (before, after))
        return list(difflib.unified_diff(old, new, lineterm=""))[2:]


def split(id):
    """Return (program, name of the chain)."""
    protocol, _, chain = id.partition(" ")
    return PROGRAMS[protocol], chain


def load(id, state):
    """Return (argv, stdin) of what makes the chain so, whatever is in it."""
    program, chain = split(id)
    body = "-X %s\n" % chain if state.rules is None else state.rules
    argv = [program + "-restore", "-w", "5", "--noflush"]
    return argv, "*filter\n:%s - [0:0]\n%sCOMMIT\n" % (chain, body)


def alone(chain, rules):
    """Return the chain as a whole table takes it, with those that it leads to."""
    names = sorted(set(TARGET.findall(rules)) | {chain})
    return "*filter\n%s%sCOMMIT\n" % ("".join(":%s - [0:0]\n" % n for n in names), rules)


def of(chain, saved):
    """Return the rules of one chain out of what iptables-save prints; None where it is not there."""
    lines = saved.splitlines(True)
    if not any(line.startswith(":%s " % chain) for line in lines):
        return None  # asked for it alone, iptables of Debian 12 would call it incompatible
    return "".join(line for line in lines if line.startswith("-A %s " % chain))


KIND = IptablesChain
