"""What a running process has: nice value, oom_score_adj, limits (setpriority(2), proc(5), prlimit(2)).

The id is `NUMBER NAME`. A nice value is that of each thread, so all threads are set. Rollback gives
back what this very process had; one that has ended meanwhile, by its start, wants nothing more, which
is told. Whether the process itself has changed them since is found as for all kinds.
A want without a birth ends the process, for good: no rollback has it back.
"""

import contextlib

from hardener.host import access
from hardener.host.door import capabilities, processes
from hardener.host.errors import AS_ROOT, Denied, Refused
from hardener.host.kinds.base import EXACT, IRREVERSIBLE, Kind
from hardener.host.processes import choice, ending, limits
from hardener.host.processes.birth import born
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple, Optional, Tuple

MOST_FILES = "/proc/sys/fs/nr_open"
COUNTING = 4  # fields of a state: how it is come by is not part of it
NICE = 16  # of the fields after the name in /proc/PID/stat: proc(5)


class ProcessState(NamedTuple):
    """`born`: boot and start, by which numbers that are used again are told apart; None: it has ended.

    `nice` are the values that its threads have, `threads` (thread, value) each. What is None,
    or no limit of `limits`, a want does not speak of. `patience` is how it is ended, where it is to
    be: which one (its birth), seconds after SIGTERM, and whether SIGKILL follows.
    """

    born: Optional[str] = None
    nice: Optional[Tuple[int, ...]] = None
    oom_score_adj: Optional[int] = None
    limits: Tuple[Tuple[str, int, int], ...] = ()
    threads: Tuple[Tuple[int, int], ...] = ()
    patience: Optional[Tuple[str, int, bool]] = None

    def __eq__(self, other):
        return isinstance(other, ProcessState) and self[:COUNTING] == other[:COUNTING]

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self[:COUNTING])


def Process(pid, name):  # noqa: N802 - reads as the thing that it names
    return Resource(
        "process", "%d %s" % (pid, "".join(c if c.isprintable() else "?" for c in name))
    )


def number(id):
    return int(id.partition(" ")[0])


