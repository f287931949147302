"""A command of the playbook's own: opaque, so it is honest about what it can't know.

A host can't tell what has run on it: only the journal can. `touches` are kept as
bytes and put back; `undo` is run by the rollback; with neither it is
irreversible. What it changes is unknown in a preview.
"""

import stat

from hardener.host import access
from hardener.host.errors import Denied, StepError
from hardener.host.kinds.base import BEST_EFFORT, EXACT, IRREVERSIBLE, Kind
from hardener.host.typed import NamedTuple, Optional, Tuple


class CommandState(NamedTuple):
    """What ran under this id, and in which run; `run` is None where nothing did."""

    run: Optional[str] = None
    argv: Tuple[str, ...] = ()
    chdir: Optional[str] = None
    stdin: str = ""
    environment: Tuple[Tuple[str, str], ...] = ()
    user: Optional[Tuple] = None
    timeout: int = 300
    touches: Tuple[str, ...] = ()
    undo: Optional[str] = None
    harmless: bool = False


class Command(Kind):
    name = "command"
    State = CommandState
    sweeps = True
    opaque = True

    def __init__(self, system, store):
        super().__init__(system, store)
        self._ran = {}
        self._outcome = {}

    def read(self, ids):
        return {id: self._ran.get(id, CommandState()) for id in ids}

    def recall(self, id, state):
        self._ran[id] = state

    def outcome(self, id):
        """What the command said just now, told once; None where it did not run. Raises CommandFailed.

        One that fails has run all the same: its change is made and journaled whole before this is
        asked, so that `failed_when` may still take it for done.
        """
        return said(*self._outcome.pop(id)) if id in self._outcome else None

    def ask(self, id, state, view):
        """Run a command that only looks, in a preview too; return what it said."""
        if view.overlay is not None and not view.overlay.empty:
            view.note("it was asked of the host as it is now")
        return said(state.argv, self._run(state, state.argv, changes=False))

    def write(self, id, before, after):
        if after.run is None:
            self._undo(before)
        else:
            self._outcome[id] = after.argv, self._run(after, after.argv)
        self._ran[id] = after

    def _undo(self, done):
        if done.undo:
            argv = ("/bin/sh", "-c", done.undo)
            said(argv, self._run(done, argv))

    def _run(self, state, argv, changes=True):
        if state.user and not self.system.may_be(state.user[0]):
            raise Denied("it is to run as user %d, and only root can see to that" % state.user[0])
        if not self.system.may_run:
            raise Denied("only root can run programs of an unbooted tree")
        return self.system.run(
            list(argv),
            state.stdin.encode("utf-8", "surrogateescape"),
            dict(state.environment),
            state.timeout,
            state.chdir,
            state.user,
            changes=changes,
        )

    def footprint(self, id, before, after):
        touched = set(before.touches) | set(after.touches)
        return sorted(path for top in touched for path in self._below(top))

    def _below(self, path):
        yield path
        info = self.system.lstat(path)
        if info is not None and stat.S_ISDIR(info.st_mode):
            for name in self.system.listdir(path):
                yield from self._below(path.rstrip("/") + "/" + name)

    def doubt(self, id, state):
        """A command that failed may have made nothing, and its undo would take what was there before."""
        if not state.undo:
            return ""
        return "it failed, so its undo was not run: %s (`--force 'command:%s'` runs it)" % (
            state.undo,
            id,
        )

    def reversible(self, id, before, after):
        if after.harmless:
            return EXACT
        return BEST_EFFORT if after.touches or after.undo else IRREVERSIBLE

    def risk(self, id, before, after):
        return access.by_command(after.argv)

    def again(self, state):
        """What a handler runs tells others of a change, unless it says how it is undone itself."""
        return not (state.touches or state.undo)

    def predict(self, overlay, id, before, after):
        overlay.put(self.name, id, after)
        for path in after.touches:
            overlay.unknown("file", path, "the command has run: %s" % id.partition(" ")[2])

    def exists(self, state):
        return state.run is not None

    def action(self, before, after):
        return "run" if after.run else "undo"

    def merge(self, id, before, after, now):
        return None

    def diff(self, id, before, after):
        if after.run is None:
            return ["! " + before.undo] if before.undo else []
        return ["! " + shown(after.argv), "? what it changes is only known afterwards"]


def shown(argv):
    """A command as a person would type it; what /bin/sh -c runs is shown bare."""
    if list(argv[:2]) == ["/bin/sh", "-c"]:
        return argv[2]
    return " ".join(argv)


def said(argv, ran):
    """How a command ended, as a playbook sees it; raises CommandFailed."""
    outcome = {"rc": ran.code}
    for name, text in (("stdout", ran.out), ("stderr", ran.err)):
        outcome[name] = text.rstrip("\r\n")
        outcome[name + "_lines"] = outcome[name].splitlines()
    if not ran.ok:
        raise CommandFailed(argv, ran, outcome)
    return outcome


class CommandFailed(StepError):
    """The command did not end with 0; `outcome` is what `failed_when` may judge."""

    def __init__(self, argv, ran, outcome):
        super().__init__("the command ended with %d: %s" % (ran.code, shown(argv)), why=ran.why())
        self.outcome = outcome


KIND = Command
