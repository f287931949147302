"""Kernel parameters as they are now, in /proc/sys; the stored half is a file of /etc/sysctl.d.

The kernel may change other parameters along with one (ip_forward sets that of
every interface); what they were is kept, and put back with it. A few parameters
can't be turned back before a reboot: those are irreversible, and say so.
"""

import errno
import re

from hardener.host import access
from hardener.host.errors import NotApplicable, Refused, StepError
from hardener.host.kinds.base import EXACT, IRREVERSIBLE, Kind
from hardener.host.nearest import nearest
from hardener.host.resource import Resource
from hardener.host.text import sysctl
from hardener.host.typed import NamedTuple, Optional, Tuple

BASE = "/proc/sys/"
NOBODY = 65534  # who is nobody in this user namespace: /proc/sys/kernel/overflowuid
# Documentation/admin-guide/sysctl/kernel.rst, yama.rst: the kernel refuses to go back from these.
ONE_WAY = {
    "kernel.kexec_load_disabled": "1",
    "kernel.modules_disabled": "1",
    "kernel.unprivileged_bpf_disabled": "1",
    "kernel.yama.ptrace_scope": "3",
}
# Written to make something happen; nothing stays set (admin-guide/sysctl/vm.rst, net.rst).
ACTIONS = (
    "vm.compact_memory",
    "vm.drop_caches",
    "vm.stat_refresh",
    "net.ipv4.route.flush",
    "net.ipv6.route.flush",
)
# One of a pair is in force, the other reads 0; 0 can't be written, only its twin (vm.rst).
TWINS = {
    "vm.dirty_bytes": "vm.dirty_ratio",
    "vm.dirty_background_bytes": "vm.dirty_background_ratio",
    "vm.overcommit_kbytes": "vm.overcommit_ratio",
}
TWINS.update({ratio: size for size, ratio in TWINS.items()})
NUMBERS = re.compile(r"\A\s*-?\d+(\s+-?\d+)*\s*\Z")


class Parameter(NamedTuple):
    """The value of a parameter, None where the kernel has none of that name.

    `along`: the others that the kernel changes with it, as they were. Two
    states are equal by their value alone.
    """

    value: Optional[str]
    along: Tuple[Tuple[str, str], ...] = ()

    def __eq__(self, other):
        return isinstance(other, Parameter) and self.value == other.value

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.value)


WORDS = ("kernel.hostname", "kernel.domainname")  # which may look like a number
WRITTEN = re.compile(r"-?(0[xX][0-9a-fA-F]+|[0-9]+)([,-][0-9]+)*\Z")  # as the kernel reads one


def Sysctl(key):  # noqa: N802 - reads as the thing that it names
    """The resource of one parameter, in whichever spelling sysctl.d(5) allows."""
    return Resource("sysctl", sysctl.normalised(key))


def canonical_value(value):
    """Fold the blanks between numbers, as /proc shows them with tabs; leave other text alone."""
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return " ".join(text.split()) if NUMBERS.match(text) else text.strip()


def path(key):
    return BASE + sysctl.path_of(key)


def one_way(key, value):
    """Is this a value that the kernel keeps until the next boot?"""
    return ONE_WAY.get(key) == canonical_value(value)


