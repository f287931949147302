"""`harden` against a booted host, where strace looks at one process or kills it."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from faults.killed import deaths
from faults.killed.calls import OPENING, Call, parse
from faults.killed.strace import PATIENCE, attach, killing, see_killed, watching
from faults.lockout.command import LEFT_OUT, UNIT, Command
from lab.treehash import difference
from until import until

STATE = "/var/lib/hardener"
CLEAN = f"find / -xdev -name '.hardener-*'; find {STATE}/staging -mindepth 1; cat {STATE}/lock"
#: A preflight check that waits until strace has been attached.
SLOW = {"command": {"cmd": "touch /run/begun; while ! test -e /run/seen; do sleep 0.1; done"}}
Work = Callable[[list[str]], None]  # with options of strace


class Booted:
    """A host to which work is done that strace kills; `look` tells what runs on it.

    Each time as if for the first: what an earlier run had stored would not be written again.
    """

    def __init__(
        self,
        harden: Command,
        folder: Path,
        look: Callable[[], str] = str,
        left_out: tuple[str, ...] = (),
    ) -> None:
        self.harden, self.host, self.log = harden, harden.host, folder / "log"
        self._look, self._left_out = look, (*LEFT_OUT, *left_out)
        assert harden("facts").returncode == 0
        self.before = self.host.hash(leave_out=self._left_out), look()
        self.code: int | None = None  # with which the last run under way has ended

    def under_way(self, options: list[str], *words: str) -> None:
        """Have strace look at a run, whose playbook waits for it by SLOW, until it has ended."""
        self.host.sh(f"rm -rf {STATE} /run/begun /run/seen")
        with self.harden.popen(*words) as process:
            until(lambda: self.host.exists("/run/begun"))
            tracer = attach(self._engine(), options)
            self.host.sh("touch /run/seen")
            process.communicate(timeout=PATIENCE)
            self.code = process.returncode
        tracer.communicate(timeout=PATIENCE)

    def undoing(self, options: list[str], *words: str) -> None:
        """Have a guarded run wait, and its time be over, while strace looks at its guard until that has ended."""
        self.host.sh(f"rm -rf {STATE}")
        done = self.harden(*words, "--confirm", "manual", "--confirm-within", "300")
        assert done.returncode == 2, done.stdout + done.stderr
        (pid,) = self.host.processes("hardener-guard.service")
        tracer = attach(pid, options)
        assert self.harden("confirm", "--extend", "1").returncode == 0
        tracer.communicate(timeout=PATIENCE)

    def _engine(self) -> int:
        """The machine's number for the process that holds the host's lock."""
        held = self.host.sh(f"stat -c %i {STATE}/lock").strip()
        rows = Path("/proc/locks").read_text().splitlines()
        (pid,) = [pid for row in rows if f":{held} " in row and self._inside(pid := row.split()[4])]
        return int(pid)

    def _inside(self, pid: str) -> bool:
        """Other hosts have files of the same number."""
        spaces = [Path(f"/proc/{each}/ns/pid").readlink() for each in (pid, self.host.leader)]
        return spaces[0] == spaces[1]

    def points(self, work: Work, few: int) -> list[Call]:
        """Of the calls that change something, without those that open a file: a guard reads and reads."""
        trace = self.log.with_name("0.trace")
        work(watching(trace))
        assert self.code in (None, 0, 2), "not even without a kill it comes to its end"
        self.ask_back()
        calls = [call for call in parse(trace) if call.changes and call.name not in OPENING]
        return deaths.some(calls, few)

    def die(self, work: Work, call: Call) -> None:
        """Die at the call; where this time there are fewer (one waits for programs), half way to it."""
        work(killing(call, self.log))
        try:
            see_killed(call, self.log)
        except AssertionError:
            assert call.number > 1
            self.ask_back()
            self.die(work, call._replace(number=call.number // 2))

    def back(self) -> None:
        """All is as before sooner or later, without that anybody asks; then the next command tidies up."""
        self._await_guard()
        self.see_back()
        assert "unfinished" not in self.harden("history").stdout
        self.ask_back()

    def _await_guard(self) -> None:
        with contextlib.suppress(AssertionError):
            until(lambda: not self.host.exists(UNIT), PATIENCE)
        said = self.host.sh("journalctl -q -o cat -u hardener-guard -n 20")
        assert not self.host.exists(UNIT), f"the guard is not done: {said}"

    def see_back(self) -> None:
        """See that disk and programs are as before; a program may need a moment to run."""
        tree, runs = self.before
        assert difference(tree, self.host.hash(leave_out=self._left_out)) == ""
        with contextlib.suppress(AssertionError):
            until(lambda: self._look() == runs, 20)
        changed = set(self._look().splitlines()) ^ set(runs.splitlines())
        assert not changed, f"it runs otherwise: {sorted(changed)}"

    def ask_back(self) -> None:
        """The guard has nothing to do with it, or is at it, or waits: a rollback is what to say."""
        done = self.harden("rollback", "--wait", "60")
        assert done.returncode == 0 or "no run to roll back" in done.stdout, (
            done.stdout + done.stderr
        )
        self._await_guard()
        self.see_back()
        assert self.host.sh(CLEAN) == "", "something was left behind"