class ProcessKind(Kind):
    name = "process"
    State = ProcessState

    def __init__(self, system, store):
        super().__init__(system, store)
        self._known = {}

    def read(self, ids):
        return {id: self._read(number(id)) for id in ids}

    def _read(self, pid):
        process = next(processes.running(self.system, [pid]), None)
        try:
            return self._state(process) if process else ProcessState()
        except (FileNotFoundError, ProcessLookupError):
            return ProcessState()

    def _lives(self, pid, state):
        """Is it there, and still that one?"""
        process = next(processes.running(self.system, [pid]), None)
        return bool(process) and born(self.system, process) == state.born

    def _state(self, process):
        threads = self._threads(process.pid)
        adjusted = int(self.system.of_process(process.pid, "oom_score_adj"))
        table = self.system.of_process(process.pid, "limits").decode("ascii", "replace")
        values = tuple(sorted({nice for _, nice in threads}))
        return ProcessState(
            born(self.system, process), values, adjusted, limits.parsed(table), threads
        )

    def _threads(self, pid):
        found = []
        for name in self.system.listdir("/proc/%d/task" % pid):
            with contextlib.suppress(OSError):  # one that has just ended
                stat = self.system.of_process(pid, "task/%s/stat" % name)
                found.append((int(name), int(stat.rpartition(b")")[2].split()[NICE])))
        return tuple(found)

    def part(self, state, wanted):
        """One that has ended, or is another by now, wants nothing more."""
        if wanted.born is None:
            meant = state.born if wanted.patience is None else wanted.patience[0]
            return ProcessState(state.born if state.born == meant else None)
        if state.born != wanted.born:
            return wanted
        items = [item for item, _, _ in wanted.limits]
        return state._replace(
            nice=None if wanted.nice is None else state.nice,
            oom_score_adj=None if wanted.oom_score_adj is None else state.oom_score_adj,
            limits=tuple(limit for limit in state.limits if limit[0] in items),
        )

    def whole(self, state, known):
        if state.born is None:
            return state
        values = {limit[0]: limit for limit in known.limits + state.limits}
        return state._replace(
            nice=known.nice if state.nice is None else state.nice,
            oom_score_adj=known.oom_score_adj if state.oom_score_adj is None else state.oom_score_adj,
            limits=tuple(values[item] for item in sorted(values)),
        )  # fmt: skip

    def predict(self, overlay, id, before, after):
        overlay.put(self.name, id, self.whole(after, before))

    def halfway(self, before, after, now):
        """Some threads, or some limits, have the new value already."""
        return (
            set(now.nice or ()) <= set(before.nice or ()) | set(after.nice or ())
            and now.oom_score_adj in (before.oom_score_adj, after.oom_score_adj)
            and set(now.limits) <= set(before.limits) | set(after.limits)
        )

    def ask(self, id, question, view):
        """Return [(pid, name)] of the processes that a Choice means, or what `doomed` says to an Ending."""
        if isinstance(question, ending.Ending):
            return ending.doomed(self.system, question.choice)
        return [(each.pid, each.name) for each in choice.chosen(self.system, question)]

    def reversible(self, id, before, after):
        return EXACT if after.born else IRREVERSIBLE

    def risk(self, id, before, after):
        if after.born:
            return ""
        name = id.partition(" ")[2]
        return access.by_command(("kill", name)) or access.by_unit(name)

    def exists(self, state):
        return state.born is not None

    def check(self, id, before, after, view, opinion=None):
        if after.born is None:
            self._check_end(number(id))
        else:
            self._check_change(number(id), before, after)

    def _check_change(self, pid, before, after):
        if not self.system.privileged:
            raise Denied("priorities and limits of processes are root's to give", hint=AS_ROOT)
        if before.nice != after.nice:
            capabilities.require_of_machine(
                self.system,
                capabilities.SYS_NICE,
                "nice values can't be set here, or not given back",
            )
        if self._takes_resource(pid, before, after):
            capabilities.require_of_machine(
                self.system,
                capabilities.SYS_RESOURCE,
                "hard limits, limits of other users' processes and a lower oom_score_adj can't be set"
                " here, or not given back",
            )
        self._check_files(after)

    def _check_end(self, pid):
        user = processes.user(self.system, pid)
        if user is not None and not self.system.may_be(user):
            raise Denied(
                "process %d is another user's, which root alone can end" % pid, hint=AS_ROOT
            )

    def _takes_resource(self, pid, before, after):
        """Of root's own processes soft limits can be moved below the hard ones without it (getrlimit(2)).

        And oom_score_adj down to what one who has it gave last, which the kernel does not tell: 0 mostly.
        """
        if (after.oom_score_adj or 0) < min(before.oom_score_adj or 0, 0):
            return True
        hard = [[(item, most) for item, _, most in state.limits] for state in (before, after)]
        foreign = processes.user(self.system, pid) not in (0, None)
        return hard[0] != hard[1] or (before.limits != after.limits and foreign)

    def _check_files(self, after):
        most = int(self.system.read(MOST_FILES))
        for item, _, hard in after.limits:
            if item == "nofile" and limits.over(hard, most):
                raise Refused(
                    "nofile %s is more than the kernel gives" % limits.word(hard),
                    why="fs.nr_open is %d" % most,
                )

    def write(self, id, before, after):
        pid = number(id)
        if after.born is None:
            ending.end(self.system, pid, lambda: self._lives(pid, before), *after.patience[1:])
        else:
            self._change(pid, before, after)

    def _change(self, pid, before, after):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it has just ended
            if after.nice not in (None, before.nice):
                self._renice(pid, after)
            if after.oom_score_adj not in (None, before.oom_score_adj):
                path = "/proc/%d/oom_score_adj" % pid
                self.system.poke(path, b"%d\n" % after.oom_score_adj)
            for item, soft, hard in after.limits:
                if (item, soft, hard) not in before.limits:
                    self.system.limit_process(pid, limits.ITEMS[item][1], soft, hard)

    def _renice(self, pid, after):
        """A thread that was begun meanwhile has its maker's value: so all are looked at once more."""
        each = dict(after.threads)
        for _ in range(3):
            for thread, nice in self._threads(pid):
                value = each.get(thread, after.nice[0])
                if nice != value:
                    with contextlib.suppress(ProcessLookupError):
                        self.system.renice(thread, value)

    def recall(self, id, state):
        self._known[id] = state.born

    def remark(self, id):
        now = self._read(number(id)).born
        return "it has ended meanwhile" if id in self._known and now != self._known[id] else ""

    def diff(self, id, before, after):
        if after.born is None and before.born:
            return told(*(after.patience or ("", 0, False))[1:])
        pairs = [(shown(before), shown(after))]
        return ["- " + line for old, new in pairs for line in old if line not in new] + [
            "+ " + line for old, new in pairs for line in new if line not in old
        ]


def shown(state):
    """The state as people read it, a line for each thing that it speaks of."""
    lines = limits.shown(state.limits)
    if state.oom_score_adj is not None:
        lines.insert(0, "oom_score_adj %d" % state.oom_score_adj)
    if state.nice is not None:
        lines.insert(0, "nice %s" % ", ".join(map(str, state.nice)))
    return lines


def told(timeout, force):
    """How it is ended, as people read it."""
    killed = ", and after %d s SIGKILL" % timeout if force else ""
    return ["- it runs", "! SIGTERM" + killed]


KIND = ProcessKind