class SysctlKind(Kind):
    name = "sysctl"
    State = Parameter

    def read(self, ids):
        return {id: Parameter(self._value(id), self._along(id)) for id in ids}

    def _value(self, id):
        info = self.system.lstat(path(id))
        if info is None or not info.st_mode & 0o444:
            return None
        return canonical_value(self.system.read(path(id)).decode("utf-8", "surrogateescape"))

    def _along(self, id):
        keys = [key for key in self._companions(id) if key != id]
        return tuple((key, value) for key, value in ((k, self._value(k)) for k in keys) if value)

    def _companions(self, id):
        """Name what the kernel changes along with `id` (Documentation/networking/ip-sysctl.rst)."""
        if id in TWINS:
            return (TWINS[id],)
        if id in ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"):
            return (
                "net.ipv4.ip_forward",
                "net.ipv4.conf.all.accept_redirects",
                *self._interfaces("net.ipv4.conf.", ".forwarding"),
            )
        found = re.match(r"(net\.ipv4\.conf\.)default(\..+)|(net\.ipv6\.conf\.)all(\..+)", id)
        return self._interfaces(*[part for part in found.groups() if part]) if found else ()

    def _interfaces(self, before, after):
        names = self.system.listdir(path(before.rstrip(".")))
        return tuple(before + name.replace(".", "/") + after for name in names)

    def canonical(self, id, state):
        value = state.value if state.value is None else canonical_value(state.value)
        return state._replace(value=value)

    def check(self, id, before, after, view, opinion=None):
        if id in ACTIONS:
            raise Refused("%s does something once, it keeps no value" % id, hint="use `command:`")
        if before.value is None:
            raise self._missing(id)
        if ONE_WAY.get(id) == before.value:
            raise Refused(
                "%s is %s: the kernel does not change it before a reboot" % (id, before.value)
            )
        if not self.system.lstat(path(id)).st_mode & 0o222:
            raise Refused("%s can only be read" % id)
        self.ask(id, "possible", view)
        self._require_number(id, before.value, after.value)

    def _require_number(self, id, before, after):
        """Where the kernel shows numbers it takes numbers (proc_dointvec); it would say so too late."""
        written = all(WRITTEN.match(each) for each in after.split())
        if id not in WORDS and NUMBERS.match(before) and not written:
            raise Refused(
                "%s takes numbers, and %r is none" % (id, after), hint="it is %s now" % before
            )

    def ask(self, id, question, view):
        """Raise NotApplicable where the parameter is not this host's to set."""
        if self.system.statvfs(path(id)).f_flag & 1:  # ST_RDONLY, statvfs(3)
            raise NotApplicable(
                "/proc/sys is read-only here, as in a container",
                hint="set %s on the machine that runs this container, or give `live: false`" % id,
            )
        if self.system.lstat(path(id)).st_uid == NOBODY:
            raise NotApplicable(
                "%s belongs to the machine that runs this container" % id,
                why="the container's root is another user outside; user_namespaces(7)",
            )

    def _missing(self, id):
        folder, _, name = path(id).rpartition("/")
        near = nearest(name, self.system.listdir(folder))
        hint = (
            "did you mean %s?" % Sysctl(folder[len(BASE) :] + "/" + near).id
            if near
            else (
                "a kernel module may have to be loaded first; `ignore_missing: true` passes over it"
            )
        )
        return Refused("the kernel has no parameter %s" % id, hint=hint)

    def reversible(self, id, before, after):
        return IRREVERSIBLE if ONE_WAY.get(id) == after.value else EXACT

    def write(self, id, before, after):
        if after.value == "0" and id in TWINS:
            self._poke(TWINS[id], dict(after.along).get(TWINS[id], "0"))
        else:
            self._poke(id, after.value)
        for key, value in after.along:
            if self._value(key) not in (value, None) and key not in TWINS:
                self._poke(key, value)

    def _poke(self, key, value):
        try:
            self.system.poke(path(key), value.encode("utf-8", "surrogateescape") + b"\n")
        except OSError as error:
            words = {
                errno.EINVAL: "the kernel refuses the value %r" % value,
                errno.ERANGE: "the kernel refuses the value %r" % value,
            }
            raise StepError(
                "%s can't be set" % key, why=words.get(error.errno, error.strerror or str(error))
            )

    def risk(self, id, before, after):
        return access.by_parameter(id)

    def exists(self, state):
        return True

    def diff(self, id, before, after):
        return ["- %s" % before.value, "+ %s" % after.value]

    def evidence(self, id, state):
        return ["%s = %s" % (id, state.value)] if state.value is not None else ["not there"]


KIND = SysctlKind
