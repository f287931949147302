"""The guard is killed at each call by which it undoes a run; and the run, while it arms its guard.

On a booted host. systemd starts the guard again; or the power is cut with it, and it goes on in the
next boot, before sshd. Calls that open files are not counted: it reads the journal again and again.
Proves F1, F3, F19, F41 (docs/SAFETY.md).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import needs
import pytest
from faults.killed import deaths
from faults.killed.calls import OPENING, Call, parse
from faults.killed.strace import PATIENCE, attach, killing, see_killed, watching
from faults.killed.test_everywhere import proved
from faults.lockout.command import LEFT_OUT, UNIT, Command
from faults.lockout.steps import command, file, reload, sshd
from faults.lockout.test_meanwhile import wait_until
from lab.host import Host
from lab.session import Lab

FEW = 3  # points of the shortened set
STATE = "/var/lib/hardener"
STEPS = [*sshd("MaxAuthTries 4"), file("/etc/other", "x\n"), command("touch /srv/made", touches=["/srv/made"])]  # fmt: skip
CLEAN = f"find / -xdev -name '.hardener-*'; find {STATE}/staging -mindepth 1; cat {STATE}/lock"


class Guarded:
    """A host to which a run is done that its guard undoes."""

    def __init__(self, lab: Lab, host: Host, folder: Path) -> None:
        self.harden, self.host, self.log = Command(lab, host, folder), host, folder / "log"
        assert self.harden("facts").returncode == 0
        self.before = host.hash(leave_out=LEFT_OUT)

    def apply(self, **play: Any) -> tuple[str, ...]:
        book = self.harden.playbook(*STEPS, handlers=reload("ssh"), **play)
        return ("apply", str(book), "--confirm", "manual", "--confirm-within", "300")

    def undoing(self, options: list[str]) -> None:
        """Have a run wait, and its time be over, while strace looks at the guard until that has ended."""
        done = self.harden(*self.apply())
        assert done.returncode == 2, done.stdout + done.stderr
        (pid,) = self.host.processes("hardener-guard.service")
        tracer = attach(pid, options)
        assert self.harden("confirm", "--extend", "1").returncode == 0
        tracer.communicate(timeout=PATIENCE)

    def arming(self, options: list[str]) -> None:
        """Have strace look at the run itself, while it gets ready and begins."""
        slow = [
            {"command": {"cmd": "touch /run/begun; while ! test -e /run/seen; do sleep 0.1; done"}}
        ]
        self.host.sh("rm -f /run/begun /run/seen")
        with self.harden.popen(*self.apply(preflight=slow)) as process:
            wait_until(lambda: self.host.exists("/run/begun"))
            tracer = attach(self._engine(), options)
            self.host.sh("touch /run/seen")
            process.communicate(timeout=PATIENCE)
        tracer.communicate(timeout=PATIENCE)

    def _engine(self) -> int:
        """The machine's number for the process that holds the host's lock."""
        held = self.host.sh(f"stat -c %i {STATE}/lock").strip()
        (line,) = [
            row for row in Path("/proc/locks").read_text().splitlines() if f":{held} " in row
        ]
        return int(line.split()[4])

    def points(self, work: Callable[[list[str]], None]) -> list[Call]:
        work(watching(self.log.with_name("0.trace")))
        self.ask_back()
        calls = [call for call in parse(self.log.with_name("0.trace")) if call.changes]
        return deaths.some([call for call in calls if call.name not in OPENING], FEW)

    def die(self, work: Callable[[list[str]], None], call: Call) -> None:
        work(killing(call, self.log))
        see_killed(call, self.log)

    def back(self) -> None:
        """All is as before sooner or later, without that anybody asks; then the next command tidies up."""
        wait_until(lambda: not self.host.exists(UNIT))
        assert self.harden.difference(self.before) == ""
        assert "unfinished" not in self.harden("history").stdout
        self.ask_back()

    def ask_back(self) -> None:
        """The guard has nothing to do with it, or is at it, or waits: a rollback is what to say."""
        done = self.harden("rollback", "--wait", "60")
        assert done.returncode == 0 or "no run to roll back" in done.stdout, done.stdout
        wait_until(lambda: not self.host.exists(UNIT))
        assert self.harden.difference(self.before) == ""
        assert self.host.sh(CLEAN) == "", "something was left behind"


@pytest.fixture
def guarded(lab: Lab, host: Host, tmp_path: Path) -> Guarded:
    needs.program("strace")
    return Guarded(lab, host, tmp_path)


def test_while_it_undoes(guarded: Guarded, part: slice, tally: Any) -> None:
    def die(number: int, call: Call) -> None:
        guarded.die(guarded.undoing, call)
        guarded.back()

    tally("kill points of the guard", **proved(guarded.points(guarded.undoing)[part], die))


def test_with_the_power(guarded: Guarded, part: slice, tally: Any) -> None:
    def die(number: int, call: Call) -> None:
        guarded.die(guarded.undoing, call)
        guarded.host.power_cycle()
        guarded.back()

    tally("power cuts while the guard undoes", **proved(guarded.points(guarded.undoing)[part], die))


def test_while_it_is_armed(guarded: Guarded, part: slice, tally: Any) -> None:
    def die(number: int, call: Call) -> None:
        guarded.die(guarded.arming, call)
        guarded.ask_back()

    tally("kill points of a guarded run", **proved(guarded.points(guarded.arming)[part], die))
